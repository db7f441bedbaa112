//! The port to the store: installations, runs, results, outputs and sets.

use std::collections::BTreeMap;

use async_trait::async_trait;
use thiserror::Error;

use crate::ports::PortError;
use crate::records::{
    CredentialSet, Installation, Output, ParameterSet, Run, RunResult, Timestamp,
};

/// Why the store did not do as asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is no such installation.
    #[error("Installation not found")]
    InstallationNotFound,
    /// There is no such run.
    #[error("Run not found")]
    RunNotFound,
    /// There is no such result.
    #[error("Result not found")]
    ResultNotFound,
    /// There is no such output. The text is Porter's, which leaves the name of the type out.
    #[error(" not found")]
    OutputNotFound,
    /// There is no such credential or parameter set.
    #[error("{name} not found")]
    SetNotFound {
        /// Its name.
        name: String,
    },
    /// A set is used by installations. The text is Porter's.
    #[error(
        "{kind} set {name} is in use by the following installation(s): {}; if you are sure it \
         should be deleted, retry the last command with the --force flag",
        .installations.join(", ")
    )]
    SetInUse {
        /// `credential` or `parameter`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// `NAMESPACE/NAME` of those that use it.
        installations: Vec<String>,
    },
    /// Another run holds the installation.
    #[error(
        "installation {installation} already has an incomplete run ({run_id}); wait for it to \
         finish before starting another, or use --force-run to skip this check"
    )]
    Busy {
        /// `NAMESPACE/NAME`.
        installation: String,
        /// The other run.
        run_id: String,
        /// Who runs it.
        holder: Box<Holder>,
    },
    /// The run was taken for dead and another took its place; what it did is not recorded.
    #[error(
        "run {run_id} of installation {installation} lost its lease to another run; its result \
         was not recorded, check what is deployed and run the action again"
    )]
    LeaseLost {
        /// `NAMESPACE/NAME`.
        installation: String,
        /// The run.
        run_id: String,
    },
    /// What was to be imported is here already, and not the same.
    #[error("installation {installation} cannot be imported: {reason}")]
    Conflict {
        /// `NAMESPACE/NAME`.
        installation: String,
        /// Why.
        reason: &'static str,
    },
    /// A filter makes no sense.
    #[error("invalid name filter `{pattern}`")]
    InvalidFilter {
        /// The regular expression.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: PortError,
    },
    /// The database failed; its own error says how and what to do.
    #[error(transparent)]
    Backend(PortError),
}

/// Who runs a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Name of the machine.
    pub host: String,
    /// Its boot, and the process namespace: process ids mean something only within both.
    pub boot: String,
    /// Process id.
    pub process: u32,
    /// When the process started, in the kernel's own count; tells a process from a later one
    /// with the same id.
    pub process_started: u64,
}

/// What to begin.
#[derive(Debug, Clone)]
pub struct BeginRun {
    /// The installation, stored as it is here together with the run.
    pub installation: Installation,
    /// The run.
    pub run: Run,
    /// Take over a lease that has expired though its holder is still there (`--force-run`).
    pub force: bool,
}

/// What to finish a run with.
#[derive(Debug, Clone)]
pub struct FinishRun {
    /// The final result; it names its run.
    pub result: RunResult,
    /// Its outputs.
    pub outputs: Vec<Output>,
}

/// An installation with everything that another store recorded of it.
#[derive(Debug, Clone)]
pub struct History {
    /// The installation, its status included.
    pub installation: Installation,
    /// Its runs, oldest first.
    pub runs: Vec<RunHistory>,
}

/// A run with what belongs to it.
#[derive(Debug, Clone)]
pub struct RunHistory {
    /// The run.
    pub run: Run,
    /// Its results, oldest first.
    pub results: Vec<RunResult>,
    /// The outputs of its results.
    pub outputs: Vec<Output>,
}

