//! The command line of Porter's mixin protocol.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::PathBuf;

/// One call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// What there is.
    Help,
    /// Name and version.
    Version(Format),
    /// The JSON schema of the steps.
    Schema,
    /// Findings in all steps.
    Lint(Input),
    /// Lines for the Dockerfile.
    Build(Input),
    /// One step of an action.
    Action {
        /// Name of the action.
        action: String,
        /// Where the step is.
        input: Input,
    },
}

/// Form of the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// One line.
    Plaintext,
    /// An object.
    Json,
}

/// Where the input comes from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// Standard input, as Porter does.
    Standard,
    /// A file, for use by hand.
    File(PathBuf),
}

/// What is wrong with a command line.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UsageError {
    /// An argument that is no text.
    #[error("the argument `{0}` is not UTF-8 text")]
    Text(String),
    /// No command of the protocol. Porter looks for these words.
    #[error("unknown command \"{command}\" for \"{mixin}\"; `{mixin} --help` lists the commands")]
    Command {
        /// What was given.
        command: String,
        /// Name of the mixin.
        mixin: String,
    },
    /// No flag of the command.
    #[error("unknown flag: {flag}; `{mixin} --help` lists the flags")]
    Flag {
        /// What was given.
        flag: String,
        /// Name of the mixin.
        mixin: String,
    },
    /// A flag without its value.
    #[error("flag needs an argument: {0}")]
    Value(String),
    /// An argument too many.
    #[error("unexpected argument `{0}`")]
    Argument(String),
    /// A form that others have.
    #[error("unsupported format, yaml. Supported formats are: json and plaintext")]
    Yaml,
    /// A form that there is not.
    #[error("invalid format: {0}")]
    Format(String),
}

/// Reads the arguments behind the program's name.
pub(crate) fn parse(mixin: &str, arguments: Vec<OsString>) -> Result<Command, UsageError> {
    let mut words = VecDeque::new();
    for argument in arguments {
        let text = argument.into_string();
        words.push_back(text.map_err(|bad| UsageError::Text(bad.to_string_lossy().into_owned()))?);
    }
    let mut flags = Flags::default();
    let mut name = None;
    while let Some(word) = words.pop_front() {
        if word.len() > 1 && word.starts_with('-') {
            flags.take(mixin, &word, &mut words)?;
        } else if name.is_some() {
            return Err(UsageError::Argument(word));
        } else {
            name = Some(word);
        }
    }
    let name = name.unwrap_or("help".to_owned());
    if flags.help || name == "help" {
        return Ok(Command::Help);
    }
    match name.as_str() {
        "version" => format(flags.output.as_deref()).map(Command::Version),
        "schema" => Ok(Command::Schema),
        "lint" => Ok(Command::Lint(flags.input())),
        "build" => Ok(Command::Build(flags.input())),
        "install" | "upgrade" | "uninstall" | "invoke" => Ok(Command::Action {
            action: flags.action.take().unwrap_or(name),
            input: flags.input(),
        }),
        _ => Err(UsageError::Command {
            command: name,
            mixin: mixin.to_owned(),
        }),
    }
}

#[derive(Debug, Default)]
struct Flags {
    help: bool,
    output: Option<String>,
    file: Option<String>,
    action: Option<String>,
}

