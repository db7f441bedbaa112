//! From a step to the one command it runs.

use porter_mixin_sdk::check::{self, Refusal};
use porter_mixin_sdk::command_line::{self, Dashes};
use porter_mixin_sdk::{Command, Failure, Findings, Pointer, Step, Task};

use crate::step::ExecStep;

/// Tasks of a step.
pub(crate) fn step(step: &Step<ExecStep>) -> Result<Vec<Task>, Failure> {
    findings(step).command(command(&step.value))
}

fn command(step: &ExecStep) -> Command {
    let dir = if step.dir == "." {
        ""
    } else {
        step.dir.as_str()
    };
    let mut command = Command::new(&step.command)
        .args(&step.arguments)
        .args(step.flags.to_args(Dashes::Usual))
        .args(&step.suffix_arguments)
        .dir(dir)
        .quiet(step.suppress_output);
    command.env = step.envs.iter().cloned().collect();
    command.ignore = step.ignore_error.tests();
    command.outputs = command_line::take(&step.outputs);
    command
}

/// Everything in the step that no command can be made of.
fn findings(step: &Step<ExecStep>) -> Findings<'_, ExecStep> {
    let value = &step.value;
    let root = Pointer::root();
    let mut findings = Findings::new("exec-001", step);
    if value.command.is_empty() {
        let missing = Err(Refusal::Unfit("is missing"));
        let found = step.check("exec-002", root.key("command"), missing);
        found.into_iter().for_each(|found| findings.add(found));
    }
    findings.check(root.key("command"), check::path(&value.command));
    findings.check(root.key("dir"), check::path(&value.dir));
    for (name, text) in &value.envs {
        let place = root.key("envs").key(name);
        findings.check(place.clone(), check::variable_name(name));
        findings.check(place, check::argument(text));
    }
    findings.arguments("arguments", &value.arguments);
    findings.arguments("suffix-arguments", &value.suffix_arguments);
    findings.flags(&value.flags);
    findings.outputs(&value.outputs);
    findings.ignore_error(&value.ignore_error);
    findings
}
