//! `porter installations runs list`.

use porter_cnab::records::{RunView, Timestamp};

use super::{Session, document, format};
use crate::arguments::{Format, RunsListArguments};
use crate::failure::Failure;
use crate::table::Table;
use crate::time::ago;

/// Lists the runs of an installation, the last begun first.
pub(crate) async fn run(session: &Session, arguments: &RunsListArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let namespace = &arguments.namespace.namespace;
    let name = session.porter.installation_name(&arguments.installation)?;
    let runs = session
        .porter
        .records()
        .await?
        .runs(namespace, &name)
        .await?;
    if format == Format::Plaintext {
        session.printer.result(&table(&runs));
        return Ok(());
    }
    document(session, format, &runs)
}

fn table(runs: &[RunView]) -> String {
    let now = Timestamp::now();
    let mut table = Table::new(&["Run ID", "Action", "Started", "Stopped", "Status"]);
    for run in runs {
        let stopped = run.stopped.map(|time| ago(time, now)).unwrap_or_default();
        table.row(&[
            &run.id,
            &run.action,
            &ago(run.started, now),
            &stopped,
            &run.status,
        ]);
    }
    table.render()
}
