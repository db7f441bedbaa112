//! Between the SDK's types and the generated ones.

use super::bindings::exports::porter::mixin::guest as wit;
use crate::{diagnostic, evaluate, instruction, mixin, task};

pub(super) fn all<A, B: From<A>>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(B::from).collect()
}

impl From<mixin::Description> for wit::Description {
    fn from(it: mixin::Description) -> Self {
        Self {
            schema: it.schema,
            environment: it.environment,
            sees_secrets: it.sees_secrets,
        }
    }
}

impl From<wit::BuildRequest> for evaluate::BuildRequest {
    fn from(it: wit::BuildRequest) -> Self {
        let actions = it
            .actions
            .into_iter()
            .map(|action| (action.action, action.steps))
            .collect();
        Self {
            config: it.config,
            actions,
            platforms: it.platforms,
            environment: it.environment,
        }
    }
}

impl From<wit::PlanRequest> for evaluate::PlanRequest {
    fn from(it: wit::PlanRequest) -> Self {
        Self {
            config: it.config,
            action: it.action,
            step: it.step,
            environment: it.environment,
        }
    }
}

impl From<diagnostic::Diagnostic> for wit::Diagnostic {
    fn from(it: diagnostic::Diagnostic) -> Self {
        let severity = match it.severity {
            diagnostic::Severity::Error => wit::Severity::Error,
            diagnostic::Severity::Warning => wit::Severity::Warning,
        };
        let at = match it.at {
            diagnostic::Place::Config(pointer) => wit::Place::Config(pointer.as_str().to_owned()),
            diagnostic::Place::Step {
                action,
                index,
                pointer,
            } => {
                let pointer = pointer.as_str().to_owned();
                wit::Place::Step(wit::StepPlace {
                    action,
                    index,
                    pointer,
                })
            }
        };
        let (code, title, message, hint) = (it.code, it.title, it.message, it.hint);
        Self {
            severity,
            code,
            title,
            message,
            hint,
            at,
        }
    }
}

impl From<instruction::Instruction> for wit::Instruction {
    fn from(it: instruction::Instruction) -> Self {
        use instruction::Instruction;
        match it {
            Instruction::Packages(packages) => Self::Packages(wit::Packages {
                names: all(packages.names),
                sources: all(packages.sources),
            }),
            Instruction::Download(download) => Self::Download(wit::Download {
                entries: all(download.entries),
                archive: match download.archive {
                    instruction::Archive::None => wit::Archive::None,
                    instruction::Archive::TarGz => wit::Archive::TarGz,
                    instruction::Archive::TarXz => wit::Archive::TarXz,
                    instruction::Archive::Zip => wit::Archive::Zip,
                },
                to: download.to.into(),
            }),
            Instruction::File(file) => Self::File(file.into()),
            Instruction::Copy { source, to } => Self::Copy(wit::BundleCopy { source, to }),
            Instruction::Env { name, value } => Self::Env((name, value)),
            Instruction::Path(directory) => Self::Path(directory),
            Instruction::Run(run) => Self::Run(wit::Run {
                commands: run.commands,
                dir: run.dir,
                user: match run.user {
                    instruction::User::Root => wit::User::Root,
                    instruction::User::Bundle => wit::User::Bundle,
                },
                network: run.network,
            }),
        }
    }
}

impl From<instruction::AptPackage> for wit::AptPackage {
    fn from(it: instruction::AptPackage) -> Self {
        Self {
            name: it.name,
            version: it.version,
        }
    }
}

impl From<instruction::AptSource> for wit::AptSource {
    fn from(it: instruction::AptSource) -> Self {
        Self {
            uri: it.uri,
            suite: it.suite,
            components: it.components,
            key: it.key.into(),
        }
    }
}

impl From<instruction::Remote> for wit::Remote {
    fn from(it: instruction::Remote) -> Self {
        let checksum = match it.checksum {
            instruction::Checksum::None => wit::Checksum::None,
            instruction::Checksum::Sha256(digest) => wit::Checksum::Sha256(digest),
            instruction::Checksum::Sha512(digest) => wit::Checksum::Sha512(digest),
            instruction::Checksum::Sums(url) => wit::Checksum::Sums(url),
        };
        Self {
            url: it.url,
            checksum,
        }
    }
}

impl From<instruction::DownloadEntry> for wit::DownloadEntry {
    fn from(it: instruction::DownloadEntry) -> Self {
        Self {
            platform: it.platform,
            source: it.source.into(),
            member: it.member,
        }
    }
}

impl From<instruction::Target> for wit::Target {
    fn from(it: instruction::Target) -> Self {
        Self {
            path: it.path,
            mode: it.mode,
        }
    }
}

impl From<instruction::File> for wit::File {
    fn from(it: instruction::File) -> Self {
        Self {
            to: it.to.into(),
            content: it.content,
        }
    }
}

impl From<task::Task> for wit::Task {
    fn from(it: task::Task) -> Self {
        match it {
            task::Task::Say(text) => Self::Say(text),
            task::Task::Write(file) => Self::Write(file.into()),
            task::Task::Run(command) => Self::Run(command.into()),
        }
    }
}

impl From<task::Command> for wit::Command {
    fn from(it: task::Command) -> Self {
        Self {
            program: it.program,
            args: it.args,
            env: it.env,
            dir: it.dir,
            stdin: it.stdin,
            quiet: it.quiet,
            when: it.when.map(Into::into),
            ignore: all(it.ignore),
            keep_going: it.keep_going,
            outputs: all(it.outputs),
        }
    }
}

impl From<task::Condition> for wit::Condition {
    fn from(it: task::Condition) -> Self {
        match it {
            task::Condition::Exists(path) => Self::Exists(path),
            task::Condition::Missing(path) => Self::Missing(path),
            task::Condition::Ended { task, how } => Self::Ended(wit::Ending {
                task,
                how: how.into(),
            }),
        }
    }
}

impl From<task::Test> for wit::Test {
    fn from(it: task::Test) -> Self {
        match it {
            task::Test::Failed => Self::Failed,
            task::Test::ExitCode(code) => Self::ExitCode(code),
            task::Test::Contains(pattern) => Self::Contains(pattern.into()),
            task::Test::Matches(pattern) => Self::Matches(pattern.into()),
        }
    }
}

impl From<task::Pattern> for wit::Pattern {
    fn from(it: task::Pattern) -> Self {
        let channel = match it.channel {
            task::Channel::Stdout => wit::Channel::Stdout,
            task::Channel::Stderr => wit::Channel::Stderr,
            task::Channel::Either => wit::Channel::Either,
        };
        Self {
            channel,
            value: it.value,
        }
    }
}

impl From<task::Output> for wit::Output {
    fn from(it: task::Output) -> Self {
        let take = match it.take {
            task::Source::Stdout => wit::Source::Stdout,
            task::Source::JsonPath {
                path,
                fold_case,
                absent,
            } => wit::Source::JsonPath(wit::JsonPath {
                path,
                fold_case,
                absent,
            }),
            task::Source::Regex(regex) => wit::Source::Regex(regex),
            task::Source::File(path) => wit::Source::File(path),
        };
        let to = it.to.map(Into::into);
        Self {
            name: it.name,
            take,
            sensitive: it.sensitive,
            to,
        }
    }
}
