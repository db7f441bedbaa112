//! `porter copy`.

use porter_ops::CopyRequest;

use super::Session;
use crate::arguments::CopyArguments;
use crate::failure::Failure;

/// Copies a published bundle.
pub(crate) async fn run(session: &Session, arguments: CopyArguments) -> Result<(), Failure> {
    session.interrupt.listen(session.printer);
    let request = CopyRequest {
        source: arguments.source,
        destination: arguments.destination,
        force: arguments.force,
        insecure_registry: arguments.insecure_registry,
    };
    let cancel = session.interrupt.token();
    Ok(session.porter.copy_bundle(&request, cancel).await?)
}