/// A run whose process died. Its container may still be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostRun {
    /// Namespace of the installation.
    pub namespace: String,
    /// Name of the installation.
    pub installation: String,
    /// The run.
    pub run_id: String,
    /// Its revision, by which the driver finds the container.
    pub revision: String,
    /// Its action.
    pub action: String,
    /// When it began.
    pub started: Timestamp,
    /// Who ran it.
    pub holder: Holder,
}

/// A run together with its results, in the order of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunWithResults {
    /// The run.
    pub run: Run,
    /// Its results.
    pub results: Vec<RunResult>,
}

/// Which installations or sets to list. The order is that of namespace and name; `skip` and
/// `limit` come last.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// Only this namespace; none for all.
    pub namespace: Option<String>,
    /// A regular expression that matches anywhere in the name.
    pub name: Option<String>,
    /// Labels that must all be there.
    pub labels: BTreeMap<String, String>,
    /// How many to leave out at the beginning.
    pub skip: u64,
    /// How many at most; none for all.
    pub limit: Option<u64>,
}

/// What installations that use a set mean for its deletion. A set of the global namespace is also
/// used by installations of other namespaces that have no set of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUse {
    /// It stays.
    Respected,
    /// It goes all the same.
    Ignored,
}

/// Keeps the records. Each method is one transaction: it has happened whole or not at all, also
/// when the process or the machine dies in it.
#[async_trait]
pub trait Store: Send + Sync {
    /// An installation.
    ///
    /// # Errors
    /// [`StoreError::InstallationNotFound`].
    async fn installation(&self, namespace: &str, name: &str) -> Result<Installation, StoreError>;

    /// The installations that a filter lets through, by namespace and name.
    ///
    /// # Errors
    /// [`StoreError::InvalidFilter`].
    async fn installations(&self, filter: &RecordFilter) -> Result<Vec<Installation>, StoreError>;

    /// Stores an installation, in place of the one of its namespace and name. Where there is one,
    /// its identity and its status stay, but for `modified`: what runs did to it is told by
    /// [`Store::finish_run`] alone.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while a live run holds the installation.
    async fn put_installation(&self, installation: &Installation) -> Result<(), StoreError>;

    /// Deletes an installation with its runs, results, outputs and the local secrets of all.
    ///
    /// # Errors
    /// [`StoreError::InstallationNotFound`]; [`StoreError::Busy`] while a live run holds it.
    async fn delete_installation(&self, namespace: &str, name: &str) -> Result<(), StoreError>;

    /// Stores installation (as [`Store::put_installation`] does), run and a result `running`, and takes the installation's lease. A
    /// lease whose holder is dead is taken over; its run is closed as lost and returned.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another run holds the installation.
    async fn begin_run(&self, begin: &BeginRun) -> Result<Option<LostRun>, StoreError>;

    /// Says that the run is alive. To be called every [`HEARTBEAT_SECONDS`] while it lasts.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when somebody else took the lease.
    async fn heartbeat(&self, run_id: &str) -> Result<(), StoreError>;

    /// Stores the final result, the outputs and the installation's new status, and gives the
    /// lease back. Returns the installation as it is now.
    ///
    /// # Errors
    /// [`StoreError::RunNotFound`] when the run was deleted; [`StoreError::LeaseLost`].
    async fn finish_run(&self, finish: &FinishRun) -> Result<Installation, StoreError>;

    /// Takes over an installation from another store, as it is. Importing the same again changes
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another installation has the name, or this one has gone on
    /// since; [`StoreError::Busy`] while a live run holds it.
    async fn import(&self, history: &History) -> Result<(), StoreError>;

    /// Closes the runs whose process died as CNAB `unknown` and returns them.
    ///
    /// # Errors
    /// When the store fails.
    async fn reconcile_lost_runs(&self) -> Result<Vec<LostRun>, StoreError>;

    /// A run.
    ///
    /// # Errors
    /// [`StoreError::RunNotFound`].
    async fn run(&self, run_id: &str) -> Result<Run, StoreError>;

