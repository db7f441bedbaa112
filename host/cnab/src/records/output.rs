//! Outputs: what a run left behind.

use std::fmt;

use super::{RECORD_SCHEMA_VERSION, RunResult};

/// Name of the output that holds what the container printed.
pub const LOGS_OUTPUT: &str = "io.cnab.outputs.invocationImageLogs";
/// Name of the output that holds the state of the bundle.
pub const STATE_OUTPUT: &str = "porter-state";

/// Where the value of an output is.
#[derive(Clone, PartialEq, Eq)]
pub enum OutputValue {
    /// Here. Hidden in `Debug` all the same: it is the user's.
    Clear(Vec<u8>),
    /// In the secret store, under this key.
    Secret {
        /// The key.
        key: String,
    },
}

impl fmt::Debug for OutputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clear(value) => write!(f, "Clear({} bytes)", value.len()),
            Self::Secret { key } => write!(f, "Secret({key:?})"),
        }
    }
}

/// One output of one result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Version of the format.
    pub schema_version: String,
    /// Name.
    pub name: String,
    /// Namespace of the installation.
    pub namespace: String,
    /// Name of the installation.
    pub installation: String,
    /// The run.
    pub run_id: String,
    /// The result, always a final one.
    pub result_id: String,
    /// The value, or where it is.
    pub value: OutputValue,
}

impl Output {
    /// An output of `result`.
    pub fn new(result: &RunResult, name: impl Into<String>, value: OutputValue) -> Self {
        Self {
            schema_version: RECORD_SCHEMA_VERSION.into(),
            name: name.into(),
            namespace: result.namespace.clone(),
            installation: result.installation.clone(),
            run_id: result.run_id.clone(),
            result_id: result.id.clone(),
            value,
        }
    }
}
