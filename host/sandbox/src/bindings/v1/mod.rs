//! `porter:mixin@1.0.0`.

mod diagnostic;
mod instruction;
mod request;
#[cfg(feature = "sealed")]
pub(super) mod sealed;
mod task;

/// Made from `wit/v1.0.0`.
mod generated {
    #![allow(missing_docs, unreachable_pub, reason = "documented in wit/")]

    wasmtime::component::bindgen!({
        path: "../../wit/v1.0.0",
        world: "mixin",
        imports: { default: trappable },
    });
}

use porter_mixin::{BuildRequest, Description, Diagnostic, Instruction, PlanRequest, Task};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

use self::generated::exports::porter::mixin::guest as wit;
use self::generated::porter::mixin::host;
use super::Answer;
use crate::call::{LogLevel, State};

impl host::Host for State {
    fn log(&mut self, at: host::Level, message: String) -> wasmtime::Result<()> {
        Ok(self.log.write(level(at), &message)?)
    }
}

fn level(level: host::Level) -> LogLevel {
    match level {
        host::Level::Debug => LogLevel::Debug,
        host::Level::Info => LogLevel::Info,
        host::Level::Warning => LogLevel::Warning,
        host::Level::Error => LogLevel::Error,
    }
}

/// All that a mixin may import.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    host::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// A component of this version.
pub(crate) struct Guest(generated::MixinPre<State>);

impl Guest {
    pub(super) fn new(linker: &Linker<State>, component: &Component) -> wasmtime::Result<Self> {
        Ok(Self(generated::MixinPre::new(
            linker.instantiate_pre(component)?,
        )?))
    }

    pub(super) fn describe(&self, store: &mut Store<State>) -> wasmtime::Result<Description> {
        let mixin = self.0.instantiate(&mut *store)?;
        request::description(mixin.porter_mixin_guest().call_describe(&mut *store)?)
    }

    pub(super) fn lint(
        &self,
        store: &mut Store<State>,
        request: &BuildRequest,
    ) -> Answer<Vec<Diagnostic>> {
        let request = request::build(request)?;
        let mixin = self.0.instantiate(&mut *store)?;
        let answer = mixin
            .porter_mixin_guest()
            .call_lint(&mut *store, &request)?;
        Ok(answer.map(diagnostic::all).map_err(diagnostic::all))
    }

    pub(super) fn build(
        &self,
        store: &mut Store<State>,
        request: &BuildRequest,
    ) -> Answer<Vec<Instruction>> {
        let request = request::build(request)?;
        let mixin = self.0.instantiate(&mut *store)?;
        let answer = mixin
            .porter_mixin_guest()
            .call_build(&mut *store, &request)?;
        Ok(answer.map(instruction::all).map_err(diagnostic::all))
    }

    pub(super) fn plan(
        &self,
        store: &mut Store<State>,
        request: &PlanRequest,
    ) -> Answer<Vec<Task>> {
        let request = request::plan(request)?;
        let mixin = self.0.instantiate(&mut *store)?;
        let answer = mixin
            .porter_mixin_guest()
            .call_plan(&mut *store, &request)?;
        Ok(answer.map(task::all).map_err(diagnostic::all))
    }
}
