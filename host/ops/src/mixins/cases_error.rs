//! Why the test cases of a mixin cannot be run, and what to do about it.

use std::path::PathBuf;

use porter_mixin::escape::escape;

use crate::error::Hint;

/// Why the test cases of a mixin cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum CasesError {
    /// A folder has no component, or several.
    #[error("cannot tell which component of `{}` is the mixin: {}", folder.display(), listed(found))]
    NoComponent {
        /// The folder.
        folder: PathBuf,
        /// Names of the components in it.
        found: Vec<String>,
    },
    /// A folder has no test cases, or too many.
    #[error("`{}` has {found} test cases, between 1 and {limit} are needed", folder.display())]
    Number {
        /// The folder.
        folder: PathBuf,
        /// How many there are.
        found: usize,
        /// The most that are run.
        limit: usize,
    },
    /// No test case has such a name.
    #[error("no test case in `{}` has `{filter}` in its name", folder.display())]
    Filter {
        /// The folder.
        folder: PathBuf,
        /// What the name has to hold.
        filter: String,
    },
    /// A mixin that lies in no folder has no test cases beside it.
    #[error("there are no test cases beside mixin `{mixin}`")]
    Builtin {
        /// The mixin.
        mixin: String,
    },
}

impl Hint for CasesError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoComponent { found, .. } if found.is_empty() => {
                "build it first: `make` in a project of `porter mixins create`"
            }
            Self::NoComponent { .. } => "name the file itself",
            Self::Number { .. } => {
                "a case is a YAML file with `step` or `actions`; --accept adds what the mixin returns"
            }
            Self::Builtin { .. } => "name their folder with --cases",
            Self::Filter { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

fn listed(found: &[String]) -> String {
    match found {
        [] => "it has no file that ends in `.wasm`".to_owned(),
        several => format!("it has {}", escape(&several.join(", "))),
    }
}
