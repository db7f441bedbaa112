//! The az mixin: runs the Azure CLI.

mod build;
mod config;
mod lint;
mod plan;
mod step;

use porter_mixin_sdk::decode::{DecodeError, Input};
use porter_mixin_sdk::{Build, Description, Diagnostic, Environment, Failure, Instruction};
use porter_mixin_sdk::{Mixin, Plan, Task};

pub use config::AzConfig;
pub use step::{AzStep, Form, Group};

/// What the az CLI sends to Azure as its user agent.
pub(crate) const USER_AGENT: &str = "AZURE_HTTP_USER_AGENT";
/// Leaves the user agent alone when it is true.
pub(crate) const OPT_OUT: &str = "PORTER_AZ_MIXIN_USER_AGENT_OPT_OUT";
/// How this mixin names itself.
pub const AGENT: &str = concat!("getporter/porter getporter/az/v", env!("CARGO_PKG_VERSION"));

/// The az mixin.
#[derive(Debug, Clone, Copy)]
pub struct Az;

impl Mixin for Az {
    const NAME: &'static str = "az";
    type Config = AzConfig;
    type Step = AzStep;

    fn describe() -> Description {
        Description::new(porter_mixin_sdk::schema!("schema.json"))
            .environment(plan::CLIENT_ID)
            .environment(plan::CLIENT_SECRET)
            .environment(plan::TENANT_ID)
            .environment(USER_AGENT)
            .environment(OPT_OUT)
    }

    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        let steps = request.steps().flat_map(lint::step);
        lint::config(&request.config)
            .into_iter()
            .chain(steps)
            .collect()
    }

    fn build(request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        build::instructions(&request.config, &request.environment)
    }

    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        plan::step(request)
    }

    fn read_step(_action: &str, input: &Input<'_>) -> Result<AzStep, DecodeError> {
        step::read(input)
    }
}

/// Whether the user agent is to be left alone: by configuration, or by a variable in the spellings
/// of Go's `ParseBool`.
pub(crate) fn is_opted_out(config: &AzConfig, environment: &Environment) -> bool {
    let value = environment.get(OPT_OUT).unwrap_or_default();
    config.user_agent_opt_out || ["1", "t", "T", "TRUE", "true", "True"].contains(&value)
}

porter_mixin_sdk::export!(Az);
