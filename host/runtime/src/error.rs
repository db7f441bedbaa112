//! Why a run failed, and how that is told.

use std::error::Error;
use std::fmt::Write;
use std::io;

use porter_mixin::{Diagnostic, EvaluateError, Place};
use porter_runbook::resolve::ResolveError;

use crate::bundle::BundleError;
use crate::data::DataError;
use crate::decode::DecodeError;
use crate::execute::ExecuteError;
use crate::invocation::InvocationError;
use crate::outputs::OutputError;
use crate::reviewed::ReviewError;
use crate::state::StateError;

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The environment describes no run.
    #[error(transparent)]
    Invocation(#[from] InvocationError),
    /// The runbook cannot be read.
    #[error("cannot read {path}; this image was not built by porter")]
    Runbook {
        /// The file.
        path: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The runbook is damaged.
    #[error("{path} is damaged; build the bundle again")]
    Damaged {
        /// The file.
        path: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// The runbook is of another version.
    #[error(
        "the runbook has the version `{found}`, this runtime reads {known}; build the bundle again with one version of porter"
    )]
    Version {
        /// The version of the runbook.
        found: String,
        /// The version that this crate reads.
        known: &'static str,
    },
    /// The run is not the one that was reviewed.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// There is no such action.
    #[error("unsupported action \"{action}\", custom actions are defined for: {known}")]
    Action {
        /// The action.
        action: String,
        /// Custom actions, sorted.
        known: String,
    },
    /// There is no data for the templates of any step.
    #[error(transparent)]
    Data(DataError),
    /// The documents of the bundle cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A mixin cannot be loaded.
    #[error("cannot load mixin `{mixin}`; build the bundle again")]
    Mixin {
        /// Name of the mixin.
        mixin: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A file parameter cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// State cannot be kept or restored.
    #[error(transparent)]
    State(#[from] StateError),
    /// The folder of outputs cannot be made.
    #[error("cannot make {path}")]
    Folder {
        /// The folder.
        path: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The system refuses something that a run needs.
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
    /// A step failed.
    #[error("{step} failed")]
    Step {
        /// Number, action, description, mixin and line of the step.
        step: String,
        /// Why.
        source: Box<StepError>,
    },
    /// An output cannot be kept.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// There is no data for its templates.
    #[error("unable to resolve step: unable to build step template data: {0}")]
    Data(#[from] DataError),
    /// A template cannot be resolved.
    #[error("unable to resolve step: {0}")]
    Resolve(#[from] ResolveError),
    /// The mixin gives no plan.
    #[error("mixin execution failed: {}", refusal(.0))]
    Plan(#[source] EvaluateError),
    /// The mixin gives another plan than the one that was reviewed.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The plan failed.
    #[error("mixin execution failed: {0}")]
    Execute(#[from] ExecuteError),
    /// What it made cannot be kept.
    #[error("unable to read step outputs")]
    Outputs(#[from] OutputError),
}

/// What a mixin objects to.
pub fn refusal(error: &EvaluateError) -> String {
    match error {
        EvaluateError::Refused { diagnostics, .. } => {
            let all: Vec<_> = diagnostics.iter().map(objection).collect();
            all.join("; ")
        }
        EvaluateError::Broken { .. } => "the mixin gives no plan".to_owned(),
    }
}

fn objection(diagnostic: &Diagnostic) -> String {
    let mut text = if diagnostic.message.is_empty() {
        diagnostic.title.clone()
    } else {
        diagnostic.message.clone()
    };
    let pointer = match &diagnostic.at {
        Place::Config { pointer } => format!("configuration {pointer}"),
        Place::Step { pointer, .. } => pointer.clone(),
    };
    // Writing to a `String` cannot fail.
    let _ = match pointer.as_str() {
        "" => write!(text, " ({})", diagnostic.code),
        _ => write!(text, " ({} at {pointer})", diagnostic.code),
    };
    if let Some(hint) = &diagnostic.hint {
        let _ = write!(text, "; hint: {hint}");
    }
    text
}

/// The links of an error, the outermost first. A cause that the link before it already ends with
/// is left out: what Porter says on one line stays on one line.
pub fn chain(error: &dyn Error) -> Vec<String> {
    let mut links = vec![error.to_string()];
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !links.last().is_some_and(|link| link.ends_with(&text)) {
            links.push(text);
        }
        source = error.source();
    }
    links
}
