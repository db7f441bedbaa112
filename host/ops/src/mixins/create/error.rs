//! Why no project was written, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::error::Hint;

/// Why no project was written.
#[derive(Debug, thiserror::Error)]
pub enum CreateMixinError {
    /// The name cannot be one.
    #[error("`{0}` cannot be the name of a new mixin")]
    Name(String),
    /// A text that would not stay one text in the files of the project.
    #[error("`{text}` cannot be the value of --{flag}")]
    Text {
        /// The flag.
        flag: &'static str,
        /// Its value.
        text: String,
    },
    /// There is something already.
    #[error("`{}` is not empty", .0.display())]
    Used(PathBuf),
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Hint for CreateMixinError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Name(_) => {
                "begin with a lower-case letter; then letters, digits and single `-`, at most 40"
            }
            Self::Text { .. } => {
                "leave out quotes, braces, `$`, backslashes and control characters"
            }
            Self::Used(_) => "use another name, or another folder with --dir",
            Self::Write { .. } => return None,
        };
        Some(hint.to_owned())
    }
}
