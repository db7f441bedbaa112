//! The gcloud mixin: runs the Google Cloud CLI.

mod build;
mod lint;
mod plan;
mod step;

use porter_mixin_sdk::{Build, Description, Diagnostic, Failure, Instruction, Json};
use porter_mixin_sdk::{Mixin, Plan, Task};

pub use step::{GcloudStep, Groups};

/// The gcloud mixin. It takes no configuration, and like Porter's it does not mind one.
#[derive(Debug, Clone, Copy)]
pub struct Gcloud;

impl Mixin for Gcloud {
    const NAME: &'static str = "gcloud";
    type Config = Json;
    /// `None` where nothing stands below `gcloud:`.
    type Step = Option<GcloudStep>;

    fn describe() -> Description {
        Description::new(porter_mixin_sdk::schema!("schema.json"))
    }

    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        let steps = request.steps().flat_map(lint::step);
        lint::config(&request.config)
            .into_iter()
            .chain(steps)
            .collect()
    }

    fn build(_request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        Ok(vec![build::instruction()])
    }

    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        plan::step(&request.step)
    }
}

porter_mixin_sdk::export!(Gcloud);
