//! What the client says through the environment.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// One run, as the environment describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The action.
    pub action: String,
    /// `NAMESPACE/NAME`.
    pub installation: String,
    /// Namespace of the installation, `""` for the global one.
    pub namespace: String,
    /// Name of the installation.
    pub name: String,
    /// Identity of the installation.
    pub id: String,
    /// Whether the user asked for debugging.
    pub debug: bool,
    /// How much is told.
    pub verbosity: Verbosity,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Only what fails.
    Error,
    /// And what may fail.
    Warning,
    /// And what was done.
    Info,
    /// And how.
    Debug,
}

/// Why the environment describes no run.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// A variable is missing.
    #[error(
        "environment variable `{0}` is not set; this program is run by a CNAB tool, as `porter install` starts one"
    )]
    Missing(&'static str),
    /// `PORTER_DEBUG` is no boolean.
    #[error("invalid PORTER_DEBUG, expected a bool (true/false) but got {0}")]
    Debug(String),
}

impl Invocation {
    /// Reads the environment.
    ///
    /// # Errors
    /// When it names no action or `PORTER_DEBUG` is no boolean.
    pub fn read(environment: &BTreeMap<OsString, OsString>) -> Result<Self, InvocationError> {
        let get = |name: &str| {
            environment
                .get(OsStr::new(name))
                .map(|value| value.to_string_lossy().into_owned())
        };
        let debug = match get("PORTER_DEBUG").as_deref() {
            None | Some("0" | "f" | "F" | "false" | "FALSE" | "False") => false,
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => true,
            Some(other) => return Err(InvocationError::Debug(other.to_owned())),
        };
        let action = get("CNAB_ACTION").filter(|action| !action.is_empty());
        let action = action.ok_or(InvocationError::Missing("CNAB_ACTION"))?;
        let whole = get("CNAB_INSTALLATION_NAME").unwrap_or_default();
        let (namespace, name) = match get("PORTER_INSTALLATION_NAME") {
            Some(name) => (
                get("PORTER_INSTALLATION_NAMESPACE").unwrap_or_default(),
                name,
            ),
            None => match whole.rsplit_once('/') {
                Some((namespace, name)) => (namespace.to_owned(), name.to_owned()),
                None => (String::new(), whole.clone()),
            },
        };
        Ok(Self {
            action,
            installation: format!("{namespace}/{name}"),
            namespace,
            name,
            id: get("PORTER_INSTALLATION_ID").unwrap_or_default(),
            debug,
            verbosity: Verbosity::of(get("PORTER_VERBOSITY").as_deref()),
        })
    }
}

impl Verbosity {
    fn of(text: Option<&str>) -> Self {
        match text {
            Some("error") => Self::Error,
            Some("warn") => Self::Warning,
            Some("debug") => Self::Debug,
            _ => Self::Info,
        }
    }
}
