//! The arm mixin: deploys Azure Resource Manager templates.
//!
//! Porter's mixin calls Azure's REST interface itself. A mixin here calls nobody: it plans commands
//! of the az CLI that deploy the same template with the same parameters and take the same outputs.

mod account;
mod lint;
mod plan;
mod step;

use porter_mixin_sdk::decode::{DecodeError, Input};
use porter_mixin_sdk::{Build, Description, Diagnostic, Failure, Instruction, Json};
use porter_mixin_sdk::{Mixin, Plan, Task};

pub use step::{ArmOutput, ArmStep};

/// The arm mixin. It takes no configuration, and like Porter's it does not mind one.
#[derive(Debug, Clone, Copy)]
pub struct Arm;

impl Mixin for Arm {
    const NAME: &'static str = "arm";
    type Config = Json;
    type Step = ArmStep;

    fn describe() -> Description {
        let description = Description::new(porter_mixin_sdk::schema!("schema.json"));
        account::VARIABLES
            .into_iter()
            .fold(description, Description::environment)
    }

    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        let steps = request.steps().flat_map(lint::step);
        lint::config(&request.config)
            .into_iter()
            .chain(steps)
            .collect()
    }

    /// The newest az CLI, as the az mixin installs it.
    fn build(_request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        Ok(vec![Instruction::Packages(porter_azure_cli::packages(
            None,
        ))])
    }

    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        match request.step.action.as_str() {
            "install" => plan::install(&request.step, &request.environment),
            // What was deployed stays: Porter's mixin removes nothing either.
            "uninstall" => Ok(Vec::new()),
            _ => Err(lint::unknown_action(&request.step).into()),
        }
    }

    /// Only `install` reads its step.
    fn read_step(action: &str, input: &Input<'_>) -> Result<ArmStep, DecodeError> {
        if action == "install" {
            input.decode()
        } else {
            Ok(ArmStep::default())
        }
    }
}

porter_mixin_sdk::export!(Arm);
