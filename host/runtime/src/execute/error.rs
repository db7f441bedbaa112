//! Why the tasks of a step failed.

use std::io;

use crate::outputs::OutputError;
use crate::take::{JsonPathError, PatternError};

/// Why a task failed. Command lines in the texts begin with the working directory.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// There is no such program.
    #[error(
        "couldn't run command {command}: exec: `{program}`: executable file not found in $PATH or in the bundle directory; install it in the bundle's Dockerfile, or add it to the bundle"
    )]
    NotFound {
        /// The command line.
        command: String,
        /// The program.
        program: String,
    },
    /// There is no such working directory.
    #[error("couldn't run command {command}: the working directory does not exist")]
    Directory {
        /// The command line.
        command: String,
    },
    /// The system refuses to start the program.
    #[error("couldn't run command {command}")]
    Start {
        /// The command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// The program ended with a failure.
    #[error("error running command {command}: {status}{}", hint_of(.said))]
    Failed {
        /// The command line.
        command: String,
        /// `exit status 3` or `killed by signal 9`.
        status: String,
        /// What a quiet command had to say.
        said: String,
    },
    /// A failure that might be none, but nobody can tell.
    #[error(
        "error running command {command}: Could not ignore failed command because the Regex specified by the mixin step definition (\"{pattern}\") is invalid"
    )]
    Ignore {
        /// The command line.
        command: String,
        /// The regular expression.
        pattern: String,
        /// What is wrong with it.
        source: PatternError,
    },
    /// A condition that cannot be decided.
    #[error("the condition of a command cannot be decided")]
    Condition(#[source] PatternError),
    /// An output that cannot be taken.
    #[error("unable to take output `{name}`")]
    Output {
        /// Name of the output.
        name: String,
        /// Why.
        source: OutputFault,
    },
    /// A file that cannot be written.
    #[error("unable to write {path}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A placeholder that stands for nothing: a bug in the mixin that got past all checks.
    #[error("the plan holds a placeholder that stands for nothing; this is a bug in the mixin")]
    Placeholder,
    /// Somebody asked the run to stop.
    #[error("the run was canceled")]
    Stopped,
}

/// Why an output cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum OutputFault {
    /// Standard output is too long.
    #[error("the standard output is longer than 16 MiB; let the command write a file instead")]
    TooLong,
    /// A JSON path that gives nothing.
    #[error("error evaluating jsonpath `{path}`")]
    JsonPath {
        /// The path.
        path: String,
        /// What is wrong.
        source: JsonPathError,
    },
    /// A regular expression that cannot be used.
    #[error("error evaluating regular expression `{pattern}`")]
    Regex {
        /// The expression.
        pattern: String,
        /// What is wrong.
        source: PatternError,
    },
    /// A file that cannot be read.
    #[error("error evaluating filepath `{path}`")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        source: io::Error,
    },
    /// It may not be kept.
    #[error(transparent)]
    Refused(OutputError),
}

fn hint_of(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("; it said: {text}")
    }
}
