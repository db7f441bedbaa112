//! What a mixin returns from `plan`: typed tasks that the runtime executes in order.

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

/// A command to run.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// A regular expression in RE2 syntax (`\d`, `\w`, `\s`, `\b` are ASCII), searched anywhere.
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

/// Where the value of an output comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// All of standard output, byte for byte.
    Stdout,
    /// From the first JSON document in standard output: a string unquoted, a number as it is
    /// spelled, anything else as compact JSON with sorted keys.
    JsonPath {
        /// RFC 9535. A path that can select one node at most takes that node, none is a failure;
        /// any other path takes an array.
        path: String,
        /// Compare member names without regard to ASCII case.
        fold_case: bool,
        /// Taken when stdout is empty or its document is `null`.
        absent: Option<String>,
    },
    /// Capture groups of all matches in stdout, one a line.
    Regex(String),
    /// Content of a file.
    File(String),
}
