//! The lines of Porter's kubernetes mixin.

use super::{Fact, Meaning, reader};
use crate::glue::Glue;

/// How the kubernetes mixin is compared.
pub fn glue() -> Glue {
    Glue {
        dockerfile: of_dockerfile,
        ..Glue::default()
    }
}

/// Their meaning.
///
/// # Errors
/// What is not understood.
pub fn of_dockerfile(text: &str) -> Result<Meaning, String> {
    reader::read(text, reader::nothing).map(from_vendor)
}

/// Where Porter fetches kubectl: a bucket that the project no longer fills.
const OLD: &str = "https://storage.googleapis.com/kubernetes-release/";
/// Where the project publishes it, with checksums.
const NEW: &str = "https://dl.k8s.io/";

/// kubectl is the same from both addresses.
pub(super) fn from_vendor(mut meaning: Meaning) -> Meaning {
    let moved = |fact: Fact| match fact {
        Fact::Download { url, member, to } => {
            let url = url.replace(OLD, NEW);
            Fact::Download { url, member, to }
        }
        other => other,
    };
    meaning.facts = meaning.facts.into_iter().map(moved).collect();
    meaning
}
