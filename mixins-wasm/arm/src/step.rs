//! What stands below `arm:` in a step.

use porter_mixin_sdk::{Entries, Json};
use serde::Deserialize;

/// A step that deploys a template.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ArmStep {
    /// What the step does; the host shows it.
    pub description: String,
    /// Name of the deployment.
    pub name: String,
    /// The template, below the bundle directory.
    pub template: String,
    /// The resource group to deploy to.
    pub resource_group: String,
    /// Parameters of the template, any JSON each.
    pub parameters: Entries<Json>,
    /// Values to take from the outputs of the template.
    pub outputs: Vec<ArmOutput>,
}

/// An output of the step from an output of the template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ArmOutput {
    /// Name of the output.
    pub name: String,
    /// Name of the template's output, in any case.
    pub key: String,
}
