//! What stands below `az:` in a step.

use porter_mixin_sdk::command_line::{Flags, IgnoreError, StepOutput};
use porter_mixin_sdk::decode::{DecodeError, Input};
use serde::Deserialize;

/// A step of the az mixin, the same for every action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct AzStep {
    /// What the step does; the host shows it.
    pub description: String,
    /// Arguments before the flags.
    pub arguments: Vec<String>,
    /// Flags.
    pub flags: Flags,
    /// Values to take.
    pub outputs: Vec<StepOutput>,
    /// Keep what the command prints from the user.
    pub suppress_output: bool,
    /// Failures that do not fail the step.
    #[serde(rename = "ignoreError")]
    pub ignore_error: IgnoreError,
    /// The resource group to create or delete.
    pub group: Group,
    /// Logging in takes nothing from the step; it has the type of a group to keep the component
    /// small.
    pub login: Group,
    /// The forms that the step has at once; it should have one.
    #[serde(skip)]
    pub forms: Vec<Form>,
}

/// A resource group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub location: String,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Creates or deletes a resource group.
    Group,
    /// Logs in.
    Login,
    /// Runs any command of az.
    Command,
}

impl Form {
    /// The form that a field of a step belongs to.
    pub(crate) fn of_field(name: &str) -> Option<Self> {
        match name {
            "description" => None,
            "group" => Some(Self::Group),
            "login" => Some(Self::Login),
            _ => Some(Self::Command),
        }
    }
}

/// Reads a step. Which keys are there decides what it does, whatever their values are: a `login:`
/// without anything is one.
pub(crate) fn read(input: &Input<'_>) -> Result<AzStep, DecodeError> {
    let mut step: AzStep = input.decode()?;
    for form in input.names().filter_map(Form::of_field) {
        if !step.forms.contains(&form) {
            step.forms.push(form);
        }
    }
    Ok(step)
}

/// Outputs that az takes: Porter's has no regular expressions, whatever its documentation says.
pub(crate) fn known_outputs(outputs: &[StepOutput]) -> Vec<StepOutput> {
    let without_regex = |output: &StepOutput| StepOutput {
        regex: String::new(),
        ..output.clone()
    };
    outputs.iter().map(without_regex).collect()
}
