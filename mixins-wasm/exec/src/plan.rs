//! From a step to the one command it runs.

use porter_mixin_sdk::check::{self, Refusal};
use porter_mixin_sdk::command_line::{self, Dashes};
use porter_mixin_sdk::{Command, Diagnostic, Failure, Pointer, Step, Task};

use crate::step::ExecStep;

/// Tasks of a step.
pub(crate) fn step(step: &Step<ExecStep>) -> Result<Vec<Task>, Failure> {
    let command = command(&step.value);
    let mut wrong = refusals(step);
    if command.args.len() > check::MOST_ARGUMENTS {
        let title = "a command takes 10,000 arguments at most";
        wrong.push(step.error("exec-001", title, Pointer::root()));
    }
    Failure::unless(wrong, vec![command.into()])
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
fn refusals(step: &Step<ExecStep>) -> Vec<Diagnostic> {
    let value = &step.value;
    let root = Pointer::root();
    let mut found = Vec::new();
    let mut check = |code: &str, place: Pointer, result: Result<(), Refusal>| {
        found.extend(step.check(code, place, result));
    };
    if value.command.is_empty() {
        check(
            "exec-002",
            root.key("command"),
            Err(Refusal::Unfit("is missing")),
        );
    }
    check("exec-001", root.key("command"), check::path(&value.command));
    check("exec-001", root.key("dir"), check::path(&value.dir));
    for (name, text) in &value.envs {
        let place = root.key("envs").key(name);
        check("exec-001", place.clone(), check::variable_name(name));
        check("exec-001", place, check::argument(text));
    }
    for (field, texts) in [
        ("arguments", &value.arguments),
        ("suffix-arguments", &value.suffix_arguments),
    ] {
        for (index, text) in texts.iter().enumerate() {
            let place = root.key(field).index(index);
            check("exec-001", place, check::argument(text));
        }
    }
    for (name, flag) in &value.flags.0 {
        let place = root.key("flags").key(name);
        for text in flag.texts() {
            check("exec-001", place.clone(), check::argument(text));
        }
    }
    for (index, output) in value.outputs.iter().enumerate() {
        let place = root.key("outputs").index(index);
        check(
            "exec-001",
            place.key("name"),
            check::output_name(&output.name),
        );
        check(
            "exec-001",
            place.key("jsonPath"),
            check::known(&output.json_path),
        );
        check("exec-001", place.key("regex"), check::known(&output.regex));
        check("exec-001", place.key("path"), check::path(&output.path));
    }
    let ignored = root.key("ignoreError").key("output");
    for (kind, patterns) in [
        ("contains", &value.ignore_error.output.contains),
        ("regex", &value.ignore_error.output.regex),
    ] {
        for (index, pattern) in patterns.iter().enumerate() {
            check(
                "exec-001",
                ignored.key(kind).index(index),
                check::known(pattern),
            );
        }
    }
    found
}
