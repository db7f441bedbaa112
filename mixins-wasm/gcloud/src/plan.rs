//! From a step to the command it runs.

use porter_mixin_sdk::command_line::{self, Dashes};
use porter_mixin_sdk::{Command, Failure, Findings, Step, Task};

use crate::lint;
use crate::step::GcloudStep;

/// `gcloud --quiet GROUP… COMMAND arguments… flags…`, always with JSON as output.
pub(crate) fn step(step: &Step<Option<GcloudStep>>) -> Result<Vec<Task>, Failure> {
    let Some(value) = &step.value else {
        return Err(lint::empty(step).into());
    };
    let outputs = command_line::only_json_paths(&value.outputs);
    let mut findings = Findings::new("gcloud-001", step);
    findings.arguments("groups", &value.groups.0);
    findings.argument("command", &value.command);
    findings.arguments("arguments", &value.arguments);
    findings.flags(&value.flags);
    findings.outputs(&outputs);
    let mut command = Command::new("gcloud")
        .arg("--quiet")
        .args(&value.groups.0)
        .arg(&value.command)
        .args(&value.arguments)
        .args(value.flags.to_args_with(Dashes::Usual, "format", "json"))
        .quiet(value.suppress_output);
    command.outputs = command_line::take(&outputs);
    findings.command(command)
}
