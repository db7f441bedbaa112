//! The helm3 mixin: installs, upgrades and removes releases with helm.

mod build;
mod lint;
mod outputs;
mod plan;
mod step;

use porter_mixin_sdk::decode::{DecodeError, Input};
use porter_mixin_sdk::{Build, Description, Diagnostic, Failure, Instruction, Mixin, Plan, Task};

pub use build::{HelmConfig, Repository};
pub use outputs::HelmOutput;
pub use step::HelmStep;

/// The helm3 mixin.
#[derive(Debug, Clone, Copy)]
pub struct Helm3;

impl Mixin for Helm3 {
    const NAME: &'static str = "helm3";
    type Config = HelmConfig;
    type Step = HelmStep;

    fn describe() -> Description {
        Description::new(porter_mixin_sdk::schema!("schema.json"))
    }

    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        let mut found = lint::config(&request.config);
        for step in request.steps() {
            lint::step(step, &mut found);
        }
        found
    }

    fn build(request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        let is_reading = request.steps().any(|step| {
            let mut outputs = step.value.outputs_in(&step.action).iter();
            outputs.any(|output| output.is_secret() || output.is_resource())
        });
        build::instructions(&request.config, is_reading)
    }

    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        plan::step(&request.step)
    }

    fn read_step(action: &str, input: &Input<'_>) -> Result<HelmStep, DecodeError> {
        step::read(action, input)
    }
}

porter_mixin_sdk::export!(Helm3);
