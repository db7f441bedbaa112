//! Lint rules of the helm3 mixin.

use porter_mixin_sdk::{Diagnostic, Place, Pointer, Step};

use crate::build::HelmConfig;
use crate::step::{HelmStep, Verb};

/// What is wrong with a step, or has no effect.
pub(crate) fn step(step: &Step<HelmStep>, found: &mut Vec<Diagnostic>) {
    match Verb::of(&step.action) {
        Verb::Install => {
            missing(step, found);
            credentials(step, found);
        }
        Verb::Upgrade => {
            missing(step, found);
            without_effect(step, found);
        }
        Verb::Uninstall if step.value.releases.0.is_empty() => {
            let place = Pointer::root().key("releases");
            let title = "`releases` is empty: nothing is removed";
            found.push(step.warning("helm3-100", title, place));
        }
        Verb::Uninstall | Verb::Any => {}
    }
    outputs(step, found);
}

/// helm3-104: repositories that are left out.
pub(crate) fn config(config: &HelmConfig) -> Vec<Diagnostic> {
    let repositories = config.repositories.iter();
    repositories
        .filter(|(_, repository)| repository.url.is_empty())
        .map(|(name, _)| {
            let place = Pointer::root().key("repositories").key(name);
            let title = format!("the repository `{name}` has no `url` and is left out");
            Diagnostic::warning("helm3-104", title, Place::Config(place))
        })
        .collect()
}

/// helm3-100: what helm cannot do without.
fn missing(step: &Step<HelmStep>, found: &mut Vec<Diagnostic>) {
    for (field, text) in [("name", &step.value.name), ("chart", &step.value.chart)] {
        if text.is_empty() {
            let title = format!("`{field}` is missing");
            found.push(step.error("helm3-100", title, Pointer::root().key(field)));
        }
    }
}

/// helm3-101: credentials that are incomplete, or that everybody in the container can read.
fn credentials(step: &Step<HelmStep>, found: &mut Vec<Diagnostic>) {
    let mut first = None;
    let mut written = 0;
    for (field, text) in [
        ("repo", &step.value.repo),
        ("username", &step.value.username),
        ("password", &step.value.password),
    ] {
        if !text.is_empty() {
            first = first.or(Some(field));
            written += 1;
        }
    }
    if written == 3 {
        let title = "`password` is shown in the list of processes while helm runs";
        found.push(step.warning("helm3-101", title, Pointer::root().key("password")));
    } else if let Some(first) = first {
        let title = "`repo`, `username` and `password` have an effect together only";
        let hint = "a repository without credentials goes into the configuration of the mixin";
        found.push(
            step.warning("helm3-101", title, Pointer::root().key(first))
                .hint(hint),
        );
    }
}

/// helm3-102: fields that upgrade accepts and does not pass on.
fn without_effect(step: &Step<HelmStep>, found: &mut Vec<Diagnostic>) {
    let value = &step.value;
    for (field, is_written) in [
        ("devel", value.devel),
        ("skipCrds", value.skip_crds),
        ("noHooks", value.no_hooks),
        ("repo", !value.repo.is_empty()),
        ("username", !value.username.is_empty()),
        ("password", !value.password.is_empty()),
    ] {
        if is_written {
            let title = format!("`{field}` has no effect in `upgrade`");
            found.push(step.warning("helm3-102", title, Pointer::root().key(field)));
        }
    }
}

/// helm3-103: outputs that take nothing.
fn outputs(step: &Step<HelmStep>, found: &mut Vec<Diagnostic>) {
    for (index, output) in step.value.outputs_in(&step.action).iter().enumerate() {
        if !output.is_secret() && !output.is_resource() {
            let place = Pointer::root().key("outputs").index(index);
            let title = format!("the output `{}` takes nothing", output.name);
            let hint =
                "give it `secret` and `key`, or `resourceType`, `resourceName` and `jsonPath`";
            found.push(step.warning("helm3-103", title, place).hint(hint));
        }
    }
}
