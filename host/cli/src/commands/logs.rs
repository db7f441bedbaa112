//! `porter logs`.

use super::Session;
use super::outputs::strict_choice;
use crate::arguments::LogsArguments;
use crate::failure::Failure;

/// Prints what the container printed, and a newline.
pub(crate) async fn run(session: &Session, arguments: &LogsArguments) -> Result<(), Failure> {
    let choice = strict_choice(&arguments.selection)?;
    let mut logs = session
        .porter
        .records()
        .await?
        .logs(&choice)
        .await?
        .into_exposed();
    logs.push(b'\n');
    session.printer.bytes(&logs);
    Ok(())
}
