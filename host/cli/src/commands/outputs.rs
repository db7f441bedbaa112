//! `porter installations outputs`.

use porter_cnab::records::ValueView;
use porter_ops::RunChoice;

use super::{Session, document, format};
use crate::arguments::{Format, OutputsListArguments, OutputsShowArguments, RunSelection};
use crate::failure::Failure;
use crate::table::Table;

/// Lists outputs.
pub(crate) async fn list(
    session: &Session,
    arguments: &OutputsListArguments,
) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let choice = choice(session, &arguments.selection)?;
    let outputs = session.porter.records().await?.outputs(&choice).await?;
    if format == Format::Plaintext {
        session.printer.result(&values(&outputs));
        return Ok(());
    }
    document(session, format, &outputs)
}

/// Prints the value of one output as it is.
pub(crate) async fn show(
    session: &Session,
    arguments: &OutputsShowArguments,
) -> Result<(), Failure> {
    let Some(name) = &arguments.name else {
        return Err(Failure::usage("an output name must be provided"));
    };
    let choice = strict_choice(&arguments.selection)?;
    let value = session
        .porter
        .records()
        .await?
        .output(&choice, name)
        .await?;
    session.printer.bytes(value.expose());
    Ok(())
}

/// A table of values; sensitive ones are hidden.
pub(crate) fn values(values: &[ValueView]) -> String {
    let mut table = Table::new(&["Name", "Type", "Value"]);
    for value in values {
        let shown = match (&value.value, value.sensitive) {
            (_, true) => "******".to_owned(),
            (serde_json::Value::String(text), _) => text.clone(),
            (serde_json::Value::Null, _) => String::new(),
            (other, _) => other.to_string(),
        };
        table.row(&[&value.name, &value.value_type, shown.trim_end_matches('\n')]);
    }
    table.render()
}

/// The run that is meant; the bundle of the current directory names the installation when no flag
/// does.
fn choice(session: &Session, selection: &RunSelection) -> Result<RunChoice, Failure> {
    if selection.installation.is_none() && selection.run.is_none() {
        let name = session.porter.installation_name(&[]);
        if let Ok(name) = name {
            let namespace = selection.namespace.namespace.clone();
            return Ok(RunChoice::Installation { namespace, name });
        }
    }
    strict_choice(selection)
}

/// The run that the flags name.
pub(crate) fn strict_choice(selection: &RunSelection) -> Result<RunChoice, Failure> {
    match (&selection.installation, &selection.run) {
        (Some(_), Some(_)) => Err(Failure::usage(
            "either --installation or --run should be specified, not both",
        )),
        (None, None) => Err(Failure::usage("either --installation or --run is required")),
        (Some(name), None) => Ok(RunChoice::Installation {
            namespace: selection.namespace.namespace.clone(),
            name: name.clone(),
        }),
        (None, Some(id)) => Ok(RunChoice::Run { id: id.clone() }),
    }
}
