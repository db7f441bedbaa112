//! As [`super::Guest`], for a component that imports WASI as well.

use porter_mixin::{BuildRequest, Description, Diagnostic, Instruction, PlanRequest, Task};
use wasmtime::component::Component;
use wasmtime::{Engine, Store};

use super::{Answer, Linkers, v1};
use crate::sealed::Sealed;

/// A component whose imports are resolved and whose exports are of the right types.
pub(crate) enum SealedGuest {
    V1(v1::sealed::Guest),
}

impl SealedGuest {
    /// Fails where the component imports or exports something of another type.
    pub(crate) fn new(
        linkers: &Linkers,
        engine: &Engine,
        component: &Component,
    ) -> wasmtime::Result<Self> {
        let linker = linkers.sealed(engine)?;
        Ok(Self::V1(v1::sealed::Guest::new(linker, component)?))
    }

    pub(crate) async fn describe(
        &self,
        store: &mut Store<Sealed>,
    ) -> wasmtime::Result<Description> {
        match self {
            Self::V1(guest) => guest.describe(store).await,
        }
    }

    pub(crate) async fn lint(
        &self,
        store: &mut Store<Sealed>,
        request: &BuildRequest,
    ) -> Answer<Vec<Diagnostic>> {
        match self {
            Self::V1(guest) => guest.lint(store, request).await,
        }
    }

    pub(crate) async fn build(
        &self,
        store: &mut Store<Sealed>,
        request: &BuildRequest,
    ) -> Answer<Vec<Instruction>> {
        match self {
            Self::V1(guest) => guest.build(store, request).await,
        }
    }

    pub(crate) async fn plan(
        &self,
        store: &mut Store<Sealed>,
        request: &PlanRequest,
    ) -> Answer<Vec<Task>> {
        match self {
            Self::V1(guest) => guest.plan(store, request).await,
        }
    }
}
