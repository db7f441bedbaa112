//! Tasks out of the interface's types.

use porter_mixin::task::{Channel, Command, Condition, Output, Pattern, Source, Task, Test};

use super::instruction::{file, target};
use super::wit;

pub(super) fn all(found: Vec<wit::Task>) -> Vec<Task> {
    found.into_iter().map(one).collect()
}

fn one(found: wit::Task) -> Task {
    match found {
        wit::Task::Say(text) => Task::Say(text),
        wit::Task::Write(found) => Task::Write(file(found)),
        wit::Task::Run(found) => Task::Run(command(found)),
    }
}

fn command(found: wit::Command) -> Command {
    Command {
        program: found.program,
        args: found.args,
        env: found.env,
        dir: found.dir,
        stdin: found.stdin,
        quiet: found.quiet,
        when: found.when.map(condition),
        ignore: found.ignore.into_iter().map(test).collect(),
        keep_going: found.keep_going,
        outputs: found.outputs.into_iter().map(output).collect(),
    }
}

fn condition(found: wit::Condition) -> Condition {
    match found {
        wit::Condition::Exists(path) => Condition::Exists(path),
        wit::Condition::Missing(path) => Condition::Missing(path),
        wit::Condition::Ended(wit::Ending { task, how }) => Condition::Ended {
            task,
            how: test(how),
        },
    }
}

fn test(found: wit::Test) -> Test {
    match found {
        wit::Test::Failed => Test::Failed,
        wit::Test::ExitCode(code) => Test::ExitCode(code),
        wit::Test::Contains(found) => Test::Contains(pattern(found)),
        wit::Test::Matches(found) => Test::Matches(pattern(found)),
    }
}

fn pattern(found: wit::Pattern) -> Pattern {
    let channel = match found.channel {
        wit::Channel::Stdout => Channel::Stdout,
        wit::Channel::Stderr => Channel::Stderr,
        wit::Channel::Either => Channel::Either,
    };
    Pattern {
        channel,
        value: found.value,
    }
}

fn output(found: wit::Output) -> Output {
    Output {
        name: found.name,
        take: match found.take {
            wit::Source::Stdout => Source::Stdout,
            wit::Source::JsonPath(found) => Source::JsonPath {
                path: found.path,
                fold_case: found.fold_case,
                absent: found.absent,
            },
            wit::Source::Regex(pattern) => Source::Regex(pattern),
            wit::Source::File(path) => Source::File(path),
        },
        sensitive: found.sensitive,
        to: found.to.map(target),
    }
}
