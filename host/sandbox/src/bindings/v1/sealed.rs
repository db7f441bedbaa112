//! Components that import WASI beside `log`: the same interface, called asynchronously.

use porter_mixin::{BuildRequest, Description, Diagnostic, Instruction, PlanRequest, Task};
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, HasSelf, InstancePre, Lift, Linker, Lower,
    TypedFunc,
};
use wasmtime::{Engine, Store};

use super::generated::MixinPre;
use super::generated::porter::mixin::host;
use super::{diagnostic, instruction, level, request, task, wit};
use crate::bindings::Answer;
use crate::sealed::Sealed;

const GUEST: &str = "porter:mixin/guest@1.0.0";

impl host::Host for Sealed {
    fn log(&mut self, at: host::Level, message: String) -> wasmtime::Result<()> {
        Ok(self.log.lock().write(level(at), &message)?)
    }
}

/// All that a sealed mixin may import.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Sealed>> {
    let mut linker = crate::sealed::linker(engine)?;
    host::add_to_linker::<_, HasSelf<Sealed>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// A sealed component of this version.
pub(crate) struct Guest {
    instance: InstancePre<Sealed>,
    describe: ComponentExportIndex,
    lint: ComponentExportIndex,
    build: ComponentExportIndex,
    plan: ComponentExportIndex,
}

type Outcome<T> = (Result<Vec<T>, Vec<wit::Diagnostic>>,);

impl Guest {
    /// Fails where the component imports or exports something of another type.
    pub(crate) fn new(linker: &Linker<Sealed>, component: &Component) -> wasmtime::Result<Self> {
        let instance = linker.instantiate_pre(component)?;
        // Compares the types of all exports.
        MixinPre::new(instance.clone())?;
        let guest = component.get_export_index(None, GUEST);
        let function = |name: &str| {
            component
                .get_export_index(guest.as_ref(), name)
                .ok_or_else(|| wasmtime::format_err!("`{GUEST}` lacks `{name}`"))
        };
        Ok(Self {
            describe: function("describe")?,
            lint: function("lint")?,
            build: function("build")?,
            plan: function("plan")?,
            instance,
        })
    }

    async fn call<P, R>(
        &self,
        store: &mut Store<Sealed>,
        function: &ComponentExportIndex,
        parameters: P,
    ) -> wasmtime::Result<R>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let instance = self.instance.instantiate_async(&mut *store).await?;
        let function: TypedFunc<P, R> = instance.get_typed_func(&mut *store, function)?;
        function.call_async(&mut *store, parameters).await
    }

    pub(crate) async fn describe(
        &self,
        store: &mut Store<Sealed>,
    ) -> wasmtime::Result<Description> {
        let (found,): (wit::Description,) = self.call(store, &self.describe, ()).await?;
        request::description(found)
    }

    pub(crate) async fn lint(
        &self,
        store: &mut Store<Sealed>,
        request: &BuildRequest,
    ) -> Answer<Vec<Diagnostic>> {
        let request = request::build(request)?;
        let (answer,): Outcome<_> = self.call(store, &self.lint, (&request,)).await?;
        Ok(answer.map(diagnostic::all).map_err(diagnostic::all))
    }

    pub(crate) async fn build(
        &self,
        store: &mut Store<Sealed>,
        request: &BuildRequest,
    ) -> Answer<Vec<Instruction>> {
        let request = request::build(request)?;
        let (answer,): Outcome<_> = self.call(store, &self.build, (&request,)).await?;
        Ok(answer.map(instruction::all).map_err(diagnostic::all))
    }

    pub(crate) async fn plan(
        &self,
        store: &mut Store<Sealed>,
        request: &PlanRequest,
    ) -> Answer<Vec<Task>> {
        let request = request::plan(request)?;
        let (answer,): Outcome<_> = self.call(store, &self.plan, (&request,)).await?;
        Ok(answer.map(task::all).map_err(diagnostic::all))
    }
}
