//! `porter mixins update`.

use porter_ops::UpdateRequest;

use crate::arguments::MixinsUpdateArguments;
use crate::commands::Session;
use crate::failure::Failure;

/// Accepts the mixins that are installed into the lock, and shows what that changes.
pub(crate) fn run(session: &Session, arguments: &MixinsUpdateArguments) -> Result<(), Failure> {
    let differences = session.porter.update_lock(&UpdateRequest {
        file: arguments.file.clone(),
        directory: arguments.dir.clone(),
        names: arguments.names.clone(),
        experimental: session.experimental.clone(),
    })?;
    let mut text = String::new();
    for difference in &differences {
        text.push_str(&format!("{difference}\n"));
    }
    text.push_str(match differences.is_empty() {
        true => "porter.lock is up-to-date\n",
        false => "wrote porter.lock\n",
    });
    session.printer.result(&text);
    Ok(())
}
