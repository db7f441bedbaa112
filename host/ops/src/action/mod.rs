//! Running a bundle: install, upgrade, invoke and uninstall.

mod apply;
mod credentials;
mod digest;
mod inputs;
mod log;
mod operation;
mod outputs;
mod parameters;
mod run;

use std::collections::BTreeMap;
use std::path::PathBuf;

use porter_cnab::Sensitive;
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::LogSink;

use crate::source::BundleChoice;

pub use apply::ApplyRequest;
pub(crate) use parameters::parse as overrides;
pub use run::ActionOutcome;
pub(crate) use run::{check, find, operation_of};

/// Values that a user gives to parameters, by name; any of them may be sensitive.
pub(crate) type Overrides = BTreeMap<String, Sensitive<String>>;

/// What to do with an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `porter install`.
    Install {
        /// Again, although it is installed.
        force: bool,
        /// Labels in place of the recorded ones.
        labels: BTreeMap<String, String>,
    },
    /// `porter upgrade`.
    Upgrade {
        /// Although it is not installed.
        force: bool,
    },
    /// `porter invoke`.
    Invoke {
        /// Name of the action.
        action: String,
    },
    /// `porter uninstall`.
    Uninstall {
        /// What happens to the records.
        delete: Delete,
    },
}

/// What happens to the records after an uninstall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delete {
    /// They stay.
    No,
    /// They go when it succeeded.
    OnSuccess,
    /// They go.
    Always,
}

impl Kind {
    /// Name of the action.
    pub fn action(&self) -> &str {
        match self {
            Self::Install { .. } => "install",
            Self::Upgrade { .. } => "upgrade",
            Self::Invoke { action } => action,
            Self::Uninstall { .. } => "uninstall",
        }
    }
}

/// Everything a run needs to know.
#[derive(Debug, Clone)]
pub struct ActionRequest {
    /// What to do.
    pub kind: Kind,
    /// Positional arguments: the name of the installation, or none.
    pub names: Vec<String>,
    /// Namespace.
    pub namespace: String,
    /// Which bundle.
    pub bundle: BundleChoice,
    /// `--param` texts.
    pub parameters: Vec<String>,
    /// Names of parameter sets, or paths of files; without any those of the installation count.
    pub parameter_sets: Vec<String>,
    /// Names of credential sets, or paths of files; without any those of the installation count.
    pub credential_sets: Vec<String>,
    /// Name of the driver.
    pub driver: String,
    /// Give the bundle the Docker socket of the host.
    pub docker_host_access: bool,
    /// `HOST:TARGET[:OPTION]`.
    pub host_volumes: Vec<String>,
    /// Keep the logs of the run.
    pub keep_logs: bool,
    /// Run in debug mode.
    pub debug: bool,
    /// What the container is told in `PORTER_VERBOSITY`.
    pub verbosity: String,
    /// A plan that was reviewed: nothing else may be run.
    pub plan: Option<PathBuf>,
}

/// What the operation talks to while it works.
pub struct ActionPorts<'a> {
    /// Takes the output of the container.
    pub log: &'a dyn LogSink,
    /// Takes the progress of a build that turns out to be necessary.
    pub progress: &'a dyn porter_cnab::ports::BuildProgress,
    /// Stops everything.
    pub cancel: &'a CancellationToken,
}
