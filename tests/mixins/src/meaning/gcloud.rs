//! What Porter's gcloud mixin writes into a Dockerfile.

use super::{Meaning, apt, reader};
use crate::glue::Glue;

/// How the gcloud mixin is compared.
pub fn glue() -> Glue {
    Glue {
        dockerfile: of_dockerfile,
        ..Glue::default()
    }
}

/// The meaning of the lines.
///
/// # Errors
/// What is not understood.
pub fn of_dockerfile(text: &str) -> Result<Meaning, String> {
    reader::read(text, apt::source)
}
