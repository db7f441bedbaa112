//! `porter list`.

use porter_cnab::records::{InstallationView, Timestamp};

use super::selector::Selector;
use super::{Session, document, format};
use crate::arguments::{Format, ListArguments};
use crate::failure::Failure;
use crate::table::Table;
use crate::time::ago;

/// Lists installations, the last changed first.
pub(crate) async fn run(session: &Session, arguments: &ListArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let selector = Selector::parse(&arguments.field_selector)?;
    let filter = arguments.filter.filter();
    let mut installations = session.porter.records().await?.list(&filter).await?;
    installations.retain(|view| selector.lets_through(view));
    if format == Format::Plaintext {
        session.printer.result(&table(&installations));
        return Ok(());
    }
    document(session, format, &installations)
}

fn table(installations: &[InstallationView]) -> String {
    let now = Timestamp::now();
    let mut table = Table::new(&[
        "NAMESPACE",
        "NAME",
        "VERSION",
        "STATE",
        "STATUS",
        "MODIFIED",
    ]);
    for installation in installations {
        table.row(&[
            &installation.namespace,
            &installation.name,
            &installation.status.bundle_version,
            installation.calculated.display_installation_state,
            &installation.calculated.display_installation_status,
            &ago(installation.status.modified, now),
        ]);
    }
    table.render()
}
