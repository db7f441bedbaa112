//! Lint rules of the az mixin.

use porter_mixin_sdk::{Diagnostic, Place, Pointer, Step};

use crate::config::AzConfig;
use crate::step::{AzStep, Form, known_outputs};

/// az-100: a client version that no package has.
pub(crate) fn config(config: &AzConfig) -> Option<Diagnostic> {
    let version = config.client_version.as_str();
    let is_version = version.starts_with(|first: char| first.is_ascii_digit());
    if is_version || version.is_empty() {
        return None;
    }
    let place = Place::Config(Pointer::root().key("clientVersion"));
    let title = "`clientVersion` must be a version such as `2.60.0`";
    let found = Diagnostic::warning("az-100", title, place);
    Some(found.hint("leave `clientVersion` out for the newest az CLI"))
}

/// az-101: nothing to do. az-102: too much to do. az-103: half a resource group. az-104: an output
/// from nowhere. az-105: a flag without effect.
pub(crate) fn step(step: &Step<AzStep>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let forms = &step.value.forms;
    if forms.is_empty() {
        found.push(nothing_to_do(step));
    }
    if forms.len() > 1 {
        let title = "`group`, `login` and the command to run are different steps";
        let error = step.error("az-102", title, Pointer::root());
        found.push(error.hint("make a step of each"));
    }
    if forms.contains(&Form::Group) {
        found.extend(group(step));
    }
    for (index, output) in known_outputs(&step.value.outputs).iter().enumerate() {
        if output.json_path.is_empty() && output.path.is_empty() {
            let place = Pointer::root().key("outputs").index(index);
            let title = "an output of az needs `jsonPath` or `path`; without them it is not taken";
            found.push(step.warning("az-104", title, place));
        }
    }
    for name in ["o", "output"] {
        if step.value.flags.get(name).is_some() {
            let place = Pointer::root().key("flags").key(name);
            let title = "the flag has no effect: `--output json` stands behind it";
            found.push(step.warning("az-105", title, place));
        }
    }
    found
}

/// A step that only describes itself.
pub(crate) fn nothing_to_do(step: &Step<AzStep>) -> Diagnostic {
    let title = "the step says nothing to do";
    step.error("az-101", title, Pointer::root())
        .hint("give it `arguments` and `flags`, a `group`, or a `login`")
}

fn group(step: &Step<AzStep>) -> Vec<Diagnostic> {
    let group = &step.value.group;
    let mut fields = vec![("name", &group.name)];
    if step.action != "uninstall" {
        fields.push(("location", &group.location));
    }
    let empty = fields.into_iter().filter(|(_, value)| value.is_empty());
    let missing = empty.map(|(name, _)| {
        let place = Pointer::root().key("group");
        step.error("az-103", format!("`group.{name}` is missing"), place)
    });
    missing.collect()
}
