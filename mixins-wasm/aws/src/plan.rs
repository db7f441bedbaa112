//! From a step to the command it runs.

use porter_mixin_sdk::command_line::{self, Dashes};
use porter_mixin_sdk::{Command, Environment, Failure, Findings, Step, Task};

use crate::step::AwsStep;
use crate::{AGENT, USER_AGENT, lint};

/// `aws SERVICE OPERATION arguments… flags…`, always with JSON as output.
pub(crate) fn step(
    step: &Step<Option<AwsStep>>,
    environment: &Environment,
) -> Result<Vec<Task>, Failure> {
    let Some(value) = &step.value else {
        return Err(lint::empty(step).into());
    };
    let outputs = command_line::only_json_paths(&value.outputs);
    let mut findings = Findings::new("aws-001", step);
    findings.argument("service", &value.service);
    findings.argument("operation", &value.operation);
    findings.arguments("arguments", &value.arguments);
    findings.flags(&value.flags);
    findings.outputs(&outputs);
    let mut command = Command::new("aws")
        .arg(&value.service)
        .arg(&value.operation)
        .args(&value.arguments)
        .args(value.flags.to_args_with(Dashes::Usual, "output", "json"))
        .env(USER_AGENT, environment.prepended(USER_AGENT, AGENT))
        .quiet(value.suppress_output);
    command.outputs = command_line::take(&outputs);
    findings.command(command)
}
