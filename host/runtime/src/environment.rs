//! The environment of the container, and what a command gets of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Deref;

/// The environment of the container: a map of names to values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    is_own: bool,
}

/// The environment of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandEnvironment {
    /// Whether the command gets the environment of this process beside `variables`. With hundreds of
    /// parameters, handing over a copy of it is what most of a step's time would go to.
    pub inherits: bool,
    /// Variables, all of them unless it inherits.
    pub variables: Vec<(OsString, OsString)>,
}

impl Environment {
    /// The environment of this process, which must not change it afterwards.
    pub fn own() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            is_own: true,
        }
    }

    /// What a command gets that adds `added`.
    pub(crate) fn with(&self, added: BTreeMap<OsString, OsString>) -> CommandEnvironment {
        let mut variables = if self.is_own {
            BTreeMap::new()
        } else {
            self.variables.clone()
        };
        variables.extend(added);
        CommandEnvironment {
            inherits: self.is_own,
            variables: variables.into_iter().collect(),
        }
    }
}

impl From<BTreeMap<OsString, OsString>> for Environment {
    fn from(variables: BTreeMap<OsString, OsString>) -> Self {
        Self {
            variables,
            is_own: false,
        }
    }
}

impl Deref for Environment {
    type Target = BTreeMap<OsString, OsString>;

    fn deref(&self) -> &Self::Target {
        &self.variables
    }
}
