//! What the runner has to know about a mixin to compare it with Porter's by meaning.

use porter_mixin_sdk::Command;

use crate::api::Api;
use crate::case::{Case, Observed};
use crate::meaning::{Meaning, reader};

/// What the runner knows about one mixin.
#[derive(Debug, Clone, Copy)]
pub struct Glue {
    /// What the Dockerfile lines of Porter's mixin mean; a line that is not understood is an error.
    pub dockerfile: fn(&str) -> Result<Meaning, String>,
    /// Takes from the recorded lines what ours leaves out on purpose in this case.
    pub spared: fn(&Case, &mut Meaning),
    /// The reply of a program that ours runs where Porter's mixin asks an HTTP API itself. Such a
    /// command counts as what the API was asked, not as a call. `None`: an ordinary command.
    pub answer: fn(&mut Api, &Command) -> Option<Reply>,
    /// Brings ours and the recorded behaviour to one form where they mean the same.
    pub level: fn(&Case, &mut Observed),
}

/// How a program ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// Its exit code.
    pub exit: i32,
    /// What it printed.
    pub stdout: String,
    /// What it printed as errors.
    pub stderr: String,
}

/// A mixin that is compared as it is.
impl Default for Glue {
    fn default() -> Self {
        Self {
            dockerfile: |text| reader::read(text, reader::nothing),
            spared: |_, _| {},
            answer: |_, _| None,
            level: |_, _| {},
        }
    }
}
