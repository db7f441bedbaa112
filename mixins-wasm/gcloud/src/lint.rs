//! Lint rules of the gcloud mixin.

use porter_mixin_sdk::{Diagnostic, Json, Place, Pointer, Step};

use crate::step::GcloudStep;

/// gcloud-100: a configuration that nobody reads.
pub(crate) fn config(config: &Json) -> Option<Diagnostic> {
    let is_empty =
        matches!(config, Json::Null) || matches!(config, Json::Map(all) if all.is_empty());
    let title = "the gcloud mixin has no configuration; this has no effect";
    let place = Place::Config(Pointer::root());
    (!is_empty).then(|| Diagnostic::warning("gcloud-100", title, place))
}

/// gcloud-101: a command that is none. gcloud-104: an output from nowhere. gcloud-105: a flag
/// without effect.
pub(crate) fn step(step: &Step<Option<GcloudStep>>) -> Vec<Diagnostic> {
    let Some(value) = &step.value else {
        return vec![empty(step)];
    };
    let mut found = Vec::new();
    if value.command.is_empty() {
        found.push(step.error("gcloud-101", "`command` is missing", Pointer::root()));
    }
    for (index, output) in value.outputs.iter().enumerate() {
        if output.json_path.is_empty() {
            let place = Pointer::root().key("outputs").index(index);
            let title = "an output of gcloud needs `jsonPath`; without it it is not taken";
            found.push(step.warning("gcloud-104", title, place));
        }
    }
    if value.flags.get("format").is_some() {
        let place = Pointer::root().key("flags").key("format");
        let title = "the flag has no effect: `--format json` stands behind it";
        found.push(step.warning("gcloud-105", title, place));
    }
    found
}

/// A step with nothing in it.
pub(crate) fn empty(step: &Step<Option<GcloudStep>>) -> Diagnostic {
    let title = "the step is empty: it needs `groups` and `command`";
    step.error("gcloud-101", title, Pointer::root())
}
