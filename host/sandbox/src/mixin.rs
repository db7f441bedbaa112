//! A loaded component that can be asked.

use std::sync::Arc;
use std::time::Instant;

use porter_mixin::{
    BuildRequest, CheckError, Description, Diagnostic, Evaluate, EvaluateError, Instruction,
    PlanRequest, Task, check,
};
use wasmtime::Store;
use wasmtime::component::Component;

#[cfg(feature = "sealed")]
use crate::Files;
use crate::bindings::Guest;
#[cfg(feature = "sealed")]
use crate::bindings::SealedGuest;
use crate::call::{self, Fault, Limiter, Log, LogSink, State, Usage, UsageSink, classify};
use crate::component::load_trusted;
#[cfg(feature = "sealed")]
use crate::sealed::{self, Sealed, Seed};
use crate::{Digest, Limits, Sandbox, SandboxError, Tier};

/// What stands in messages for a mixin that says no version.
#[cfg(feature = "compile")]
pub(crate) const UNKNOWN_VERSION: &str = "unknown";

/// A loaded component. Each call runs in a store of its own and leaves nothing behind.
pub struct Mixin {
    sandbox: Sandbox,
    name: Arc<str>,
    version: String,
    kind: Kind,
    limits: Limits,
    log: LogSink,
    usage: Option<UsageSink>,
}

/// What a mixin is made of, by its tier.
enum Kind {
    Pure(Guest),
    #[cfg(feature = "sealed")]
    Sealed(SealedKind),
}

/// A mixin of tier sealed or reader.
#[cfg(feature = "sealed")]
struct SealedKind {
    guest: SealedGuest,
    component: Digest,
    tier: Tier,
    files: Arc<Files>,
}

impl Kind {
    /// Fails where the component imports or exports something of another type, and for a tier that
    /// this program was built without.
    #[cfg_attr(
        not(feature = "sealed"),
        expect(unused_variables, reason = "the digest is for tier sealed")
    )]
    fn new(
        sandbox: &Sandbox,
        component: &Component,
        tier: Tier,
        digest: Digest,
    ) -> wasmtime::Result<Self> {
        let inner = &sandbox.inner;
        match tier {
            Tier::Pure => Ok(Self::Pure(Guest::new(&inner.linkers, component)?)),
            #[cfg(feature = "sealed")]
            Tier::Sealed | Tier::Reader => Ok(Self::Sealed(SealedKind {
                guest: SealedGuest::new(&inner.linkers, &inner.engine, component)?,
                component: digest,
                tier,
                files: Arc::default(),
            })),
            #[cfg(not(feature = "sealed"))]
            Tier::Sealed | Tier::Reader => Err(wasmtime::format_err!(
                "it is of tier `{tier}`, which this program was built without"
            )),
        }
    }

    fn limits(&self) -> Limits {
        match self {
            Self::Pure(_) => Limits::default(),
            #[cfg(feature = "sealed")]
            Self::Sealed(_) => Limits::sealed(),
        }
    }
}

/// Machine code and what its caller knows of it.
#[derive(Debug, Clone, Copy)]
pub struct TrustedCode<'a> {
    /// The machine code.
    pub code: &'a [u8],
    /// Its digest, from where the caller trusts: the runtime takes it from the runbook of its own
    /// image.
    pub expected: Digest,
    /// Tier of the component that it was compiled from.
    pub tier: Tier,
    /// Digest of that component, which random numbers follow from.
    pub component: Digest,
}

impl Mixin {
    /// Loads machine code that was compiled for this build.
    ///
    /// # Errors
    /// [`SandboxError::Digest`] when it is other code than its caller expects,
    /// [`SandboxError::Load`] when it was compiled by another version or for another machine, or is
    /// of a tier that this program was built without.
    pub fn from_trusted(
        sandbox: &Sandbox,
        name: &str,
        version: &str,
        trusted: TrustedCode<'_>,
    ) -> Result<Self, SandboxError> {
        let found = Digest::of(trusted.code);
        if found != trusted.expected {
            return Err(SandboxError::Digest {
                mixin: name.to_owned(),
                found,
                expected: trusted.expected,
            });
        }
        let failed = |error: wasmtime::Error| SandboxError::Load {
            mixin: name.to_owned(),
            source: error.into(),
        };
        let component = load_trusted(&sandbox.inner.engine, trusted.code).map_err(failed)?;
        let kind = (trusted.tier, trusted.component);
        Self::new(sandbox, name, version, &component, kind).map_err(failed)
    }

