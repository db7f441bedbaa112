//! What a mixin returns from `plan`: typed tasks, executed in order.

use crate::instruction::{File, Target};

/// One task of a plan. A task that fails ends the step; outputs taken until then are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Prints a line.
    Say(String),
    /// Writes a file.
    Write(File),
    /// Runs a command.
    Run(Command),
}

impl From<Command> for Task {
    fn from(command: Command) -> Self {
        Self::Run(command)
    }
}

/// A command to run: a program and its arguments, never shell text.
///
/// ```
/// use porter_mixin_sdk::{Command, Output, Test};
///
/// let command = Command::new("kubectl")
///     .args(["get", "pods", "-o", "json"])
///     .env("KUBECONFIG", "kube.config")
///     .ignore(Test::ExitCode(3))
///     .output(Output::json_path("pods", "$.items"));
/// assert_eq!(command.args, ["get", "pods", "-o", "json"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command {
    /// Looked up on the container's PATH, then below the bundle directory.
    pub program: String,
    /// Arguments, passed as they are.
    pub args: Vec<String>,
    /// Added to the container's environment.
    pub env: Vec<(String, String)>,
    /// Working directory; `""` is the bundle directory.
    pub dir: String,
    /// Standard input; without it the command reads end-of-file.
    pub stdin: Option<String>,
    /// Keep both streams from the user.
    pub quiet: bool,
    /// Skipped, without failing, unless this holds.
    pub when: Option<Condition>,
    /// A command that started and exited with other than 0 has not failed if one of these holds.
    /// Tried in order; a later one that is malformed does no harm.
    pub ignore: Vec<Test>,
    /// After a failure go on with the next task; the step fails at its end.
    pub keep_going: bool,
    /// Taken in order, unless the command failed.
    pub outputs: Vec<Output>,
}

impl Command {
    /// A command without arguments, run in the bundle directory.
    pub fn new(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            ..Self::default()
        }
    }

    /// Appends an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.args.push(argument.into());
        self
    }

    /// Appends arguments.
    #[must_use]
    pub fn args<T: Into<String>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.args.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Appends `flag value` if there is a value that is not empty.
    #[must_use]
    pub fn option(self, flag: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) if !value.is_empty() => self.arg(flag).arg(value),
            _ => self,
        }
    }

    /// Appends `flag` if `wanted`.
    #[must_use]
    pub fn switch(self, flag: &str, wanted: bool) -> Self {
        if wanted { self.arg(flag) } else { self }
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub fn dir(mut self, dir: impl Into<String>) -> Self {
        self.dir = dir.into();
        self
    }

    /// Sets the standard input.
    #[must_use]
    pub fn stdin(mut self, text: impl Into<String>) -> Self {
        self.stdin = Some(text.into());
        self
    }

    /// Keeps both streams from the user.
    #[must_use]
    pub fn quiet(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self
    }

    /// Runs only if `condition` holds.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.when = Some(condition);
        self
    }

    /// Adds a failure that is none.
    #[must_use]
    pub fn ignore(mut self, test: Test) -> Self {
        self.ignore.push(test);
        self
    }

    /// Goes on with the next task after a failure.
    #[must_use]
    pub fn keep_going(mut self) -> Self {
        self.keep_going = true;
        self
    }

    /// Adds an output.
    #[must_use]
    pub fn output(mut self, output: Output) -> Self {
        self.outputs.push(output);
        self
    }
}

/// When a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Something is there. `~/` begins a path below the home directory.
    Exists(String),
    /// Nothing is there.
    Missing(String),
    /// How an earlier command of the plan ended. False if that was skipped.
    Ended {
        /// Index of the task, lower than this one's.
        task: u32,
        /// How it ended.
        how: Test,
    },
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Exit code other than 0, or a signal.
    Failed,
    /// This exit code.
    ExitCode(i32),
    /// A text in one of its streams.
    Contains(Pattern),
    /// A regular expression in RE2 syntax, searched anywhere.
    Matches(Pattern),
}

/// What to look for, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Which stream.
    pub channel: Channel,
    /// Text or regular expression.
    pub value: String,
}

/// A stream of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// One or the other.
    Either,
}

/// An output of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// `[A-Za-z0-9._-]+`, not beginning with a dot or `porter-`.
    pub name: String,
    /// Where the value comes from.
    pub take: Source,
    /// Mask the value from now on, also where the bundle does not call it sensitive.
    pub sensitive: bool,
    /// Also put the value into this file.
    pub to: Option<Target>,
}

impl Output {
    /// An output from `take`.
    pub fn new(name: impl Into<String>, take: Source) -> Self {
        Self {
            name: name.into(),
            take,
            sensitive: false,
            to: None,
        }
    }

    /// All of stdout.
    pub fn stdout(name: impl Into<String>) -> Self {
        Self::new(name, Source::Stdout)
    }

    /// What `path` selects in the JSON document in stdout; empty stdout is a failure.
    pub fn json_path(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new(
            name,
            Source::JsonPath {
                path: path.into(),
                fold_case: false,
                absent: None,
            },
        )
    }

    /// Capture groups of all matches in stdout.
    pub fn regex(name: impl Into<String>, regex: impl Into<String>) -> Self {
        Self::new(name, Source::Regex(regex.into()))
    }

    /// Content of a file.
    pub fn file(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new(name, Source::File(path.into()))
    }

    /// Masks the value from now on.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Also puts the value into this file.
    #[must_use]
    pub fn to(mut self, path: impl Into<String>, mode: u32) -> Self {
        self.to = Some(Target {
            path: path.into(),
            mode,
        });
        self
    }
}

/// Where the value of an output comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// All of stdout, byte for byte.
    Stdout,
    /// From the first JSON document in stdout: a string unquoted, a number as it is spelled,
    /// anything else as compact JSON with sorted keys.
    JsonPath {
        /// RFC 9535. A path that can select one node at most takes that node, none is a failure;
        /// any other path takes an array.
        path: String,
        /// Compare member names without regard to ASCII case.
        fold_case: bool,
        /// Taken when stdout is empty or its document is `null`.
        absent: Option<String>,
    },
    /// Capture groups of all matches in stdout, one a line; no match is empty text.
    Regex(String),
    /// Content of a file.
    File(String),
}
