//! Why a component could not be compiled.

use std::path::PathBuf;
use std::time::Duration;

/// Why a component could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// It takes too long.
    #[error("compiling it takes longer than {} seconds", limit.as_secs_f64())]
    Deadline {
        /// What is allowed.
        limit: Duration,
    },
    /// It takes too much memory.
    #[error("compiling it takes more than {limit} bytes of memory")]
    Memory {
        /// What is allowed.
        limit: u64,
    },
    /// Its machine code is too large.
    #[error("its machine code has more than {limit} bytes")]
    Code {
        /// What is allowed.
        limit: u64,
    },
    /// The compiler ended without an answer.
    #[error("the compiler crashed on it ({how})")]
    Crash {
        /// How it ended.
        how: String,
    },
    /// It is not valid.
    #[error("it is not a valid component: {reason}")]
    Invalid {
        /// What the compiler says, escaped.
        reason: String,
    },
    /// An import or an export has the right name and another type.
    #[error("its imports and exports are not those of a mixin: {reason}")]
    Type {
        /// What does not fit, escaped.
        reason: String,
    },
    /// The child process cannot be started.
    #[error("cannot start `{program}` to compile it")]
    Start {
        /// The program.
        program: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl CompileError {
    /// Stable code such as `compile-deadline`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Deadline { .. } => "compile-deadline",
            Self::Memory { .. } => "compile-memory",
            Self::Code { .. } => "compile-code",
            Self::Crash { .. } => "compile-crash",
            Self::Invalid { .. } => "compile-invalid",
            Self::Type { .. } => "admission-type",
            Self::Start { .. } => "compile-start",
        }
    }
}
