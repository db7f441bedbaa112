//! What a mixin says about the user's input.

use crate::pointer::Pointer;

/// Code of a diagnostic that says: this place needs a value that is only a placeholder yet.
pub const NEEDS_VALUE: &str = "needs-value";

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Stops a build or a run.
    Error,
    /// Shown only.
    Warning,
}

/// A place in the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Inside the mixin's configuration.
    Config(Pointer),
    /// Inside a step.
    Step {
        /// Name of the action.
        action: String,
        /// Among this mixin's steps of the action, from 0.
        index: u32,
        /// Below the value of the step's mixin key.
        pointer: Pointer,
    },
}

/// Something to tell the user. [`crate::Step::error`] and its relatives make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// `NAME-NNN`, or [`NEEDS_VALUE`]. Numbers below 100 are the SDK's.
    pub code: String,
    /// One line.
    pub title: String,
    /// The whole text; may be empty or have several lines.
    pub message: String,
    /// What to do about it: a sentence, or an `https` address.
    pub hint: Option<String>,
    /// Where in the manifest.
    pub at: Place,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: impl Into<String>, title: impl Into<String>, at: Place) -> Self {
        Self::new(Severity::Error, code.into(), title.into(), at)
    }

    /// A warning.
    pub fn warning(code: impl Into<String>, title: impl Into<String>, at: Place) -> Self {
        Self::new(Severity::Warning, code.into(), title.into(), at)
    }

    /// An error for a place that needs the value itself where only a placeholder is known.
    pub fn needs_value(title: impl Into<String>, at: Place) -> Self {
        let message = "this place needs a value that is secret or not known yet";
        Self::error(NEEDS_VALUE, title, at).message(message)
    }

    fn new(severity: Severity, code: String, title: String, at: Place) -> Self {
        Self {
            severity,
            code,
            title,
            message: String::new(),
            hint: None,
            at,
        }
    }

    /// Adds the whole text.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Adds what to do about it: a sentence, or an `https` address.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The user's mistakes, all of them; at least one is an error. The mixin's own mistakes are
/// panics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub Vec<Diagnostic>);

impl Failure {
    /// `Err` when one of `diagnostics` is an error, else `value`; warnings alone are dropped.
    ///
    /// # Errors
    /// All of `diagnostics`.
    pub fn unless<T>(diagnostics: Vec<Diagnostic>, value: T) -> Result<T, Self> {
        if diagnostics
            .iter()
            .any(|found| found.severity == Severity::Error)
        {
            return Err(Self(diagnostics));
        }
        Ok(value)
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}
