//! What stands below `terraform:` in a step.

use porter_mixin_sdk::command_line::Flags;
use porter_mixin_sdk::decode::{DecodeError, Input};
use porter_mixin_sdk::{Entries, Json};
use serde::Deserialize;
use serde::de::Error;

/// A step of the terraform mixin, the same for every action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TerraformStep {
    /// What the step does; the host shows it.
    pub description: String,
    /// The command of a custom action and its arguments; without it the name of the action.
    pub arguments: Vec<String>,
    /// Further flags.
    pub flags: Flags,
    /// Outputs of the configuration to take.
    pub outputs: Vec<TerraformOutput>,
    /// Variables.
    pub vars: Entries<Json>,
    /// Do not write the variables into a file when installing.
    pub disable_var_file: bool,
    /// How much Terraform logs.
    pub log_level: String,
    /// Settings of the backend.
    pub backend_config: Entries<Json>,
}

/// An output to take.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TerraformOutput {
    /// Its name in the configuration and in the bundle.
    pub name: String,
    /// Where else the value goes, relative to the working directory.
    pub destination_file: String,
}

/// Reads a step. Nothing at all is a mistake: it would apply the configuration with no variables.
pub(crate) fn read(input: &Input<'_>) -> Result<TerraformStep, DecodeError> {
    if input.json().is_null() {
        return Err(DecodeError::custom("must be a mapping, but is empty"));
    }
    input.decode()
}

/// The value of a variable as the command line takes it.
pub(crate) fn variable_text(value: &Json) -> String {
    if value.is_null() {
        "null".to_owned()
    } else {
        value.to_plain_text()
    }
}
