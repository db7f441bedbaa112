//! Porter's mixin protocol: what stands on standard input, as requests of our interface.

use std::collections::BTreeMap;

use porter_manifest::source::Source;
use porter_manifest::yaml;
use porter_mixin_sdk::evaluate::{BuildRequest, PlanRequest};
use serde_json::Value;

/// Input of `build` and `lint`.
///
/// # Errors
/// When it is no such document.
pub fn build_request(mixin: &str, stdin: &str) -> Result<BuildRequest, String> {
    let document = if stdin.trim().is_empty() {
        Value::Null
    } else {
        read(stdin)?
    };
    let mut actions = Vec::new();
    for (action, steps) in document["actions"].as_object().into_iter().flatten() {
        // Porter passes the steps of this mixin only; a recording may hold others.
        let steps = steps.as_array().into_iter().flatten();
        let own = steps
            .filter_map(|step| step.get(mixin))
            .map(Value::to_string)
            .collect();
        actions.push((action.clone(), own));
    }
    let config = document["config"].to_string();
    Ok(BuildRequest {
        config,
        actions,
        ..Default::default()
    })
}

/// Input of an action: one action with one step. Where the document has several, `action` is the
/// one that counts.
///
/// # Errors
/// When it is no such document.
pub fn plan_request(
    mixin: &str,
    action: &str,
    stdin: &str,
    environment: &BTreeMap<String, String>,
) -> Result<PlanRequest, String> {
    let document = read(stdin)?;
    let actions = document.as_object().ok_or("the document is no mapping")?;
    let named = actions.get_key_value(action);
    let (action, steps) = named
        .or_else(|| actions.iter().next())
        .ok_or("the document has no action")?;
    let steps = steps.as_array().map(Vec::as_slice).unwrap_or_default();
    let [step] = steps else {
        return Err(format!("expected a single step, but got {}", steps.len()));
    };
    let step = step.get(mixin).ok_or("the step belongs to another mixin")?;
    Ok(PlanRequest {
        config: "null".to_owned(),
        action: action.clone(),
        step: step.to_string(),
        environment: environment.clone().into_iter().collect(),
    })
}

/// YAML as the host reads it.
fn read(text: &str) -> Result<Value, String> {
    let source = Source::new("stdin", text.as_bytes()).map_err(|problem| problem.to_string())?;
    let node = yaml::load(&source).map_err(|problem| problem.to_string())?;
    Ok(node.to_json())
}
