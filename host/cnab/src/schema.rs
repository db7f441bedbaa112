//! JSON schema validation of values: draft 7, no remote references, patterns in linear time.

use std::collections::BTreeMap;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};

use crate::Json;

/// How many times as large as written a schema may become by its references.
const MAX_NODES: usize = 20_000;

/// Most violations that are told of one value.
const MAX_VIOLATIONS: usize = 20;

/// A schema that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The schema itself is wrong.
    #[error("schema not valid: {message}")]
    Invalid {
        /// JSON pointer into the schema.
        pointer: String,
        /// What is wrong there.
        message: String,
    },
    /// A reference that leads out of the schema.
    #[error("`$ref: {0}` is not supported: a reference begins with `#/`")]
    Reference(String),
    /// References that come back to themselves, or multiply.
    #[error("the references of the schema are recursive or make it too large")]
    Recursive,
    /// `$id` below the top would change what references mean.
    #[error("`$id` below the top of a schema with references is not supported")]
    NestedId,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer into the value.
    pub pointer: String,
    /// What is wrong there. Never shows the value.
    pub message: String,
}

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    validator: Validator,
}

impl Schema {
    /// Compiles a schema of draft 7, whatever it says of itself.
    ///
    /// # Errors
    /// When it is not valid, or when its references leave it or are recursive.
    pub fn compile(schema: &Json) -> Result<Self, SchemaError> {
        check_references(schema)?;
        let mut schema = schema.clone();
        if let Json::Object(members) = &mut schema {
            members.remove("$schema");
            // Only names the schema. Porter's own definitions have one with a fragment, which no
            // base may have.
            members.remove("$id");
        }
        let validator = jsonschema::options()
            .with_draft(Draft::Draft7)
            .with_pattern_options(PatternOptions::regex())
            .build(&schema)
            .map_err(|error| SchemaError::Invalid {
                pointer: error.instance_path().to_string(),
                message: describe(&error),
            })?;
        Ok(Self { validator })
    }

    /// All violations of a value, in a stable order; none when it is valid.
    #[must_use]
    pub fn violations(&self, value: &Json) -> Vec<Violation> {
        self.validator
            .iter_errors(value)
            .take(MAX_VIOLATIONS)
            .map(|error| Violation {
                pointer: error.instance_path().to_string(),
                message: describe(&error),
            })
            .collect()
    }
}

/// The words for a violation: those that Porter has for the frequent ones.
fn describe(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(kind) => kind.to_string(),
                TypeKind::Multiple(kinds) => kinds
                    .iter()
                    .map(|kind| kind.to_string())
                    .collect::<Vec<_>>()
                    .join(" or "),
            };
            format!(
                "type should be {wanted}, got {}",
                type_name(error.instance())
            )
        }
        ValidationErrorKind::Enum {
            options: Json::Array(options),
        } => {
            let options: Vec<String> = options.iter().map(Json::to_string).collect();
            format!("should be one of [{}]", options.join(", "))
        }
        ValidationErrorKind::Constant { expected_value } => format!("must equal {expected_value}"),
        ValidationErrorKind::Required { property } => format!("{property} value is required"),
        _ => error.masked().to_string(),
    }
}

/// The JSON schema type of a value.
#[must_use]
pub fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.to_string().contains(['.', 'e', 'E']) => "number",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

/// Refuses references that leave the schema, and those that would make it endless or huge: a
/// validator follows them without a bound.
fn check_references(schema: &Json) -> Result<(), SchemaError> {
    let mut references = BTreeMap::new();
    let mut nested_id = false;
    collect(schema, true, &mut references, &mut nested_id)?;
    if references.is_empty() {
        return Ok(());
    }
    if nested_id {
        return Err(SchemaError::NestedId);
    }
    let mut sizes = BTreeMap::new();
    let total = expanded(schema, schema, &mut sizes, 0)?;
    if total > MAX_NODES {
        Err(SchemaError::Recursive)
    } else {
        Ok(())
    }
}

fn collect(
    node: &Json,
    top: bool,
    references: &mut BTreeMap<String, ()>,
    nested_id: &mut bool,
) -> Result<(), SchemaError> {
    match node {
        Json::Object(members) => {
            if let Some(Json::String(target)) = members.get("$ref") {
                if !target.starts_with("#/") {
                    return Err(SchemaError::Reference(target.clone()));
                }
                references.insert(target.clone(), ());
            }
            *nested_id |= !top && members.contains_key("$id");
            members
                .values()
                .try_for_each(|member| collect(member, false, references, nested_id))
        }
        Json::Array(items) => items
            .iter()
            .try_for_each(|item| collect(item, false, references, nested_id)),
        _ => Ok(()),
    }
}

/// Number of nodes below `node` with every reference followed.
fn expanded<'a>(
    root: &'a Json,
    node: &'a Json,
    sizes: &mut BTreeMap<&'a str, Option<usize>>,
    depth: usize,
) -> Result<usize, SchemaError> {
    if depth > 256 {
        return Err(SchemaError::Recursive);
    }
    let mut total: usize = 1;
    match node {
        Json::Object(members) => {
            if let Some(Json::String(target)) = members.get("$ref") {
                total = total.saturating_add(target_size(root, target, sizes, depth)?);
            }
            for member in members.values() {
                total = total.saturating_add(expanded(root, member, sizes, depth + 1)?);
            }
        }
        Json::Array(items) => {
            for item in items {
                total = total.saturating_add(expanded(root, item, sizes, depth + 1)?);
            }
        }
        _ => {}
    }
    Ok(total)
}

fn target_size<'a>(
    root: &'a Json,
    target: &'a str,
    sizes: &mut BTreeMap<&'a str, Option<usize>>,
    depth: usize,
) -> Result<usize, SchemaError> {
    match sizes.get(target) {
        Some(Some(size)) => return Ok(*size),
        // Still being measured: the reference comes back to itself.
        Some(None) => return Err(SchemaError::Recursive),
        None => {}
    }
    sizes.insert(target, None);
    let size = match root.pointer(&target[1..]) {
        Some(node) => expanded(root, node, sizes, depth + 1)?,
        // The validator says that it leads nowhere.
        None => 0,
    };
    sizes.insert(target, Some(size));
    Ok(size)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_with_a_fragment_is_no_obstacle() {
        let id = "https://porter.sh/generated-bundle/#porter-debug";
        let schema = Schema::compile(&json!({"$id": id, "type": "boolean"})).unwrap();
        assert!(schema.violations(&json!(true)).is_empty());
        assert_eq!(schema.violations(&json!("true")).len(), 1);
    }
}
