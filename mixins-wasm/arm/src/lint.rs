//! Lint rules of the arm mixin.

use porter_mixin_sdk::{Diagnostic, Json, Place, Pointer, Step};

use crate::step::ArmStep;

/// arm-100: a configuration that nobody reads.
pub(crate) fn config(config: &Json) -> Option<Diagnostic> {
    let is_empty =
        matches!(config, Json::Null) || matches!(config, Json::Map(all) if all.is_empty());
    let title = "the arm mixin has no configuration; this has no effect";
    let place = Place::Config(Pointer::root());
    (!is_empty).then(|| Diagnostic::warning("arm-100", title, place))
}

/// arm-002: something is missing. arm-101: an action that the mixin has not.
pub(crate) fn step(step: &Step<ArmStep>) -> Vec<Diagnostic> {
    match step.action.as_str() {
        "install" => missing(step),
        "uninstall" => Vec::new(),
        _ => vec![unknown_action(step)],
    }
}

/// Fields without which nothing can be deployed.
pub(crate) fn missing(step: &Step<ArmStep>) -> Vec<Diagnostic> {
    let value = &step.value;
    let root = Pointer::root();
    let mut found = Vec::new();
    for (field, text) in [
        ("name", &value.name),
        ("resourceGroup", &value.resource_group),
        ("template", &value.template),
    ] {
        if text.is_empty() {
            found.push(step.error("arm-002", format!("`{field}` is missing"), root.clone()));
        }
    }
    let place = root.key("parameters");
    match value.parameters.get("location") {
        Some(Json::Text(_)) => {}
        None | Some(Json::Null) => {
            let title = "`parameters.location` is missing";
            found.push(step.error("arm-002", title, place));
        }
        Some(_) => {
            let title = "`parameters.location` must be text";
            found.push(step.error("arm-001", title, place.key("location")));
        }
    }
    found
}

/// Porter's mixin has no other actions either.
pub(crate) fn unknown_action(step: &Step<ArmStep>) -> Diagnostic {
    let title = format!("the arm mixin has no action `{}`", step.action);
    step.error("arm-101", title, Pointer::root())
        .hint("it knows `install` and `uninstall`; use the az mixin for anything else")
}
