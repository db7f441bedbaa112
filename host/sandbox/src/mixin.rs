//! A loaded component that can be asked.

use std::sync::Arc;
use std::time::Instant;

use porter_mixin::{
    BuildRequest, CheckError, Description, Diagnostic, Evaluate, EvaluateError, Instruction,
    PlanRequest, Task, check,
};
use wasmtime::Store;
use wasmtime::component::Component;

use crate::bindings::{Answer, Guest};
use crate::call::{self, Fault, Log, LogSink, State, Usage, UsageSink, classify};
use crate::component::load_trusted;
use crate::{Digest, Limits, Sandbox, SandboxError};

/// What stands in messages for a mixin that says no version.
#[cfg(feature = "compile")]
pub(crate) const UNKNOWN_VERSION: &str = "unknown";

/// A loaded component. Each call runs in a store of its own and leaves nothing behind.
pub struct Mixin {
    sandbox: Sandbox,
    name: Arc<str>,
    version: String,
    guest: Guest,
    limits: Limits,
    log: LogSink,
    usage: Option<UsageSink>,
}

impl Mixin {
    /// Loads machine code that was compiled for this build, `expected` being the digest that the
    /// caller trusts: the runtime takes it from the runbook of its own image.
    ///
    /// # Errors
    /// [`SandboxError::Digest`] when `code` is other code, [`SandboxError::Load`] when it was
    /// compiled by another version or for another machine.
    pub fn from_trusted_code(
        sandbox: &Sandbox,
        name: &str,
        version: &str,
        code: &[u8],
        expected: Digest,
    ) -> Result<Self, SandboxError> {
        let found = Digest::of(code);
        if found != expected {
            return Err(SandboxError::Digest {
                mixin: name.to_owned(),
                found,
                expected,
            });
        }
        let failed = |error: wasmtime::Error| SandboxError::Load {
            mixin: name.to_owned(),
            source: error.into(),
        };
        let component = load_trusted(&sandbox.inner.engine, code).map_err(failed)?;
        Self::new(sandbox, name, version, &component).map_err(failed)
    }

    /// Fails where the component imports or exports something of another type.
    pub(crate) fn new(
        sandbox: &Sandbox,
        name: &str,
        version: &str,
        component: &Component,
    ) -> wasmtime::Result<Self> {
        Ok(Self {
            guest: Guest::new(&sandbox.inner.linkers, component)?,
            sandbox: sandbox.clone(),
            name: Arc::from(name),
            version: version.to_owned(),
            limits: Limits::default(),
            log: Arc::new(call::trace),
            usage: None,
        })
    }

    /// Sets other limits than the default.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sends the mixin's log messages to `sink` instead of `tracing`.
    #[must_use]
    pub fn with_log(mut self, sink: LogSink) -> Self {
        self.log = sink;
        self
    }

    /// Tells `sink` what each call used.
    #[must_use]
    pub fn with_usage(mut self, sink: UsageSink) -> Self {
        self.usage = Some(sink);
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version, `unknown` when it says none. Untrusted text.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn call<T>(
        &self,
        run: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, EvaluateError> {
        let host = |reason: String| self.broken(Fault::Host { reason });
        let inner = &self.sandbox.inner;
        let _running = inner
            .ticker
            .begin()
            .map_err(|error| host(error.to_string()))?;
        let log = Log::new(
            Arc::clone(&self.name),
            Arc::clone(&self.log),
            self.limits.log,
        );
        let started = Instant::now();
        let mut store = call::store(&inner.engine, &self.limits, log)
            .map_err(|error| host(format!("{error:#}")))?;
        let result = run(&mut store);
        if let Some(sink) = &self.usage {
            // Without fuel left, all of it was used.
            let left = store.get_fuel().unwrap_or_default();
            sink(Usage {
                time: started.elapsed(),
                fuel: self.limits.fuel.saturating_sub(left),
                memory: store.data().limiter.memory(),
            });
        }
        result.map_err(|error| {
            let said = store.data_mut().log.last_error();
            self.broken(classify(&error, &self.limits, said))
        })
    }

    /// As [`Self::call`], the user's mistakes being a refusal, which has to be a proper one.
    fn ask<T>(
        &self,
        run: impl FnOnce(&mut Store<State>) -> Answer<T>,
        check: impl FnOnce(&T) -> Result<(), CheckError>,
        check_failure: impl FnOnce(&[Diagnostic]) -> Result<(), CheckError>,
    ) -> Result<T, EvaluateError> {
        match self.call(run)? {
            Ok(result) => {
                check(&result).map_err(|error| self.broken(error.into()))?;
                Ok(result)
            }
            Err(diagnostics) => {
                check_failure(&diagnostics).map_err(|error| self.broken(error.into()))?;
                Err(self.refused(diagnostics))
            }
        }
    }

    fn refused(&self, diagnostics: Vec<Diagnostic>) -> EvaluateError {
        EvaluateError::Refused {
            mixin: self.name.to_string(),
            diagnostics,
        }
    }

    fn broken(&self, fault: Fault) -> EvaluateError {
        EvaluateError::Broken {
            mixin: self.name.to_string(),
            version: porter_mixin::escape(&self.version),
            code: fault.code(),
            source: Box::new(fault),
        }
    }
}

impl Evaluate for Mixin {
    fn describe(&self) -> Result<Description, EvaluateError> {
        let description = self.call(|store| self.guest.describe(store))?;
        check::description(&description).map_err(|error| self.broken(error.into()))?;
        Ok(description)
    }

    fn lint(&self, request: &BuildRequest) -> Result<Vec<Diagnostic>, EvaluateError> {
        check::build_request(request).map_err(|found| self.refused(vec![*found]))?;
        self.ask(
            |store| self.guest.lint(store, request),
            |found| check::build_diagnostics(found, request),
            |found| check::build_failure(found, request),
        )
    }

    fn build(&self, request: &BuildRequest) -> Result<Vec<Instruction>, EvaluateError> {
        check::build_request(request).map_err(|found| self.refused(vec![*found]))?;
        self.ask(
            |store| self.guest.build(store, request),
            |found| check::instructions(found),
            |found| check::build_failure(found, request),
        )
    }

    fn plan(&self, request: &PlanRequest) -> Result<Vec<Task>, EvaluateError> {
        check::plan_request(request).map_err(|found| self.refused(vec![*found]))?;
        self.ask(
            |store| self.guest.plan(store, request),
            |found| check::tasks(found, request),
            |found| check::plan_failure(found, request),
        )
    }
}

impl std::fmt::Debug for Mixin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mixin")
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
