//! The port through which a mixin is evaluated.

use crate::{BuildRequest, Description, Diagnostic, Instruction, PlanRequest, Task};

/// A mixin that can be asked. Implemented by the sandbox; later also by an adapter for native
/// mixins.
pub trait Evaluate {
    /// What the mixin says about itself.
    ///
    /// # Errors
    /// [`EvaluateError`], as for every function here.
    fn describe(&self) -> Result<Description, EvaluateError>;

    /// Checks the manifest.
    fn lint(&self, request: &BuildRequest) -> Result<Vec<Diagnostic>, EvaluateError>;

    /// Instructions for the image, in order.
    fn build(&self, request: &BuildRequest) -> Result<Vec<Instruction>, EvaluateError>;

    /// Tasks of one step, in order.
    fn plan(&self, request: &PlanRequest) -> Result<Vec<Task>, EvaluateError>;
}

/// Why an evaluation gave no result.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The user's mistake: the mixin refused its input. At least one diagnostic is an error.
    #[error("mixin `{mixin}` refuses its input")]
    Refused {
        /// Name of the mixin.
        mixin: String,
        /// All that it found.
        diagnostics: Vec<Diagnostic>,
    },
    /// The mixin's bug, or an attack: a trap, a limit, a result that fails its checks. Its author
    /// has to mend it.
    #[error("mixin `{mixin}` {version} misbehaves ({code})")]
    Broken {
        /// Name of the mixin.
        mixin: String,
        /// Its version, `unknown` when it says none.
        version: String,
        /// Stable code such as `sandbox-memory`.
        code: &'static str,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
