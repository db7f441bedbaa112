//! Why a native mixin cannot be used.

use std::io;
use std::path::PathBuf;

use crate::error::Hint;

/// Why a native mixin cannot be used. What the program said is escaped.
#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    /// A file of it cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It has no program for the image.
    #[error("mixin `{mixin}` has no program for the image, `{}`", path.display())]
    NoRuntime {
        /// Name of the mixin.
        mixin: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// It has more files than a mixin has.
    #[error("mixin `{mixin}` has more than {files} files or {megabytes} MB in its folder")]
    TooLarge {
        /// Name of the mixin.
        mixin: String,
        /// How many files are taken.
        files: usize,
        /// How much of them.
        megabytes: u64,
    },
    /// Its program cannot be started.
    #[error("cannot start `{}`", path.display())]
    Start {
        /// The program.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its program did not end in time.
    #[error("`{command}` did not end within {seconds} s and was killed")]
    TooSlow {
        /// Program and arguments.
        command: String,
        /// What was granted.
        seconds: u64,
    },
    /// Its program wrote more than is taken.
    #[error("`{command}` wrote more than {limit} bytes")]
    TooMuch {
        /// Program and arguments.
        command: String,
        /// What is taken.
        limit: usize,
    },
    /// Its program failed. Porter's words.
    #[error("package command failed {command}{}", said(.stderr))]
    Failed {
        /// Program and arguments.
        command: String,
        /// The end of what it wrote to stderr.
        stderr: String,
    },
    /// What its program wrote is not what it should be.
    #[error("`{command}` wrote what is no {what}")]
    Answer {
        /// Program and arguments.
        command: String,
        /// What it should be.
        what: &'static str,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn said(stderr: &str) -> String {
    match stderr.is_empty() {
        true => String::new(),
        false => format!("\n{stderr}"),
    }
}

impl Hint for NativeError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoRuntime { mixin, .. } => format!(
                "install it again with `porter mixins install {mixin} --allow-native-mixin {mixin}`"
            ),
            Self::Answer { .. } | Self::TooMuch { .. } | Self::TooSlow { .. } => {
                "this is a mistake of the mixin, not of the bundle: tell its author".to_owned()
            }
            _ => return None,
        })
    }
}