    /// Fails where the component imports or exports something of another type.
    pub(crate) fn new(
        sandbox: &Sandbox,
        name: &str,
        version: &str,
        component: &Component,
        (tier, digest): (Tier, Digest),
    ) -> wasmtime::Result<Self> {
        let kind = Kind::new(sandbox, component, tier, digest)?;
        Ok(Self {
            sandbox: sandbox.clone(),
            name: Arc::from(name),
            version: version.to_owned(),
            limits: kind.limits(),
            kind,
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

    /// Lets a mixin of tier reader read these files; one of another tier never sees any.
    #[cfg(feature = "sealed")]
    #[must_use]
    pub fn with_files(mut self, readable: Files) -> Self {
        if let Kind::Sealed(sealed) = &mut self.kind
            && sealed.tier == Tier::Reader
        {
            sealed.files = Arc::new(readable);
        }
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

    fn log(&self) -> Log {
        Log::new(
            Arc::clone(&self.name),
            Arc::clone(&self.log),
            self.limits.log,
        )
    }

    fn call<T>(
        &self,
        run: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        let inner = &self.sandbox.inner;
        let _running = inner.ticker.begin().map_err(|error| host(&error))?;
        let log = self.log();
        let started = Instant::now();
        let mut store = call::store(&inner.engine, &self.limits, log)
            .map_err(|error| host(&format!("{error:#}")))?;
        let result = run(&mut store);
        self.measure(started, &store, |state| &state.limiter);
        result.map_err(|error| {
            let said = store.data_mut().log.last_error();
            classify(&error, &self.limits, said)
        })
    }

    #[cfg(feature = "sealed")]
    fn call_sealed<T: Send>(
        &self,
        kind: &SealedKind,
        seed: Seed,
        run: impl AsyncFnOnce(&mut Store<Sealed>) -> wasmtime::Result<T> + Send,
    ) -> Result<T, Fault> {
        let inner = &self.sandbox.inner;
        let _running = inner.ticker.begin().map_err(|error| host(&error))?;
        let log = self.log();
        let started = Instant::now();
        let seed = seed.files(&kind.files);
        let files = Arc::clone(&kind.files);
        let store = || sealed::store(&inner.engine, &self.limits, log, &seed, files);
        let end = |store: &Store<Sealed>| self.measure(started, store, Sealed::limiter);
        sealed::run(&self.limits, store, run, end)
    }

    /// Tells what a call took.
    fn measure<S>(&self, started: Instant, store: &Store<S>, limiter: fn(&S) -> &Limiter) {
        let Some(sink) = &self.usage else {
            return;
        };
        // Without fuel left, all of it was used.
        let left = store.get_fuel().unwrap_or_default();
        sink(Usage {
            time: started.elapsed(),
            fuel: self.limits.fuel.saturating_sub(left),
            memory: limiter(store.data()).memory(),
        });
    }

    /// What came of a call, the user's mistakes being a refusal, which has to be a proper one.
    fn taken<T>(
        &self,
        answer: Result<Result<T, Vec<Diagnostic>>, Fault>,
        check: impl FnOnce(&T) -> Result<(), CheckError>,
        check_failure: impl FnOnce(&[Diagnostic]) -> Result<(), CheckError>,
    ) -> Result<T, EvaluateError> {
        match answer.map_err(|fault| self.broken(fault))? {
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
        let description = match &self.kind {
            Kind::Pure(guest) => self.call(|store| guest.describe(store)),
            #[cfg(feature = "sealed")]
            Kind::Sealed(sealed) => {
                let seed = Seed::new(sealed.component, "describe");
                self.call_sealed(sealed, seed, async |store| {
                    sealed.guest.describe(store).await
                })
            }
        }
        .map_err(|fault| self.broken(fault))?;
        check::description(&description).map_err(|error| self.broken(error.into()))?;
        Ok(description)
    }

    fn lint(&self, request: &BuildRequest) -> Result<Vec<Diagnostic>, EvaluateError> {
        check::build_request(request).map_err(|found| self.refused(vec![*found]))?;
        let answer = match &self.kind {
            Kind::Pure(guest) => self.call(|store| guest.lint(store, request)),
            #[cfg(feature = "sealed")]
            Kind::Sealed(sealed) => {
                let seed = Seed::build(sealed.component, "lint", request);
                self.call_sealed(sealed, seed, async |store| {
                    sealed.guest.lint(store, request).await
                })
            }
        };
        self.taken(
            answer,
            |found| check::build_diagnostics(found, request),
            |found| check::build_failure(found, request),
        )
    }

    fn build(&self, request: &BuildRequest) -> Result<Vec<Instruction>, EvaluateError> {
        check::build_request(request).map_err(|found| self.refused(vec![*found]))?;
        let answer = match &self.kind {
            Kind::Pure(guest) => self.call(|store| guest.build(store, request)),
            #[cfg(feature = "sealed")]
            Kind::Sealed(sealed) => {
                let seed = Seed::build(sealed.component, "build", request);
                self.call_sealed(sealed, seed, async |store| {
                    sealed.guest.build(store, request).await
                })
            }
        };
        self.taken(
            answer,
            |found| check::instructions(found),
            |found| check::build_failure(found, request),
        )
    }

    fn plan(&self, request: &PlanRequest) -> Result<Vec<Task>, EvaluateError> {
        check::plan_request(request).map_err(|found| self.refused(vec![*found]))?;
        let answer = match &self.kind {
            Kind::Pure(guest) => self.call(|store| guest.plan(store, request)),
            #[cfg(feature = "sealed")]
            Kind::Sealed(sealed) => {
                let seed = Seed::plan(sealed.component, request);
                self.call_sealed(sealed, seed, async |store| {
                    sealed.guest.plan(store, request).await
                })
            }
        };
        self.taken(
            answer,
            |found| check::tasks(found, request),
            |found| check::plan_failure(found, request),
        )
    }
}

fn host(reason: &impl std::fmt::Display) -> Fault {
    Fault::Host {
        reason: reason.to_string(),
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
