//! Diagnostics out of the interface's types.

use porter_mixin::{Diagnostic, Place, Severity};

use super::wit;

pub(super) fn all(found: Vec<wit::Diagnostic>) -> Vec<Diagnostic> {
    found.into_iter().map(one).collect()
}

fn one(found: wit::Diagnostic) -> Diagnostic {
    Diagnostic {
        severity: match found.severity {
            wit::Severity::Error => Severity::Error,
            wit::Severity::Warning => Severity::Warning,
        },
        code: found.code,
        title: found.title,
        message: found.message,
        hint: found.hint,
        at: match found.at {
            wit::Place::Config(pointer) => Place::Config { pointer },
            wit::Place::Step(wit::StepPlace {
                action,
                index,
                pointer,
            }) => Place::Step {
                action,
                index,
                pointer,
            },
        },
    }
}