    /// The runs of an installation with their results, oldest first.
    ///
    /// # Errors
    /// When the store fails. An unknown installation has no runs.
    async fn runs(&self, namespace: &str, name: &str) -> Result<Vec<RunWithResults>, StoreError>;

    /// The last run of an installation, by the order of the store.
    ///
    /// # Errors
    /// [`StoreError::RunNotFound`] when it has none.
    async fn last_run(&self, namespace: &str, name: &str) -> Result<Run, StoreError>;

    /// The results of a run, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    async fn results(&self, run_id: &str) -> Result<Vec<RunResult>, StoreError>;

    /// The last value of an output.
    ///
    /// # Errors
    /// [`StoreError::OutputNotFound`].
    async fn last_output(
        &self,
        namespace: &str,
        name: &str,
        output: &str,
    ) -> Result<Output, StoreError>;

    /// The last value of each output of an installation, by name, without the logs.
    ///
    /// # Errors
    /// When the store fails.
    async fn last_outputs(&self, namespace: &str, name: &str) -> Result<Vec<Output>, StoreError>;

    /// The outputs of a run by name, without the logs.
    ///
    /// # Errors
    /// When the store fails.
    async fn outputs_of_run(&self, run_id: &str) -> Result<Vec<Output>, StoreError>;

    /// One output of a run, its last value.
    ///
    /// # Errors
    /// [`StoreError::OutputNotFound`].
    async fn output_of_run(&self, run_id: &str, output: &str) -> Result<Output, StoreError>;

    /// A credential set of exactly this namespace. Literal values of sets are kept as secrets are.
    ///
    /// # Errors
    /// [`StoreError::SetNotFound`].
    async fn credential_set(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<CredentialSet, StoreError>;

    /// Stores a credential set, in place of the one of its namespace and name.
    ///
    /// # Errors
    /// When the store fails.
    async fn put_credential_set(&self, set: &CredentialSet) -> Result<(), StoreError>;

    /// The credential sets that a filter lets through, by namespace and name.
    ///
    /// # Errors
    /// [`StoreError::InvalidFilter`].
    async fn credential_sets(
        &self,
        filter: &RecordFilter,
    ) -> Result<Vec<CredentialSet>, StoreError>;

    /// Deletes a credential set; one that is not there is as good as deleted.
    ///
    /// # Errors
    /// [`StoreError::SetInUse`], unless `use_is` is ignored.
    async fn delete_credential_set(
        &self,
        namespace: &str,
        name: &str,
        use_is: SetUse,
    ) -> Result<(), StoreError>;

    /// A parameter set of exactly this namespace.
    ///
    /// # Errors
    /// [`StoreError::SetNotFound`].
    async fn parameter_set(&self, namespace: &str, name: &str) -> Result<ParameterSet, StoreError>;

    /// Stores a parameter set, in place of the one of its namespace and name.
    ///
    /// # Errors
    /// When the store fails.
    async fn put_parameter_set(&self, set: &ParameterSet) -> Result<(), StoreError>;

    /// The parameter sets that a filter lets through, by namespace and name.
    ///
    /// # Errors
    /// [`StoreError::InvalidFilter`].
    async fn parameter_sets(&self, filter: &RecordFilter) -> Result<Vec<ParameterSet>, StoreError>;

    /// Deletes a parameter set; one that is not there is as good as deleted.
    ///
    /// # Errors
    /// [`StoreError::SetInUse`], unless `use_is` is ignored.
    async fn delete_parameter_set(
        &self,
        namespace: &str,
        name: &str,
        use_is: SetUse,
    ) -> Result<(), StoreError>;
}

/// How often a run says that it is alive.
pub const HEARTBEAT_SECONDS: u64 = 10;
/// How long a lease lasts after the last sign of life.
pub const LEASE_SECONDS: i64 = 60;
