//! What a mixin says about itself.

use super::rules::{Checked, Rules, each, field};
use super::{CheckError, Placeholders, Problem, json};
use crate::{Description, Json};

/// Definitions that every schema has.
const DEFINITIONS: [&str; 3] = ["installStep", "upgradeStep", "uninstallStep"];

/// Checks a description.
///
/// # Errors
/// [`CheckError`] with the first part that is not as it has to be.
pub fn description(description: &Description) -> Checked {
    let none = Placeholders::default();
    let rules = Rules::new(&none);
    field("schema", schema(&rules, &description.schema))?;
    each("environment", &description.environment, |name| {
        rules.portable_variable(name).map_err(CheckError::from)
    })
}

fn schema(rules: &Rules<'_>, schema: &Json) -> Checked {
    rules.plain(&json::write(schema)?, super::MAX_STRING)?;
    let definitions = schema.get("definitions").and_then(Json::as_object);
    let Some(definitions) = definitions else {
        return Err(Problem::Form {
            expected: "a JSON schema with `definitions`",
        }
        .into());
    };
    if !DEFINITIONS
        .iter()
        .all(|name| definitions.contains_key(*name))
    {
        let expected = "a JSON schema that defines installStep, upgradeStep and uninstallStep";
        return Err(Problem::Form { expected }.into());
    }
    references(schema)
}

// `json::write` has refused anything deeper than 64 by now.
fn references(value: &Json) -> Checked {
    match value {
        Json::Array(items) => items.iter().try_for_each(references),
        Json::Object(members) => members.iter().try_for_each(|(key, item)| {
            let outside = |text: &str| text != "#" && !text.starts_with("#/");
            if key == "$ref" && item.as_str().is_some_and(outside) {
                return Err(Problem::Reference.into());
            }
            references(item)
        }),
        _ => Ok(()),
    }
}
