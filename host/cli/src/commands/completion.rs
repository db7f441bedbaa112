//! `porter completion`.

use clap_complete::Shell;

use super::Session;
use crate::arguments::{CompletionArguments, command};
use crate::failure::Failure;

/// Prints the completion script for a shell.
pub(crate) fn run(session: &Session, arguments: &CompletionArguments) -> Result<(), Failure> {
    let shell = match arguments.shell.as_str() {
        "bash" => Shell::Bash,
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        "powershell" => Shell::PowerShell,
        other => {
            return Err(Failure::usage(format!(
                "invalid shell `{other}`: choose one of bash, zsh, fish, powershell"
            )));
        }
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "porter", &mut script);
    session.printer.bytes(&script);
    Ok(())
}
