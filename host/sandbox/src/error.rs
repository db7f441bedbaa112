//! Why a component could not become a mixin.

use std::path::PathBuf;

#[cfg(feature = "compile")]
use crate::{AdmissionError, CompileError};

/// Why a component could not become a [`crate::Mixin`].
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// This machine cannot run the sandbox at all.
    #[error("cannot start the sandbox")]
    Engine {
        /// What wasmtime says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file of a mixin cannot be read.
    #[error("cannot read mixin `{path}`")]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The component is not one that this porter runs.
    #[cfg(feature = "compile")]
    #[error("mixin `{mixin}` {version} is refused ({})", source.code())]
    Refused {
        /// Name of the mixin.
        mixin: String,
        /// Its version, `unknown` when it says none.
        version: String,
        /// What is wrong with it.
        source: AdmissionError,
    },
    /// The component cannot be compiled.
    #[cfg(feature = "compile")]
    #[error("mixin `{mixin}` {version} cannot be compiled ({})", source.code())]
    Compile {
        /// Name of the mixin.
        mixin: String,
        /// Its version, `unknown` when it says none.
        version: String,
        /// Why not.
        source: CompileError,
    },
    /// Machine code is not what it has to be.
    #[error("the machine code of mixin `{mixin}` is `{found}`, expected `{expected}`")]
    Digest {
        /// Name of the mixin.
        mixin: String,
        /// What was found.
        found: crate::Digest,
        /// What it should be.
        expected: crate::Digest,
    },
    /// Machine code is of another version of the sandbox, or for another machine.
    #[error("the machine code of mixin `{mixin}` cannot be loaded")]
    Load {
        /// Name of the mixin.
        mixin: String,
        /// What wasmtime says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl SandboxError {
    /// Stable code such as `admission-import`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Engine { .. } => "sandbox-engine",
            Self::Read { .. } => "sandbox-read",
            #[cfg(feature = "compile")]
            Self::Refused { source, .. } => source.code(),
            #[cfg(feature = "compile")]
            Self::Compile { source, .. } => source.code(),
            Self::Digest { .. } => "load-digest",
            Self::Load { .. } => "load-code",
        }
    }
}