impl Flags {
    /// Takes one flag; its value may be in the same word or in the next one.
    fn take(
        &mut self,
        mixin: &str,
        word: &str,
        words: &mut VecDeque<String>,
    ) -> Result<(), UsageError> {
        let (flag, value) = split(word);
        let mut value = || {
            let given = value.map(str::to_owned).or_else(|| words.pop_front());
            given.ok_or_else(|| UsageError::Value(flag.to_owned()))
        };
        match flag {
            "--help" | "-h" => self.help = true,
            "--output" | "-o" => self.output = Some(value()?),
            "--file" | "-f" => self.file = Some(value()?),
            "--action" => self.action = Some(value()?),
            // Accepted for use by hand; there is nothing more to tell.
            "--debug" => {}
            _ => {
                return Err(UsageError::Flag {
                    flag: word.to_owned(),
                    mixin: mixin.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn input(self) -> Input {
        self.file
            .map_or(Input::Standard, |file| Input::File(file.into()))
    }
}

/// `--flag=value`, `-fvalue`, `-f=value`, or a flag alone.
fn split(word: &str) -> (&str, Option<&str>) {
    if word.starts_with("--") {
        return match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word, None),
        };
    }
    let end = word
        .char_indices()
        .nth(2)
        .map_or(word.len(), |(index, _)| index);
    let (flag, value) = word.split_at(end);
    let value = value.strip_prefix('=').unwrap_or(value);
    (flag, Some(value).filter(|value| !value.is_empty()))
}

fn format(name: Option<&str>) -> Result<Format, UsageError> {
    match name {
        None | Some("plaintext") => Ok(Format::Plaintext),
        Some("json") => Ok(Format::Json),
        Some("yaml") => Err(UsageError::Yaml),
        Some(other) => Err(UsageError::Format(other.to_owned())),
    }
}

/// What there is.
pub(crate) fn usage(mixin: &str) -> String {
    format!(
        "The sandboxed mixin {mixin}, for Porter

Usage:
  {mixin} COMMAND [FLAGS]

Commands:
  build       print lines for the Dockerfile of a bundle
  lint        print findings in the steps of a bundle, as JSON
  schema      print the JSON schema of the steps
  version     print the version
  install     execute a step of the action install
  upgrade     execute a step of the action upgrade
  uninstall   execute a step of the action uninstall
  invoke      execute a step of any other action

Flags:
  -f, --file FILE      read the input from FILE; without it from standard input
      --action NAME    with invoke: name of the action
  -o, --output FORMAT  with version: plaintext or json
      --debug          accepted and ignored
  -h, --help           print this
"
    )
}

#[cfg(test)]
mod tests {
    use super::{Command, Format, Input, UsageError, parse};

    fn parsed(line: &str) -> Result<Command, UsageError> {
        parse("m", line.split_whitespace().map(Into::into).collect())
    }

    #[test]
    fn command_lines_of_porter() {
        let action = |action: &str, input| Command::Action {
            action: action.to_owned(),
            input,
        };
        let step = || Input::File("step.yaml".into());
        for (line, expected) in [
            ("version", Command::Version(Format::Plaintext)),
            ("version -o json", Command::Version(Format::Json)),
            ("version -ojson", Command::Version(Format::Json)),
            ("version --output=json", Command::Version(Format::Json)),
            (
                "--debug version --output plaintext",
                Command::Version(Format::Plaintext),
            ),
            ("schema", Command::Schema),
            ("lint", Command::Lint(Input::Standard)),
            ("build --debug", Command::Build(Input::Standard)),
            ("install", action("install", Input::Standard)),
            ("invoke --action x", action("x", Input::Standard)),
            ("invoke --action=x -f step.yaml", action("x", step())),
            ("upgrade -f=step.yaml", action("upgrade", step())),
            ("uninstall --file step.yaml", action("uninstall", step())),
            ("", Command::Help),
            ("help", Command::Help),
            ("install --help", Command::Help),
        ] {
            assert_eq!(parsed(line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (line, expected) in [
            (
                "frobnicate",
                "unknown command \"frobnicate\" for \"m\"; `m --help` lists the commands",
            ),
            (
                "install --force",
                "unknown flag: --force; `m --help` lists the flags",
            ),
            ("install -é", "unknown flag: -é; `m --help` lists the flags"),
            ("install -f", "flag needs an argument: -f"),
            ("install now", "unexpected argument `now`"),
            (
                "version -o yaml",
                "unsupported format, yaml. Supported formats are: json and plaintext",
            ),
            ("version -o toml", "invalid format: toml"),
        ] {
            let error = parsed(line).map_err(|error| error.to_string());
            assert_eq!(error, Err(expected.to_owned()), "{line}");
        }
    }
}
