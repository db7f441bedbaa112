//! Lint rules of the kubernetes mixin.

use porter_mixin_sdk::{Diagnostic, Pointer, Scalar, Step};

use crate::plan::contradiction;
use crate::step::{KubernetesStep, Verb, seconds};

/// What is wrong with a step, or has no effect.
pub(crate) fn step(step: &Step<KubernetesStep>) -> Vec<Diagnostic> {
    let verb = Verb::of(&step.action);
    let mut found = Vec::new();
    if step.value.manifests.0.is_empty() {
        found.push(nothing_to_do(step));
    }
    found.extend(without_effect(step, verb));
    if verb != Verb::Install {
        found.extend(numbers(step));
    }
    if verb != Verb::Delete {
        found.extend(outputs(step));
    }
    found
}

/// kubernetes-100: nothing to apply or delete.
fn nothing_to_do(step: &Step<KubernetesStep>) -> Diagnostic {
    let place = Pointer::root().key("manifests");
    step.warning(
        "kubernetes-100",
        "`manifests` is empty: kubectl does not run",
        place,
    )
    .hint("list files, directories or addresses of manifests")
}

/// kubernetes-101: numbers that are none, or that contradict.
fn numbers(step: &Step<KubernetesStep>) -> Vec<Diagnostic> {
    let value = &step.value;
    let mut found = Vec::new();
    for (field, written) in [
        ("gracePeriod", &value.grace_period),
        ("timeout", &value.timeout),
    ] {
        let place = Pointer::root().key(field);
        let is_template = matches!(written, Scalar::Text(text) if text.contains("${"));
        if is_template {
            continue;
        }
        match seconds(written) {
            Err(why) => found.extend(step.check("kubernetes-101", place, Err(why))),
            Ok(Some(whole)) if written.text().contains('.') => {
                let title = format!("`{field}` is taken as {whole} seconds");
                found.push(step.warning("kubernetes-101", title, place));
            }
            Ok(whole) if field == "gracePeriod" => {
                let why = contradiction(value, whole);
                found.extend(why.map(|why| step.error("kubernetes-101", why, place)));
            }
            Ok(_) => {}
        }
    }
    found
}

/// kubernetes-102: outputs that kubectl cannot find.
fn outputs(step: &Step<KubernetesStep>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (index, output) in step.value.outputs.iter().enumerate() {
        let place = Pointer::root().key("outputs").index(index);
        let missing = [
            ("name", &output.name),
            ("resourceType", &output.resource_type),
            ("resourceName", &output.resource_name),
            ("jsonPath", &output.json_path),
        ];
        for (field, _) in missing.iter().filter(|(_, text)| text.is_empty()) {
            let place = place.key(field);
            let title = format!("`{}` is missing", place.spoken());
            found.push(step.error("kubernetes-102", title, place));
        }
    }
    found
}

/// kubernetes-103: fields that this action does not have.
fn without_effect(step: &Step<KubernetesStep>, verb: Verb) -> Vec<Diagnostic> {
    let value = &step.value;
    let apply_only = [
        ("overwrite", value.overwrite.is_some()),
        ("prune", value.prune.is_some()),
    ];
    let not_in_install = [
        ("force", value.force.is_some()),
        ("gracePeriod", value.grace_period != Scalar::Null),
        ("timeout", value.timeout != Scalar::Null),
    ];
    let not_in_uninstall = [
        ("record", value.record.is_some()),
        ("validate", value.validate.is_some()),
        ("outputs", !value.outputs.is_empty()),
    ];
    let fields: Vec<(&str, bool)> = match verb {
        Verb::Apply => Vec::new(),
        Verb::Install => apply_only.into_iter().chain(not_in_install).collect(),
        Verb::Delete => apply_only.into_iter().chain(not_in_uninstall).collect(),
    };
    fields
        .into_iter()
        .filter(|(_, is_written)| *is_written)
        .map(|(field, _)| {
            let title = format!("`{field}` has no effect in `{}`", step.action);
            step.warning("kubernetes-103", title, Pointer::root().key(field))
        })
        .collect()
}
