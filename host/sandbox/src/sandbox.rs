//! The engine that all mixins of a process share.

use std::sync::Arc;

use wasmtime::Engine;

use crate::SandboxError;
use crate::bindings::Linkers;
use crate::call::Ticker;
use crate::engine::{self, Profile};

/// The engine that all mixins of a process share, without a compiler. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) linkers: Linkers,
    pub(crate) ticker: Ticker,
}

impl Sandbox {
    /// Makes the engine. Takes well under a millisecond.
    ///
    /// # Errors
    /// [`SandboxError::Engine`] where this machine cannot run it.
    pub fn new() -> Result<Self, SandboxError> {
        let failed = |error: wasmtime::Error| SandboxError::Engine {
            source: error.into(),
        };
        let engine = engine::new(Profile::Run).map_err(failed)?;
        let linkers = Linkers::new(&engine).map_err(failed)?;
        let ticker = Ticker::new(engine.clone());
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                linkers,
                ticker,
            }),
        })
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}
