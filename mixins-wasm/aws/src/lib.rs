//! The aws mixin: runs the AWS CLI.

mod build;
mod lint;
mod plan;
mod step;

use porter_mixin_sdk::{Build, Description, Diagnostic, Failure, Instruction, Json};
use porter_mixin_sdk::{Mixin, Plan, Task};

pub use step::AwsStep;

/// What the AWS CLI adds to its user agent.
pub(crate) const USER_AGENT: &str = "AWS_EXECUTION_ENV";
/// How this mixin names itself.
pub const AGENT: &str = concat!(
    "getporter/porter getporter/aws/v",
    env!("CARGO_PKG_VERSION")
);

/// The aws mixin. It takes no configuration, and like Porter's it does not mind one.
#[derive(Debug, Clone, Copy)]
pub struct Aws;

impl Mixin for Aws {
    const NAME: &'static str = "aws";
    type Config = Json;
    /// `None` where nothing stands below `aws:`.
    type Step = Option<AwsStep>;

    fn describe() -> Description {
        Description::new(porter_mixin_sdk::schema!("schema.json")).environment(USER_AGENT)
    }

    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        let steps = request.steps().flat_map(lint::step);
        lint::config(&request.config)
            .into_iter()
            .chain(steps)
            .collect()
    }

    fn build(_request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        Ok(build::instructions())
    }

    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        plan::step(&request.step, &request.environment)
    }
}

porter_mixin_sdk::export!(Aws);
