//! Executing the plan of one step.

mod condition;
mod error;
mod expand;
mod output;

use std::collections::BTreeMap;
use std::process::ExitStatus;

use porter_mixin::instruction::File;
use porter_mixin::task::{Condition, Test};
use porter_mixin::{Command, Task};
use porter_runbook::resolve::Secrets;
use rustix::process::Pid;

pub use error::{ExecuteError, OutputFault};
pub(crate) use expand::expand;

use crate::console::{Channel, Console};
use crate::environment::Environment;
use crate::outputs::Outputs;
use crate::process::{self, Captured, Finished, Program, Streams};
use crate::root::Root;
use crate::signals::Signals;
use crate::{files, leftovers};

/// What the tasks of a step work with.
#[derive(Debug)]
pub struct Scene<'r, 'o> {
    /// The file system.
    pub root: &'r Root,
    /// The environment of the container.
    pub environment: &'r Environment,
    /// Both streams.
    pub console: &'r mut Console,
    /// Requests to stop.
    pub signals: &'r mut Signals,
    /// The secrets that placeholders of this step stand for.
    pub secrets: &'r Secrets,
    /// Where outputs go.
    pub outputs: &'r mut Outputs<'o>,
    /// What is killed at the end of the step.
    pub leftovers: leftovers::Leftovers,
}

/// How a command ended, for the conditions of later ones.
#[derive(Debug, Default)]
struct Ending {
    /// Nothing when it could not be started.
    status: Option<ExitStatus>,
    stdout: Captured,
    stderr: Captured,
}

/// Executes `tasks` in order, and kills what they leave running.
///
/// # Errors
/// All failures: the last one ended the step, those before it belong to commands that let the
/// step go on.
pub fn execute(tasks: &[Task], scene: &mut Scene<'_, '_>) -> Result<(), Vec<ExecuteError>> {
    let mut execution = Execution {
        tasks,
        scene,
        endings: Vec::new(),
        errors: Vec::new(),
        groups: Vec::new(),
    };
    for (index, task) in tasks.iter().enumerate() {
        if execution.scene.signals.is_stopped() {
            execution.errors.push(ExecuteError::Stopped);
            break;
        }
        let keep_going = matches!(task, Task::Run(command) if command.keep_going);
        if let Err(error) = execution.task(index, task) {
            let stopped = matches!(error, ExecuteError::Stopped);
            execution.errors.push(error);
            if stopped || !keep_going {
                break;
            }
        }
    }
    leftovers::kill(&execution.groups, execution.scene.leftovers);
    if execution.errors.is_empty() {
        Ok(())
    } else {
        Err(execution.errors)
    }
}

struct Execution<'e, 'r, 'o> {
    tasks: &'e [Task],
    scene: &'e mut Scene<'r, 'o>,
    /// One per task so far; nothing for those that are no command or were skipped.
    endings: Vec<Option<Ending>>,
    errors: Vec<ExecuteError>,
    groups: Vec<Pid>,
}

