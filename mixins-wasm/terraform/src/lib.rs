//! The terraform mixin: runs Terraform.

mod agent;
mod build;
mod config;
mod lint;
mod plan;
mod step;

use porter_mixin_sdk::decode::{DecodeError, Input};
use porter_mixin_sdk::{
    AnyCase, Build, Description, Diagnostic, Failure, Instruction, Mixin, Plan, Task,
};

pub use agent::AGENT;
pub use config::TerraformConfig;
pub use step::{TerraformOutput, TerraformStep};

/// The terraform mixin.
#[derive(Debug, Clone, Copy)]
pub struct Terraform;

impl Mixin for Terraform {
    const NAME: &'static str = "terraform";
    type Config = AnyCase<TerraformConfig>;
    type Step = TerraformStep;

    fn describe() -> Description {
        Description::new(porter_mixin_sdk::schema!("schema.json"))
            .environment(agent::VARIABLE)
            .environment(agent::OPT_OUT)
    }

    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        request.steps().flat_map(lint::step).collect()
    }

    fn build(request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        build::instructions(&request.config.0, &request.environment)
    }

    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        plan::step(&request.config.0, &request.step, &request.environment)
    }

    fn read_step(_action: &str, input: &Input<'_>) -> Result<TerraformStep, DecodeError> {
        step::read(input)
    }
}

porter_mixin_sdk::export!(Terraform);
