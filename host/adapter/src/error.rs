//! Why a call of Porter's has no answer.

use std::io;

use porter_dockerfile::RenderError;
use porter_mixin::EvaluateError;
use porter_mixin::packaged::PackageError;
use porter_runtime::error::refusal;
use porter_runtime::execute::ExecuteError;
use porter_sandbox::SandboxError;

use crate::command::UsageError;
use crate::input::InputError;

/// Why a call of Porter's has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AdapterError {
    /// This program cannot read itself.
    #[error("cannot read this program itself")]
    Open(#[source] io::Error),
    /// There is no mixin in this program.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The mixin in this program has no digest, or is of a tier that this program does not know.
    #[error(
        "the description of the mixin in this program makes no sense; run `porter mixins adapt NAME` again"
    )]
    Header,
    /// The command line is not one of the protocol.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The input is not one of the protocol.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The mixin cannot be loaded.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The mixin objects to the input.
    #[error("{}", refusal(.0))]
    Refused(EvaluateError),
    /// The mixin gives no answer.
    #[error(transparent)]
    Broken(EvaluateError),
    /// What the mixin wants at build time cannot be written.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The system refuses something that an action needs.
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
    /// The working directory is gone.
    #[error("cannot find the working directory")]
    Directory(#[source] io::Error),
    /// The plan failed.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// An output cannot be kept.
    #[error("unable to write output `{name}`")]
    Output {
        /// Name of the output.
        name: String,
        /// Why.
        source: io::Error,
    },
}

impl From<EvaluateError> for AdapterError {
    fn from(error: EvaluateError) -> Self {
        match error {
            EvaluateError::Refused { .. } => Self::Refused(error),
            EvaluateError::Broken { .. } => Self::Broken(error),
        }
    }
}
