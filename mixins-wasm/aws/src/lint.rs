//! Lint rules of the aws mixin.

use porter_mixin_sdk::{Diagnostic, Json, Place, Pointer, Step};

use crate::step::AwsStep;

/// aws-100: a configuration that nobody reads.
pub(crate) fn config(config: &Json) -> Option<Diagnostic> {
    let is_empty =
        matches!(config, Json::Null) || matches!(config, Json::Map(all) if all.is_empty());
    let title = "the aws mixin has no configuration; this has no effect";
    let place = Place::Config(Pointer::root());
    (!is_empty).then(|| Diagnostic::warning("aws-100", title, place))
}

/// aws-101: a command that is none. aws-104: an output from nowhere. aws-105: a flag without
/// effect.
pub(crate) fn step(step: &Step<Option<AwsStep>>) -> Vec<Diagnostic> {
    let Some(value) = &step.value else {
        return vec![empty(step)];
    };
    let mut found = Vec::new();
    for (field, text) in [("service", &value.service), ("operation", &value.operation)] {
        if text.is_empty() {
            let title = format!("`{field}` is missing");
            found.push(step.error("aws-101", title, Pointer::root()));
        }
    }
    for (index, output) in value.outputs.iter().enumerate() {
        if output.json_path.is_empty() {
            let place = Pointer::root().key("outputs").index(index);
            let title = "an output of aws needs `jsonPath`; without it it is not taken";
            found.push(step.warning("aws-104", title, place));
        }
    }
    if value.flags.get("output").is_some() {
        let place = Pointer::root().key("flags").key("output");
        let title = "the flag has no effect: `--output json` stands behind it";
        found.push(step.warning("aws-105", title, place));
    }
    found
}

/// A step with nothing in it.
pub(crate) fn empty(step: &Step<Option<AwsStep>>) -> Diagnostic {
    let title = "the step is empty: it needs `service` and `operation`";
    step.error("aws-101", title, Pointer::root())
}
