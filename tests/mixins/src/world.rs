//! A small world in memory that carries out a plan: files, and programs that give canned replies.

use std::collections::BTreeMap;

use porter_mixin_sdk::{Channel, Command, Condition, Pattern, Target, Task, Test};
use regex::Regex;

use crate::api::Api;
use crate::case::{Call, Case, Observed, Stub};
use crate::glue::{Glue, Reply};
use crate::meaning::BUNDLE;
use crate::take::take;

/// The bundle directory and the programs of a case.
#[derive(Debug)]
pub struct World<'a> {
    stubs: &'a [Stub],
    environment: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    endings: Vec<Option<Reply>>,
    seen: Observed,
    api: Api,
    glue: Glue,
}

impl<'a> World<'a> {
    /// The world of `case` before anything has happened.
    pub fn of(case: &'a Case, glue: Glue) -> Self {
        let mut environment = case.env.clone();
        environment
            .entry("PATH".to_owned())
            .or_insert("$BIN".to_owned());
        environment
            .entry("HOME".to_owned())
            .or_insert("$WORK/.home".to_owned());
        let files = case.files.iter();
        Self {
            stubs: &case.stubs,
            environment,
            files: files
                .map(|(path, text)| (plain(path).to_owned(), text.clone()))
                .collect(),
            endings: Vec::new(),
            seen: Observed::default(),
            api: Api::of(case),
            glue,
        }
    }

    /// Carries out `tasks`; what is seen of it is in the terms of a recording.
    pub fn carry_out(mut self, tasks: &[Task]) -> Observed {
        for task in tasks {
            let outcome = self.task(task);
            if outcome.is_err() {
                self.seen.exit = 1;
                if !matches!(task, Task::Run(command) if command.keep_going) {
                    break;
                }
            }
        }
        self.seen.http = self.api.into_requests();
        self.seen
    }

    fn task(&mut self, task: &Task) -> Result<(), String> {
        let ending = match task {
            Task::Say(text) => {
                self.seen.stdout.push_str(text);
                self.seen.stdout.push('\n');
                Ok(None)
            }
            Task::Write(file) => {
                self.write(&file.to, file.content.clone());
                Ok(None)
            }
            Task::Run(command) if !self.holds(command.when.as_ref()) => Ok(None),
            Task::Run(command) => self.start(command).map(Some),
        };
        self.endings.push(ending.clone().ok().flatten());
        let (Some(ending), Task::Run(command)) = (ending?, task) else {
            return Ok(());
        };
        if ending.exit != 0 && !any_holds(&command.ignore, &ending)? {
            return Err(format!("exit status {}", ending.exit));
        }
        for output in &command.outputs {
            let value = take(&output.take, &ending.stdout, |path| {
                self.files.get(plain(path))
            })?;
            if let Some(target) = &output.to {
                self.write(target, value.clone());
            }
            self.seen.outputs.insert(output.name.clone(), value);
        }
        Ok(())
    }

    /// A file of the mixin's making.
    fn write(&mut self, to: &Target, content: String) {
        let path = plain(&to.path).to_owned();
        self.files.insert(path.clone(), content.clone());
        self.seen.files.insert(path.clone(), content);
        self.seen
            .file_modes
            .insert(path, format!("{:04o}", to.mode));
    }

    fn holds(&self, condition: Option<&Condition>) -> bool {
        match condition {
            None => true,
            Some(Condition::Exists(path)) => self.exists(path),
            Some(Condition::Missing(path)) => !self.exists(path),
            Some(Condition::Ended { task, how }) => {
                let ending = self.endings.get(*task as usize).cloned().flatten();
                ending.is_some_and(|ending| how_holds(how, &ending).unwrap_or_default())
            }
        }
    }

    fn exists(&self, path: &str) -> bool {
        let path = path.replace("~/", ".home/");
        self.files.contains_key(plain(&path)) || self.is_folder(&path)
    }

