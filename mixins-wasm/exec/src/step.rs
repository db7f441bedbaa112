//! What stands below `exec:` in a step.

use porter_mixin_sdk::Entries;
use porter_mixin_sdk::command_line::{Flags, IgnoreError, StepOutput};
use serde::Deserialize;

/// A step of the exec mixin, the same for every action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ExecStep {
    /// What the step does; the host shows it.
    pub description: String,
    /// Program to run.
    pub command: String,
    /// Working directory.
    pub dir: String,
    /// Arguments before the flags.
    pub arguments: Vec<String>,
    /// Flags.
    pub flags: Flags,
    /// Arguments after the flags.
    pub suffix_arguments: Vec<String>,
    /// Environment variables.
    pub envs: Entries<String>,
    /// Keep what the command prints from the user.
    pub suppress_output: bool,
    /// Values to take.
    pub outputs: Vec<StepOutput>,
    /// Failures that do not fail the step.
    #[serde(rename = "ignoreError")]
    pub ignore_error: IgnoreError,
}
