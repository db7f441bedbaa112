//! `porter schema`.

use super::{Session, document};
use crate::arguments::Format;
use crate::failure::Failure;

/// Prints the JSON schema of manifests.
pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    session.printer.reserve_stdout();
    let schema = session.porter.schema(&session.experimental)?;
    document(session, Format::Json, &schema)
}