    fn is_folder(&self, path: &str) -> bool {
        let inside = format!("{}/", plain(path));
        let files = self.files.keys().map(String::as_str);
        let scripts = self.stubs.iter().map(|stub| plain(&stub.program));
        path.is_empty() || files.chain(scripts).any(|file| file.starts_with(&inside))
    }

    fn start(&mut self, command: &Command) -> Result<Reply, String> {
        if !self.is_folder(&command.dir) {
            return Err(format!("no directory {}", command.dir));
        }
        if let Some(reply) = (self.glue.answer)(&mut self.api, command) {
            self.print(command, &reply);
            return Ok(reply);
        }
        let program = self.program(&command.program)?;
        let call = self.call(program, command);
        self.seen.calls.push(call);
        let answers =
            |stub: &&Stub| stub.program == program && command.args.starts_with(&stub.leading);
        let Some(stub) = self.stubs.iter().find(answers) else {
            return Ok(Reply::default());
        };
        for (path, text) in &stub.writes {
            let path = if command.dir.is_empty() {
                path.clone()
            } else {
                format!("{}/{path}", command.dir)
            };
            let path = plain(&path).to_owned();
            self.seen.files.remove(&path);
            self.seen.file_modes.remove(&path);
            self.files.insert(path, text.clone());
        }
        let reply = Reply {
            exit: stub.exit,
            stdout: stub.stdout.clone(),
            stderr: stub.stderr.clone(),
        };
        self.print(command, &reply);
        Ok(reply)
    }

    fn print(&mut self, command: &Command, reply: &Reply) {
        if !command.quiet {
            self.seen.stdout.push_str(&reply.stdout);
        }
    }

    fn call(&self, program: &str, command: &Command) -> Call {
        let added = command
            .env
            .iter()
            .filter(|(name, value)| self.environment.get(name) != Some(value));
        Call {
            program: program.to_owned(),
            argv: command.args.clone(),
            stdin: command.stdin.clone().unwrap_or_default(),
            cwd: if command.dir.is_empty() {
                ".".to_owned()
            } else {
                command.dir.clone()
            },
            env_added: added.cloned().collect(),
            files_seen: self.seen.files.clone(),
        }
    }

    /// Looked up on the PATH, then below the bundle directory.
    fn program(&self, name: &str) -> Result<&'a str, String> {
        let on_path = self
            .stubs
            .iter()
            .find(|stub| stub.program == name && !name.contains('/'));
        let is_script =
            |stub: &&Stub| stub.program.starts_with("./") && plain(&stub.program) == plain(name);
        let found = on_path.or_else(|| self.stubs.iter().find(is_script));
        found
            .map(|stub| stub.program.as_str())
            .ok_or_else(|| format!("no program `{name}`"))
    }
}

/// A path below the bundle directory, relative and without its `./`.
fn plain(path: &str) -> &str {
    let below = path
        .strip_prefix(BUNDLE)
        .and_then(|path| path.strip_prefix('/'));
    let path = below.unwrap_or(path);
    path.strip_prefix("./")
        .unwrap_or(path)
        .trim_end_matches('/')
}

fn any_holds(tests: &[Test], ending: &Reply) -> Result<bool, String> {
    for test in tests {
        if how_holds(test, ending)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn how_holds(test: &Test, ending: &Reply) -> Result<bool, String> {
    Ok(match test {
        Test::Failed => ending.exit != 0,
        Test::ExitCode(code) => ending.exit == *code,
        Test::Contains(pattern) => streams(pattern, ending)
            .iter()
            .any(|text| text.contains(&pattern.value)),
        Test::Matches(pattern) => {
            let regex = Regex::new(&pattern.value).map_err(|error| error.to_string())?;
            streams(pattern, ending)
                .iter()
                .any(|text| regex.is_match(text))
        }
    })
}

fn streams<'a>(pattern: &Pattern, ending: &'a Reply) -> Vec<&'a str> {
    match pattern.channel {
        Channel::Stdout => vec![&ending.stdout],
        Channel::Stderr => vec![&ending.stderr],
        Channel::Either => vec![&ending.stdout, &ending.stderr],
    }
}
