//! `porter secrets key`: the key of the encrypted secrets.

use super::Session;
use crate::arguments::{SecretsCommand, SecretsKeyCommand};
use crate::failure::Failure;

/// Runs the command.
pub(crate) async fn run(session: &Session, command: SecretsCommand) -> Result<(), Failure> {
    let SecretsCommand::Key(command) = command;
    let porter = &session.porter;
    let said = match command {
        SecretsKeyCommand::Export(arguments) => {
            porter.export_key(&arguments.file).await?;
            format!(
                "exported the key to {}; keep it apart from the database\n",
                arguments.file.display()
            )
        }
        SecretsKeyCommand::Import(arguments) => {
            porter.import_key(&arguments.file).await?;
            format!("imported the key from {}\n", arguments.file.display())
        }
        SecretsKeyCommand::Rotate => {
            let count = porter.rotate_key().await?;
            format!("made a new key and encrypted {count} value(s) with it; export it again\n")
        }
    };
    session.printer.result(&said);
    Ok(())
}