impl Execution<'_, '_, '_> {
    fn task(&mut self, index: usize, task: &Task) -> Result<(), ExecuteError> {
        self.endings.push(None);
        match task {
            Task::Say(text) => {
                let text = expand(text, self.scene.secrets)?;
                self.scene.console.say(Channel::Out, &text);
                Ok(())
            }
            Task::Write(file) => self.write(file),
            Task::Run(command) => self.command(index, command),
        }
    }

    fn write(&mut self, file: &File) -> Result<(), ExecuteError> {
        let content = expand(&file.content, self.scene.secrets)?;
        files::write(
            &self.scene.root.path(&file.to.path),
            content.as_bytes(),
            file.to.mode,
        )
        .map_err(|source| ExecuteError::Write {
            path: file.to.path.clone(),
            source,
        })
    }

    fn command(&mut self, index: usize, command: &Command) -> Result<(), ExecuteError> {
        if let Some(condition) = &command.when
            && !self.holds(condition)?
        {
            return Ok(());
        }
        self.endings[index] = Some(Ending::default());
        let shown = shown(command, self.scene.root);
        let program = self.program(command, &shown)?;
        let finished =
            process::run(&program, self.scene.signals, self.scene.console).map_err(|source| {
                ExecuteError::Start {
                    command: shown.clone(),
                    source,
                }
            })?;
        self.groups.push(finished.group);
        let result = self.verdict(command, &shown, &finished);
        let taken = self.take_outputs(command, &finished, result.is_ok());
        finished.release(self.scene.console);
        self.remember(index, finished);
        result.and(taken)
    }

    fn program(&self, command: &Command, shown: &str) -> Result<Program, ExecuteError> {
        let scene = &*self.scene;
        let (dir, bundle) = (scene.root.path(&command.dir), scene.root.path(""));
        if !dir.is_dir() {
            return Err(ExecuteError::Directory {
                command: shown.to_owned(),
            });
        }
        let path = scene.environment.get(std::ffi::OsStr::new("PATH"));
        let file = process::look_up(&command.program, &dir, &bundle, path).ok_or_else(|| {
            let program = command.program.clone();
            ExecuteError::NotFound {
                command: shown.to_owned(),
                program,
            }
        })?;
        let mut added = BTreeMap::new();
        for (name, value) in &command.env {
            added.insert(name.into(), expand(value, scene.secrets)?.into());
        }
        let args: Result<_, _> = command
            .args
            .iter()
            .map(|arg| expand(arg, scene.secrets))
            .collect();
        let stdin = command
            .stdin
            .as_ref()
            .map(|text| expand(text, scene.secrets))
            .transpose()?;
        Ok(Program {
            file,
            name: command.program.clone(),
            args: args?,
            environment: scene.environment.with(added),
            dir,
            stdin,
            streams: self.streams(command),
        })
    }

    fn streams(&self, command: &Command) -> Streams {
        let makes_secret = |output: &porter_mixin::task::Output| {
            output.sensitive || self.scene.outputs.is_sensitive(&output.name)
        };
        if command.quiet {
            Streams::Drop
        } else if command.outputs.iter().any(makes_secret) {
            Streams::Hold
        } else {
            Streams::Pass
        }
    }

    /// Whether the command has failed.
    fn verdict(
        &self,
        command: &Command,
        shown: &str,
        finished: &Finished,
    ) -> Result<(), ExecuteError> {
        if finished.stopped {
            return Err(ExecuteError::Stopped);
        }
        if finished.status.success() {
            return Ok(());
        }
        for test in &command.ignore {
            let status = Some(finished.status);
            match condition::passes(test, status, &finished.stdout, &finished.stderr) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(source) => {
                    let pattern = pattern_of(test).to_owned();
                    return Err(ExecuteError::Ignore {
                        command: shown.to_owned(),
                        pattern,
                        source,
                    });
                }
            }
        }
        Err(ExecuteError::Failed {
            command: shown.to_owned(),
            status: process::describe(finished.status),
            said: if command.quiet {
                tail(&finished.stderr.bytes)
            } else {
                String::new()
            },
        })
    }

    /// Takes outputs. Those that are sensitive are looked for after a failure too, so that what is
    /// shown of it can be masked.
    fn take_outputs(
        &mut self,
        command: &Command,
        finished: &Finished,
        succeeded: bool,
    ) -> Result<(), ExecuteError> {
        for output in &command.outputs {
            let sensitive = output.sensitive || self.scene.outputs.is_sensitive(&output.name);
            if !succeeded && !sensitive {
                continue;
            }
            let taken = output::take(&output.take, &finished.stdout, self.scene.root);
            if let (true, Ok(bytes)) = (sensitive, &taken) {
                self.scene.console.hide(|patterns| patterns.add(bytes));
            }
            if !succeeded {
                continue;
            }
            let fault = |source| ExecuteError::Output {
                name: output.name.clone(),
                source,
            };
            let bytes = taken.map_err(fault)?;
            if let Some(target) = &output.to {
                files::write(&self.scene.root.path(&target.path), &bytes, target.mode).map_err(
                    |source| ExecuteError::Write {
                        path: target.path.clone(),
                        source,
                    },
                )?;
            }
            self.scene
                .outputs
                .put(&output.name, bytes, output.sensitive)
                .map_err(|error| fault(OutputFault::Refused(error)))?;
        }
        Ok(())
    }

    /// Keeps how a command ended; its streams only if a later condition looks at them.
    fn remember(&mut self, index: usize, finished: Finished) {
        let looks = |task: &Task| match task {
            Task::Run(Command {
                when: Some(Condition::Ended { task, how }),
                ..
            }) => {
                usize::try_from(*task) == Ok(index)
                    && matches!(how, Test::Contains(_) | Test::Matches(_))
            }
            _ => false,
        };
        let mut ending = Ending {
            status: Some(finished.status),
            ..Ending::default()
        };
        if self.tasks.iter().any(looks) {
            (ending.stdout, ending.stderr) = (finished.stdout, finished.stderr);
        }
        self.endings[index] = Some(ending);
    }

    fn holds(&self, condition: &Condition) -> Result<bool, ExecuteError> {
        match condition {
            Condition::Exists(path) => Ok(condition::exists(path, self.scene)),
            Condition::Missing(path) => Ok(!condition::exists(path, self.scene)),
            Condition::Ended { task, how } => {
                let ending = usize::try_from(*task)
                    .ok()
                    .and_then(|index| self.endings.get(index));
                let Some(Some(ending)) = ending else {
                    return Ok(false);
                };
                condition::passes(how, ending.status, &ending.stdout, &ending.stderr)
                    .map_err(ExecuteError::Condition)
            }
        }
    }
}

fn pattern_of(test: &Test) -> &str {
    match test {
        Test::Contains(pattern) | Test::Matches(pattern) => &pattern.value,
        Test::Failed | Test::ExitCode(_) => "",
    }
}

/// Longest command line in a message.
const SHOWN: usize = 1_000;

/// The directory, program and arguments for messages, as Porter shows them.
fn shown(command: &Command, root: &Root) -> String {
    let dir = root.bundle().join(&command.dir);
    let mut text = dir.to_string_lossy().trim_end_matches('/').to_owned();
    for word in std::iter::once(&command.program).chain(&command.args) {
        text.push(' ');
        text.push_str(word);
    }
    if text.len() > SHOWN {
        let end = (0..=SHOWN)
            .rev()
            .find(|index| text.is_char_boundary(*index))
            .unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The end of what a quiet command printed.
fn tail(bytes: &[u8]) -> String {
    let start = bytes.len().saturating_sub(2_000);
    String::from_utf8_lossy(&bytes[start..]).trim().to_owned()
}
