//! Collecting what is wrong with a step, field by field.

use crate::check::{self, Refusal};
use crate::command_line::{Flags, IgnoreError, StepOutput};
use crate::diagnostic::{Diagnostic, Failure};
use crate::mixin::Step;
use crate::pointer::Pointer;
use crate::task::{Command, Task};

/// Collects what no command can be made of, each with its place.
///
/// ```
/// use porter_mixin_sdk::{Findings, Pointer, Step, check};
///
/// let step = Step { action: "install".to_owned(), index: 0, value: vec!["a\0b".to_owned()] };
/// let mut findings = Findings::new("greet-001", &step);
/// findings.check(Pointer::root().index(0), check::path(&step.value[0]));
/// assert_eq!(findings.found().len(), 1);
/// ```
#[derive(Debug)]
pub struct Findings<'a, S> {
    code: &'static str,
    step: &'a Step<S>,
    base: Pointer,
    found: Vec<Diagnostic>,
}

impl<'a, S> Findings<'a, S> {
    /// Nothing yet. `code` is that of every diagnostic but those for placeholders.
    pub fn new(code: &'static str, step: &'a Step<S>) -> Self {
        Self {
            code,
            step,
            base: Pointer::root(),
            found: Vec::new(),
        }
    }

    /// From now on fields are looked for below `base`, as in the command `run` of a step.
    #[must_use]
    pub fn below(mut self, base: Pointer) -> Self {
        self.base = base;
        self
    }

    /// Adds a refusal of [`check`].
    pub fn check(&mut self, place: Pointer, result: Result<(), Refusal>) {
        self.found.extend(self.step.check(self.code, place, result));
    }

    /// Adds a diagnostic.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// One argument.
    pub fn argument(&mut self, field: &str, text: &str) {
        self.check(self.base.key(field), check::argument(text));
    }

    /// A text that has to be there, and that is an argument.
    pub fn required(&mut self, field: &str, text: &str) {
        let missing = text.is_empty().then_some(Refusal::Unfit("is missing"));
        self.check(self.base.key(field), missing.map_or(Ok(()), Err));
        self.argument(field, text);
    }

    /// A list of arguments.
    pub fn arguments(&mut self, field: &str, texts: &[String]) {
        for (index, text) in texts.iter().enumerate() {
            let place = self.base.key(field).index(index);
            self.check(place, check::argument(text));
        }
    }

    /// The field `flags`.
    pub fn flags(&mut self, flags: &Flags) {
        for (name, flag) in &flags.0 {
            let place = self.base.key("flags").key(name);
            for text in flag.texts() {
                self.check(place.clone(), check::argument(text));
            }
        }
    }

    /// The field `outputs`.
    pub fn outputs(&mut self, outputs: &[StepOutput]) {
        for (index, output) in outputs.iter().enumerate() {
            let place = self.base.key("outputs").index(index);
            self.check(place.key("name"), check::output_name(&output.name));
            self.check(place.key("jsonPath"), check::known(&output.json_path));
            self.check(place.key("regex"), check::known(&output.regex));
            self.check(place.key("path"), check::path(&output.path));
        }
    }

    /// The field `ignoreError`.
    pub fn ignore_error(&mut self, ignored: &IgnoreError) {
        let place = self.base.key("ignoreError").key("output");
        for (kind, patterns) in [
            ("contains", &ignored.output.contains),
            ("regex", &ignored.output.regex),
        ] {
            for (index, pattern) in patterns.iter().enumerate() {
                self.check(place.key(kind).index(index), check::known(pattern));
            }
        }
    }

    /// What was found until now.
    pub fn found(&self) -> &[Diagnostic] {
        &self.found
    }

    /// `tasks`, unless there is something wrong.
    ///
    /// # Errors
    /// All findings.
    pub fn all(self, tasks: Vec<Task>) -> Result<Vec<Task>, Failure> {
        Failure::unless(self.found, tasks)
    }

    /// Adds an error in words of its own.
    pub fn refuse(&mut self, place: Pointer, title: &str) {
        self.found.push(self.step.error(self.code, title, place));
    }

    /// `command` as the only task, unless there is something wrong.
    ///
    /// # Errors
    /// All findings.
    pub fn command(self, command: Command) -> Result<Vec<Task>, Failure> {
        self.tasks(vec![command.into()])
    }

    /// `tasks`, unless there is something wrong.
    ///
    /// # Errors
    /// All findings.
    pub fn tasks(mut self, tasks: Vec<Task>) -> Result<Vec<Task>, Failure> {
        let is_long =
            |task: &Task| matches!(task, Task::Run(run) if run.args.len() > check::MOST_ARGUMENTS);
        if tasks.iter().any(is_long) {
            self.refuse(Pointer::root(), "a command takes 10,000 arguments at most");
        }
        Failure::unless(self.found, tasks)
    }
}
