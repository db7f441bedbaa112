//! Compiles components in a child process.
//!
//! wasmtime's compiler can be neither cancelled nor bounded from inside, and a component of 25 KB
//! can keep it busy for half a minute with 1.8 GB. So a child of the same program does it, under
//! limits it sets for itself before it reads a byte of the component, and is killed at its
//! deadline.

mod child;
mod error;
mod protocol;
mod run;
mod signature;

pub use child::child_main;
pub use error::CompileError;
pub use signature::interface_text;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use protocol::Request;

use crate::Tier;

/// What compiling one component may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileLimits {
    /// Address space of the child.
    pub memory: u64,
    /// Processor time of the child.
    pub cpu: Duration,
    /// Wall-clock time, the start of the child included.
    pub deadline: Duration,
    /// Bytes of machine code.
    pub code: u64,
}

impl CompileLimits {
    /// For components of tier pure: of a few hundred kilobytes, compiled within a second.
    pub fn pure() -> Self {
        Self {
            memory: 1 << 30,
            cpu: Duration::from_secs(20),
            deadline: Duration::from_secs(30),
            code: 64 << 20,
        }
    }

    /// For components of the other tiers: megabytes of a language's runtime.
    pub fn sealed() -> Self {
        Self {
            memory: 4 << 30,
            cpu: Duration::from_secs(180),
            deadline: Duration::from_secs(240),
            code: 256 << 20,
        }
    }
}

/// Compiles components in a child process of the given program.
#[derive(Debug, Clone)]
pub struct Compiler {
    program: PathBuf,
    arguments: Vec<OsString>,
    pure: CompileLimits,
    sealed: CompileLimits,
}

impl Compiler {
    /// `program`, called with `arguments`, has to call [`child_main`] and end with its answer.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            pure: CompileLimits::pure(),
            sealed: CompileLimits::sealed(),
        }
    }

    /// Sets other limits, for components of every tier.
    #[must_use]
    pub fn with_limits(mut self, limits: CompileLimits) -> Self {
        self.pure = limits.clone();
        self.sealed = limits;
        self
    }

    /// Compiles `wasm` of `tier` to machine code for this build.
    ///
    /// # Errors
    /// [`CompileError`]; the child is gone by then.
    pub fn compile(&self, wasm: &[u8], tier: Tier) -> Result<Vec<u8>, CompileError> {
        let limits = match tier {
            Tier::Pure => &self.pure,
            Tier::Sealed | Tier::Reader => &self.sealed,
        };
        let seconds = limits.cpu.as_secs().max(1);
        let request = Request {
            memory: limits.memory,
            seconds,
            size: wasm.len() as u64,
        };
        run::run(&self.program, &self.arguments, limits, request, wasm)
    }
}
