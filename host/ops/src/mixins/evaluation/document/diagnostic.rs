//! What a mixin says about its input.

use porter_mixin::{Diagnostic, Place, Severity};
use serde_json::json;

use crate::mixins::Json;
use porter_mixin::document::Members;

/// Diagnostics, in order.
pub(crate) fn diagnostics(found: &[Diagnostic]) -> Json {
    found.iter().map(diagnostic).collect()
}

fn diagnostic(found: &Diagnostic) -> Json {
    let severity = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    Members::default()
        .set("severity", severity)
        .set("code", found.code.as_str())
        .set("title", found.title.as_str())
        .set_text("message", &found.message)
        .set_some("hint", found.hint.as_deref())
        .set("at", place(&found.at))
        .finish()
}

fn place(place: &Place) -> Json {
    match place {
        Place::Config { pointer } => json!({ "config": pointer }),
        Place::Step {
            action,
            index,
            pointer,
        } => json!({ "action": action, "index": index, "pointer": pointer }),
    }
}
