//! The tasks of a plan.

use super::{Members, target, variables};
use crate::task::{Channel, Condition, Output, Pattern, Source, Test};
use crate::{Command, Json, Task};

/// The tasks of a plan, in order.
pub fn tasks(tasks: &[Task]) -> Json {
    tasks.iter().map(task).collect()
}

fn task(task: &Task) -> Json {
    match task {
        Task::Say(text) => Members::of("say", text.as_str()),
        Task::Write(file) => {
            let file = target(&file.to).set("content", file.content.as_str());
            Members::of("write", file.finish())
        }
        Task::Run(command) => run(command),
    }
}

fn run(command: &Command) -> Json {
    let words = std::iter::once(&command.program).chain(&command.args);
    let words: Vec<Json> = words.map(|word| Json::from(word.as_str())).collect();
    Members::default()
        .set("run", words)
        .set_list("env", variables(&command.env))
        .set_text("dir", &command.dir)
        .set_some("stdin", command.stdin.as_deref())
        .set_true("quiet", command.quiet)
        .set_some("when", command.when.as_ref().map(condition))
        .set_list("ignore", command.ignore.iter().map(test).collect())
        .set_true("keepGoing", command.keep_going)
        .set_list("outputs", command.outputs.iter().map(output).collect())
        .finish()
}

fn condition(condition: &Condition) -> Json {
    match condition {
        Condition::Exists(path) => Members::of("exists", path.as_str()),
        Condition::Missing(path) => Members::of("missing", path.as_str()),
        Condition::Ended { task, how } => {
            let ended = Members::default().set("task", *task).set("how", test(how));
            Members::of("ended", ended.finish())
        }
    }
}

fn test(test: &Test) -> Json {
    match test {
        Test::Failed => Json::from("failed"),
        Test::ExitCode(code) => Members::of("exitCode", *code),
        Test::Contains(found) => Members::of("contains", pattern(found)),
        Test::Matches(found) => Members::of("matches", pattern(found)),
    }
}

fn pattern(pattern: &Pattern) -> Json {
    let channel = match pattern.channel {
        Channel::Stdout => "stdout",
        Channel::Stderr => "stderr",
        Channel::Either => "either",
    };
    Members::of(channel, pattern.value.as_str())
}

fn output(output: &Output) -> Json {
    let members = Members::default().set("name", output.name.as_str());
    let members = match &output.take {
        Source::Stdout => members.set("stdout", true),
        Source::Regex(expression) => members.set("regex", expression.as_str()),
        Source::File(path) => members.set("file", path.as_str()),
        Source::JsonPath {
            path,
            fold_case,
            absent,
        } => members
            .set("jsonPath", path.as_str())
            .set_true("foldCase", *fold_case)
            .set_some("absent", absent.as_deref()),
    };
    members
        .set_true("sensitive", output.sensitive)
        .set_some("to", output.to.as_ref().map(|to| target(to).finish()))
        .finish()
}
