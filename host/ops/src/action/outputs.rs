//! The outputs of a run: defaults of missing ones, their types, and what is stored.
//!
//! Source: `cnab-runtime.md` §4 of the compatibility reference.

use std::collections::BTreeMap;

use porter_cnab::bundle::Bundle;
use porter_cnab::records::{LOGS_OUTPUT, Output, OutputMetadata, OutputValue, Run, RunResult};
use porter_cnab::secrets::Secrets;
use porter_cnab::{Json, Sensitive};
use porter_sandbox::Digest;

use crate::error::Error;

/// What a run left behind, by output name.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// The values.
    pub(crate) values: BTreeMap<String, Sensitive<Vec<u8>>>,
    /// What is wrong with them, in Porter's words.
    pub(crate) problems: Vec<String>,
}

/// Paths of the outputs that apply to an action.
pub(crate) fn paths(bundle: &Bundle, action: &str) -> Vec<String> {
    let applicable = bundle
        .outputs
        .values()
        .filter(|output| output.applies_to(action));
    applicable.map(|output| output.path.clone()).collect()
}

/// Names the files that came back, fills in defaults and checks types.
pub(crate) fn collect(
    bundle: &Bundle,
    action: &str,
    mut files: BTreeMap<String, Sensitive<Vec<u8>>>,
) -> Collected {
    let mut collected = Collected::default();
    for (name, output) in &bundle.outputs {
        if !output.applies_to(action) {
            continue;
        }
        let definition = bundle.definition(&output.definition);
        let value = match files.remove(&output.path) {
            Some(value) => value,
            None => match definition.and_then(|definition| definition.get("default")) {
                Some(default) => Sensitive::new(text_of(default).into_bytes()),
                None => {
                    let text = format!("required output {name} is missing and has no default");
                    collected.problems.push(text);
                    continue;
                }
            },
        };
        if let Some(problem) = type_problem(name, definition, value.expose()) {
            collected.problems.push(problem);
        }
        collected.values.insert(name.clone(), value);
    }
    collected
}

/// Text of a JSON value as an output holds it: strings bare, everything else compact.
fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

fn type_problem(name: &str, definition: Option<&Json>, content: &[u8]) -> Option<String> {
    let types: Vec<&str> = match definition?.get("type")? {
        Json::String(one) => vec![one.as_str()],
        Json::Array(several) => several.iter().filter_map(Json::as_str).collect(),
        _ => return None,
    };
    if content.is_empty() || types.is_empty() || types.contains(&"string") {
        return None;
    }
    let value: Json = match serde_json::from_slice(content) {
        Ok(value) => value,
        Err(error) => return Some(format!("failed to parse \"{name}\": {error}")),
    };
    let found = type_name(&value);
    let fits = types.contains(&found) || (found == "integer" && types.contains(&"number"));
    (!fits).then(|| {
        let wanted = types.join(", ");
        format!("\"{name}\" is not any of the expected types ({wanted}) because it is \"{found}\"")
    })
}

fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(number) => {
            // `5.0` is an integer in JSON schema.
            let text = number.to_string();
            let whole = text
                .split_once('.')
                .is_none_or(|(_, fraction)| fraction.bytes().all(|digit| digit == b'0'));
            if whole && !text.contains(['e', 'E']) {
                "integer"
            } else {
                "number"
            }
        }
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

/// Turns what was collected into records. Sensitive values go to the secret store first.
pub(crate) async fn records(
    bundle: &Bundle,
    run: &Run,
    result: &mut RunResult,
    collected: &Collected,
    logs: Option<Vec<u8>>,
    secrets: &dyn Secrets,
) -> Result<Vec<Output>, Error> {
    let keeps_internal = run.modifies();
    let mut outputs = Vec::new();
    for (name, value) in &collected.values {
        let Some(output) = bundle.outputs.get(name) else {
            continue;
        };
        if !keeps_internal && bundle.is_internal(&output.definition) {
            continue;
        }
        result
            .outputs
            .insert(name.clone(), metadata(value.expose(), true));
        let stored = if bundle.is_sensitive(&output.definition) {
            let key = run.secret_key(name);
            secrets.put_secret(&key, value).await?;
            OutputValue::Secret { key }
        } else {
            OutputValue::Clear(value.expose().clone())
        };
        outputs.push(Output::new(result, name.as_str(), stored));
    }
    if let Some(logs) = logs {
        result
            .outputs
            .insert(LOGS_OUTPUT.to_owned(), metadata(&logs, false));
        outputs.push(Output::new(result, LOGS_OUTPUT, OutputValue::Clear(logs)));
    }
    Ok(outputs)
}

fn metadata(content: &[u8], generated_by_bundle: bool) -> OutputMetadata {
    OutputMetadata {
        content_digest: if content.is_empty() {
            String::new()
        } else {
            Digest::of(content).to_string()
        },
        generated_by_bundle: generated_by_bundle.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bundle() -> Bundle {
        let document = json!({
            "schemaVersion": "1.2.0", "name": "b", "invocationImages": [{"image": "b:1"}],
            "outputs": {
                "count": {"definition": "count", "path": "/cnab/app/outputs/count"},
                "text": {"definition": "text", "path": "/cnab/app/outputs/text"},
                "later": {"definition": "text", "path": "/cnab/app/outputs/later", "applyTo": ["upgrade"]}
            },
            "definitions": {"count": {"type": "integer"}, "text": {"type": "string", "default": "d"}}
        });
        Bundle::from_json(document.to_string().as_bytes()).unwrap()
    }

    fn files(pairs: &[(&str, &str)]) -> BTreeMap<String, Sensitive<Vec<u8>>> {
        let file = |(name, text): &(&str, &str)| {
            (
                format!("/cnab/app/outputs/{name}"),
                Sensitive::new(text.as_bytes().to_vec()),
            )
        };
        pairs.iter().map(file).collect()
    }

    #[test]
    fn all_missing_outputs_are_named_and_defaults_filled_in() {
        let collected = collect(&bundle(), "install", files(&[]));
        assert_eq!(
            collected.problems,
            ["required output count is missing and has no default"]
        );
        assert_eq!(collected.values["text"].expose(), b"d");
        assert!(!collected.values.contains_key("later"));
    }

    #[test]
    fn types_are_checked() {
        let collected = collect(&bundle(), "install", files(&[("count", "5.0")]));
        assert!(collected.problems.is_empty());
        let collected = collect(&bundle(), "install", files(&[("count", "1.5")]));
        assert_eq!(
            collected.problems,
            ["\"count\" is not any of the expected types (integer) because it is \"number\""]
        );
        let collected = collect(&bundle(), "install", files(&[("count", "many")]));
        assert!(collected.problems[0].starts_with("failed to parse \"count\": "));
    }
}
