//! One module per released version of the interface, converted into the types of `porter-mixin`.
//!
//! A newer version gets a module beside the older ones, which stay for good.

#[cfg(feature = "sealed")]
mod sealed;
mod v1;

#[cfg(feature = "sealed")]
pub(crate) use sealed::SealedGuest;

#[cfg(feature = "sealed")]
use std::sync::OnceLock;

use porter_mixin::{BuildRequest, Description, Diagnostic, Instruction, PlanRequest, Task};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use crate::call::State;
#[cfg(feature = "sealed")]
use crate::sealed::Sealed;

/// Names of interfaces, imported or exported, and their functions' types as text: one a line, as
/// `compiler::signature` writes them.
#[cfg(feature = "compile")]
pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("porter:mixin/host@1.0.0", include_str!("v1/host.txt")),
    ("porter:mixin/guest@1.0.0", include_str!("v1/guest.txt")),
];

/// What a call returned: the user's mistakes in the inner result, the mixin's in the outer one.
pub(crate) type Answer<T> = wasmtime::Result<Result<T, Vec<Diagnostic>>>;

/// What the host offers, per version.
pub(crate) struct Linkers {
    v1: Linker<State>,
    // WASI has hundreds of functions: whoever has no sealed mixin does without.
    #[cfg(feature = "sealed")]
    v1_sealed: OnceLock<Linker<Sealed>>,
}

impl Linkers {
    pub(crate) fn new(engine: &Engine) -> wasmtime::Result<Self> {
        Ok(Self {
            v1: v1::linker(engine)?,
            #[cfg(feature = "sealed")]
            v1_sealed: OnceLock::new(),
        })
    }

    #[cfg(feature = "sealed")]
    fn sealed(&self, engine: &Engine) -> wasmtime::Result<&Linker<Sealed>> {
        if let Some(linker) = self.v1_sealed.get() {
            return Ok(linker);
        }
        let linker = v1::sealed::linker(engine)?;
        Ok(self.v1_sealed.get_or_init(|| linker))
    }
}

/// A component whose imports are resolved and whose exports are of the right types.
pub(crate) enum Guest {
    V1(v1::Guest),
}

impl Guest {
    /// Fails where the component imports or exports something of another type.
    pub(crate) fn new(linkers: &Linkers, component: &Component) -> wasmtime::Result<Self> {
        Ok(Self::V1(v1::Guest::new(&linkers.v1, component)?))
    }

    pub(crate) fn describe(&self, store: &mut Store<State>) -> wasmtime::Result<Description> {
        match self {
            Self::V1(guest) => guest.describe(store),
        }
    }

    pub(crate) fn lint(
        &self,
        store: &mut Store<State>,
        request: &BuildRequest,
    ) -> Answer<Vec<Diagnostic>> {
        match self {
            Self::V1(guest) => guest.lint(store, request),
        }
    }

    pub(crate) fn build(
        &self,
        store: &mut Store<State>,
        request: &BuildRequest,
    ) -> Answer<Vec<Instruction>> {
        match self {
            Self::V1(guest) => guest.build(store, request),
        }
    }

    pub(crate) fn plan(
        &self,
        store: &mut Store<State>,
        request: &PlanRequest,
    ) -> Answer<Vec<Task>> {
        match self {
            Self::V1(guest) => guest.plan(store, request),
        }
    }
}
