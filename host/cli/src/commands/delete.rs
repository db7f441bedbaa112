//! `porter installations delete`.

use super::Session;
use crate::arguments::DeleteArguments;
use crate::failure::Failure;

/// Deletes the records of an installation.
pub(crate) async fn run(session: &Session, arguments: &DeleteArguments) -> Result<(), Failure> {
    let name = session.porter.installation_name(&arguments.installation)?;
    let namespace = &arguments.namespace.namespace;
    let deletion = session
        .porter
        .delete_installation(namespace, &name, arguments.force);
    Ok(deletion.await?)
}
