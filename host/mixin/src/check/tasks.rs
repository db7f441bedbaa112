//! What a mixin returns from `plan`.

use super::rules::{Checked, Rules, each, field};
use super::{CheckError, MAX_STRING, Placeholders, Problem};
use crate::task::{Command, Condition, Output, Source, Test};
use crate::{PlanRequest, Task};

/// Checks the tasks of a plan for `request`.
///
/// # Errors
/// [`CheckError`] with the first part that is not as it has to be.
pub fn tasks(tasks: &[Task], request: &PlanRequest) -> Checked {
    let placeholders = Placeholders::of(request);
    let rules = Rules::new(&placeholders);
    // The index matters: a condition names an earlier task that is a command.
    let indexed: Vec<(usize, &Task)> = tasks.iter().enumerate().collect();
    each("tasks", &indexed, |(index, task)| match task {
        Task::Say(text) => field("say", rules.text(text)),
        Task::Write(file) => {
            field("write.to", rules.target(&file.to))?;
            field("write.content", rules.text(&file.content))
        }
        Task::Run(command) => {
            field("run", run(&rules, command))?;
            field("run.when", earlier(command, &tasks[..*index]))
        }
    })
}

fn run(rules: &Rules<'_>, command: &Command) -> Checked {
    field("program", rules.path(&command.program))?;
    each("args", &command.args, |argument| {
        rules.argument(argument).map_err(CheckError::from)
    })?;
    each("env", &command.env, |(name, value)| {
        field("name", rules.variable(name))?;
        field("value", rules.argument(value))
    })?;
    field("dir", rules.directory(&command.dir))?;
    if let Some(stdin) = &command.stdin {
        field("stdin", rules.text(stdin))?;
    }
    if let Some(condition) = &command.when {
        field("when", self::condition(rules, condition))?;
    }
    each("ignore", &command.ignore, |found| Ok(test(rules, found)?))?;
    each("outputs", &command.outputs, |found| output(rules, found))
}

fn condition(rules: &Rules<'_>, condition: &Condition) -> Checked {
    match condition {
        Condition::Exists(path) | Condition::Missing(path) => Ok(rules.path(path)?),
        Condition::Ended { how, .. } => Ok(test(rules, how)?),
    }
}

fn earlier(command: &Command, before: &[Task]) -> Result<(), Problem> {
    let Some(Condition::Ended { task, .. }) = &command.when else {
        return Ok(());
    };
    match before.get(*task as usize) {
        Some(Task::Run(_)) => Ok(()),
        _ => Err(Problem::Order),
    }
}

fn test(rules: &Rules<'_>, test: &Test) -> Result<(), Problem> {
    match test {
        Test::Failed | Test::ExitCode(_) => Ok(()),
        Test::Contains(pattern) => rules.plain(&pattern.value, MAX_STRING),
        Test::Matches(pattern) => rules.pattern(&pattern.value),
    }
}

fn output(rules: &Rules<'_>, output: &Output) -> Checked {
    field("name", output_name(rules, &output.name))?;
    let take = match &output.take {
        Source::Stdout => Ok(()),
        Source::JsonPath { path, absent, .. } => rules.pattern(path).and_then(|()| match absent {
            Some(text) => rules.plain(text, MAX_STRING),
            None => Ok(()),
        }),
        Source::Regex(pattern) => rules.pattern(pattern),
        Source::File(path) => rules.path(path),
    };
    field("take", take)?;
    match &output.to {
        Some(target) => field("to", rules.target(target)),
        None => Ok(()),
    }
}

/// One component of a path that no tool of ours uses for itself.
fn output_name(rules: &Rules<'_>, name: &str) -> Result<(), Problem> {
    rules.name(name)?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let reserved = ["porter-", "io.cnab.", "."]
        .iter()
        .any(|start| name.starts_with(start));
    if name.len() <= 255 && !reserved && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(Problem::Form {
        expected: "the name of an output (`[A-Za-z0-9._-]+`, not beginning with `.`, `porter-` or `io.cnab.`)",
    })
}
