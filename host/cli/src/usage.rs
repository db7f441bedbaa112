//! What is said of a command line that makes no sense: Porter's sentence first.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::printer::Printer;

/// Help goes to stdout; a mistake is said once, plainly, and is no different from other errors to
/// scripts: exit code 1. As in Porter an unknown command of a group is answered with its help.
pub(crate) fn tell(printer: &Printer, error: &clap::Error, command: clap::Command) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            printer.result(&error.render().to_string());
            return ExitCode::SUCCESS;
        }
        ErrorKind::InvalidSubcommand => {
            if let Some(help) = help_of_group(error, command) {
                printer.result(&help);
                return ExitCode::SUCCESS;
            }
        }
        _ => {}
    }
    let text = error.render().to_string();
    let mut lines = text
        .lines()
        .filter(|line| !line.starts_with("Usage:") && !line.trim().is_empty());
    if let Some(sentence) = sentence(error) {
        printer.error_line(&format!("error: {sentence}"));
        lines.next();
    }
    lines.for_each(|line| printer.error_line(line));
    ExitCode::FAILURE
}

/// Porter's sentence, where it has one.
fn sentence(error: &clap::Error) -> Option<String> {
    let argument = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let argument = argument?;
            match argument.strip_prefix('-') {
                Some(long) if long.starts_with('-') => Some(format!("unknown flag: {argument}")),
                Some(short) => {
                    let letter = short.chars().next()?;
                    Some(format!("unknown shorthand flag: '{letter}' in {argument}"))
                }
                None => None,
            }
        }
        ErrorKind::InvalidValue if value == Some("") => {
            // The flag as it was typed is the last word.
            let typed = std::env::args().next_back().unwrap_or_default();
            let letter = typed
                .strip_prefix('-')
                .filter(|rest| !rest.starts_with('-'))
                .and_then(|short| short.chars().next_back());
            Some(match letter {
                Some(letter) => format!("flag needs an argument: '{letter}' in {typed}"),
                None => format!("flag needs an argument: {}", flag(argument?)),
            })
        }
        ErrorKind::ValueValidation => Some(format!(
            "invalid argument {:?} for \"{}\" flag",
            value?,
            flag(argument?)
        )),
        ErrorKind::InvalidSubcommand => {
            let name = text(error, ContextKind::InvalidSubcommand)?;
            Some(format!("unknown command {name:?} for \"porter\""))
        }
        _ => None,
    }
}

/// `--flag` of `--flag <VALUE>`.
fn flag(argument: &str) -> &str {
    argument.split(' ').next().unwrap_or(argument)
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}

/// Help of the group that was given an unknown command; none at the top.
fn help_of_group(error: &clap::Error, root: clap::Command) -> Option<String> {
    let unknown = text(error, ContextKind::InvalidSubcommand)?;
    let mut group = root;
    let mut path = vec!["porter".to_owned()];
    for word in std::env::args().skip(1).take_while(|word| word != unknown) {
        if let Some(found) = group.find_subcommand(&word) {
            path.push(found.get_name().to_owned());
            group = found.clone();
        }
    }
    let is_group = path.len() > 1 && group.has_subcommands();
    is_group.then(|| group.bin_name(path.join(" ")).render_help().to_string())
}
