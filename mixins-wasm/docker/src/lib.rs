//! The docker mixin: pulls, pushes, builds, runs and removes containers with the Docker client.

mod config;
mod lint;
mod plan;
mod step;

use porter_mixin_sdk::{
    AnyCase, Build, Description, Diagnostic, Failure, Instruction, Mixin, Plan, Task,
};

pub use config::DockerConfig;
pub use step::{DockerCommand, DockerStep, Fields, Kind};

/// Where a login looks for what the step does not say.
const USERNAME: &str = "DOCKER_USERNAME";
const PASSWORD: &str = "DOCKER_PASSWORD";

/// The docker mixin.
#[derive(Debug, Clone, Copy)]
pub struct Docker;

impl Mixin for Docker {
    const NAME: &'static str = "docker";
    type Config = AnyCase<DockerConfig>;
    type Step = DockerStep;

    fn describe() -> Description {
        Description::new(porter_mixin_sdk::schema!("schema.json"))
            .environment(USERNAME)
            .environment(PASSWORD)
    }

    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        request.steps().flat_map(lint::step).collect()
    }

    fn build(request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        config::instructions(&request.config.0)
    }

    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        plan::step(&request.step, &request.environment)
    }
}

porter_mixin_sdk::export!(Docker);
