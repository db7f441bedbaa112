//! `porter list`.

use porter_cnab::records::{InstallationView, Timestamp};
use porter_cnab::store::InstallationFilter;

use super::{Session, document, format};
use crate::arguments::{Format, ListArguments};
use crate::failure::Failure;
use crate::table::Table;
use crate::time::ago;

/// Lists installations, the last changed first.
pub(crate) async fn run(session: &Session, arguments: &ListArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let namespace = &arguments.namespace.namespace;
    let all = arguments.all_namespaces || namespace == "*";
    let filter = InstallationFilter {
        namespace: (!all).then(|| namespace.clone()),
        name: arguments.name.clone(),
        labels: arguments.label.iter().map(|label| pair(label)).collect(),
        skip: arguments.skip,
        limit: (arguments.limit > 0).then_some(arguments.limit),
    };
    let installations = session.porter.records().await?.list(&filter).await?;
    if format == Format::Plaintext {
        session.printer.result(&table(&installations));
        return Ok(());
    }
    document(session, format, &installations)
}

/// `KEY=VALUE`, split at the first `=`; without one the value is empty.
pub(crate) fn pair(label: &str) -> (String, String) {
    let (key, value) = label.split_once('=').unwrap_or((label, ""));
    (key.to_owned(), value.to_owned())
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
