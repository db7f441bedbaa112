//! The stored records of CNAB and Porter. Their JSON is Porter's: the names, the order and what is
//! left out.

mod id;
mod installation;
mod null_when_empty;
mod output;
mod result;
mod run;
mod set;
mod source;
mod status;
mod timestamp;
mod view;

pub use id::new_ulid;
pub use installation::{BundleSource, Installation, qualified_name};
pub use output::{LOGS_OUTPUT, Output, OutputValue, STATE_OUTPUT};
pub use result::{OutputMetadata, ResultStatus, RunResult};
pub use run::Run;
pub use set::{CredentialSet, ParameterSet, SetStatus, SourceSet};
pub use source::{MultipleSources, NamedSource, Source, Strategy, UnknownStrategy};
pub use status::{DisplayState, InstallationStatus};
pub use timestamp::Timestamp;
pub use view::{CalculatedView, InstallationView, RunView, ValueView};

/// Schema version of installations, runs, results and outputs that we write.
pub const RECORD_SCHEMA_VERSION: &str = "1.0.2";
/// Schema version of credential sets that we write.
pub const CREDENTIAL_SET_SCHEMA_VERSION: &str = "1.0.1";
/// Schema version of parameter sets that we write.
pub const PARAMETER_SET_SCHEMA_VERSION: &str = "1.1.0";
