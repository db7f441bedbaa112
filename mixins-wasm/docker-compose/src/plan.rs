//! From a step to the one command it runs.

use porter_mixin_sdk::command_line::{self, Dashes};
use porter_mixin_sdk::{Command, Failure, Findings, Pointer, Step, Task, check};

use crate::step::ComposeStep;

/// `docker-compose ARGUMENTS FLAGS [SUB-COMMAND ITS-FLAGS ITS-ARGUMENTS]`. The flags of a
/// sub-command are not split into words.
pub(crate) fn step(step: &Step<ComposeStep>) -> Result<Vec<Task>, Failure> {
    let value = &step.value;
    let dir = if value.dir == "." { "" } else { &value.dir };
    let mut outputs = value.outputs.clone();
    let mut command = Command::new("docker-compose")
        .args(&value.arguments)
        .args(value.flags.to_args(Dashes::Usual))
        .dir(dir)
        .quiet(value.suppress_output);
    if let Some(sub) = &value.sub_command {
        let fields = &sub.fields;
        command.args.push(sub.name.to_owned());
        command
            .args
            .extend(fields.flags.to_unsplit_args(Dashes::Usual));
        command.args.extend(fields.arguments.iter().cloned());
        command.quiet |= fields.suppress_output;
        outputs.extend(fields.outputs.iter().cloned());
    }
    command.outputs = command_line::take(&outputs);
    findings(step).command(command)
}

/// Everything in the step that no command can be made of.
fn findings(step: &Step<ComposeStep>) -> Findings<'_, ComposeStep> {
    let value = &step.value;
    let mut findings = Findings::new("docker-compose-001", step);
    findings.check(Pointer::root().key("dir"), check::path(&value.dir));
    findings.arguments("arguments", &value.arguments);
    findings.flags(&value.flags);
    findings.outputs(&value.outputs);
    if let Some(sub) = &value.sub_command {
        findings = findings.below(Pointer::root().key(sub.name));
        findings.arguments("arguments", &sub.fields.arguments);
        findings.flags(&sub.fields.flags);
        findings.outputs(&sub.fields.outputs);
    }
    findings
}
