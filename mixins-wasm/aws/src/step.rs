//! What stands below `aws:` in a step.

use porter_mixin_sdk::command_line::{Flags, StepOutput};
use serde::Deserialize;

/// A step of the aws mixin, the same for every action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct AwsStep {
    /// What the step does; the host shows it.
    pub description: String,
    /// Service of the AWS CLI.
    pub service: String,
    /// Operation of the service.
    pub operation: String,
    /// Arguments before the flags.
    pub arguments: Vec<String>,
    /// Flags.
    pub flags: Flags,
    /// Values to take.
    pub outputs: Vec<StepOutput>,
    /// Keep what the command prints from the user.
    pub suppress_output: bool,
}
