//! `porter archive`.

use porter_ops::{ArchiveRequest, PullOptions, Usage};

use super::Session;
use crate::arguments::ArchiveArguments;
use crate::failure::Failure;

/// Writes a published bundle into a file.
pub(crate) async fn run(session: &Session, arguments: ArchiveArguments) -> Result<(), Failure> {
    if arguments.files.len() > 1 {
        let names = arguments.files.iter();
        let names = names.map(|name| name.display().to_string()).collect();
        return Err(porter_ops::Error::from(Usage::SeveralArchives(names)).into());
    }
    session.interrupt.listen(session.printer);
    let request = ArchiveRequest {
        destination: arguments.files.into_iter().next(),
        reference: arguments.reference,
        compression: arguments.compression,
        pull: PullOptions {
            force: arguments.force,
            insecure_registry: arguments.insecure_registry,
        },
    };
    let cancel = session.interrupt.token();
    Ok(session.porter.archive_bundle(&request, cancel).await?)
}
