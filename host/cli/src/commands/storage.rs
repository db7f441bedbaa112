//! `porter storage`.

use porter_ops::MigrateSource;

use super::Session;
use crate::arguments::{MigrateArguments, StorageCommand};
use crate::failure::Failure;

/// Runs the command.
pub(crate) async fn run(session: &Session, command: StorageCommand) -> Result<(), Failure> {
    match command {
        StorageCommand::Migrate(arguments) => migrate(session, arguments).await,
        StorageCommand::FixPermissions => Ok(session.porter.fix_permissions()?),
    }
}

async fn migrate(session: &Session, arguments: MigrateArguments) -> Result<(), Failure> {
    let account = arguments.old_account.filter(|name| !name.is_empty());
    if let Some(account) = account.filter(|name| name != "filesystem") {
        return Err(Failure::usage(format!(
            "the storage account `{account}` cannot be read: only the files of a Porter 0.38 can; \
             leave --old-account out"
        )));
    }
    let source = match (arguments.old_home, arguments.from_export) {
        (Some(home), _) => MigrateSource::OldHome {
            home,
            namespace: arguments.namespace.namespace,
        },
        (None, Some(folder)) => MigrateSource::Export { folder },
        (None, None) => {
            return Err(Failure::usage(
                "--old-home is required\nor, for the store of a Porter 1.x, --from-export",
            ));
        }
    };
    let done = session.porter.migrate(&source).await?;
    session.printer.result(&format!(
        "took over {} installation(s) with {} run(s), {} credential set(s) and {} parameter set(s)\n",
        done.installations, done.runs, done.credential_sets, done.parameter_sets
    ));
    Ok(())
}
