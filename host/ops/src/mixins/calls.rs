//! How many calls of mixins were made, and how long they took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use porter_mixin::{
    BuildRequest, Description, Diagnostic, Evaluate, EvaluateError, Instruction, PlanRequest, Task,
};
use porter_sandbox::Mixin;

/// How many calls were made, and how long they took.
#[derive(Debug, Default)]
pub(super) struct Calls {
    number: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Calls {
    /// Tells how many there were.
    pub(super) fn tell(&self) {
        let number = self.number.load(Ordering::Relaxed);
        if number > 0 {
            let nanoseconds = self.nanoseconds.load(Ordering::Relaxed);
            tracing::debug!(
                "mixin calls: {number} in {:.3} ms",
                nanoseconds as f64 / 1e6
            );
        }
    }
}

/// A mixin whose calls are counted.
pub(crate) struct Counted<'a> {
    pub(super) mixin: Mixin,
    pub(super) calls: &'a Calls,
}

impl Counted<'_> {
    fn count<T>(&self, call: impl FnOnce(&Mixin) -> T) -> T {
        let started = Instant::now();
        let result = call(&self.mixin);
        let elapsed = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.calls.number.fetch_add(1, Ordering::Relaxed);
        self.calls.nanoseconds.fetch_add(elapsed, Ordering::Relaxed);
        result
    }
}

impl Evaluate for Counted<'_> {
    fn describe(&self) -> Result<Description, EvaluateError> {
        self.count(Evaluate::describe)
    }

    fn lint(&self, request: &BuildRequest) -> Result<Vec<Diagnostic>, EvaluateError> {
        self.count(|mixin| mixin.lint(request))
    }

    fn build(&self, request: &BuildRequest) -> Result<Vec<Instruction>, EvaluateError> {
        self.count(|mixin| mixin.build(request))
    }

    fn plan(&self, request: &PlanRequest) -> Result<Vec<Task>, EvaluateError> {
        self.count(|mixin| mixin.plan(request))
    }
}
