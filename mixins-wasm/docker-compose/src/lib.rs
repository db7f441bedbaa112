//! The docker-compose mixin: runs Docker Compose.

mod config;
mod lint;
mod plan;
mod step;

use porter_mixin_sdk::decode::{DecodeError, Input};
use porter_mixin_sdk::{Build, Description, Diagnostic, Failure, Instruction, Mixin, Plan, Task};

pub use config::ComposeConfig;
pub use step::{ComposeStep, SubCommand};

/// The docker-compose mixin.
#[derive(Debug, Clone, Copy)]
pub struct DockerCompose;

impl Mixin for DockerCompose {
    const NAME: &'static str = "docker-compose";
    type Config = ComposeConfig;
    type Step = ComposeStep;

    fn describe() -> Description {
        Description::new(porter_mixin_sdk::schema!("schema.json"))
    }

    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        request.steps().filter_map(lint::step).collect()
    }

    fn build(request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        config::instructions(&request.config)
    }

    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        plan::step(&request.step)
    }

    fn read_step(_action: &str, input: &Input<'_>) -> Result<ComposeStep, DecodeError> {
        step::read(input)
    }
}

porter_mixin_sdk::export!(DockerCompose);
