//! `porter credentials show` and `porter parameters show`.

use std::fmt::Write as _;

use porter_cnab::records::Timestamp;
use porter_mixin::escape::escape;

use super::kind::{Kind, modified, time};
use super::{Session, document, format, name};
use crate::arguments::{Format, SetShowArguments};
use crate::failure::Failure;
use crate::table::Table;

/// Shows one set.
pub(super) async fn run<T: Kind>(
    session: &Session,
    arguments: &SetShowArguments,
) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let name = name::<T>(&arguments.set)?;
    let namespace = &arguments.set.namespace.namespace;
    let set: T = session.porter.show_set(namespace, name).await?;
    if format == Format::Plaintext {
        session.printer.result(&text(&set));
        return Ok(());
    }
    document(session, format, &set)?;
    if format == Format::Yaml {
        // Porter ends this one document with an empty line.
        session.printer.result("\n");
    }
    Ok(())
}

fn text<T: Kind>(set: &T) -> String {
    let now = Timestamp::now();
    let mut text = String::new();
    let mut line = |words: String| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{words}");
    };
    line(format!("Name: {}", escape(set.name())));
    if T::SHOWS_NAMESPACE {
        line(format!("Namespace: {}", escape(set.namespace())));
    }
    line(format!("Created: {}", time(set.status().created, now)));
    line(format!("Modified: {}\n", modified(set.status(), now)));
    if !set.labels().is_empty() {
        line("Labels:".to_owned());
        for (key, value) in set.labels() {
            line(format!("  {}: {}", escape(key), escape(value)));
        }
        line(String::new());
    }
    let mut table = Table::new(&["Name", "Local Source", "Source Type"]);
    for entry in set.sources() {
        table.row(&[
            &entry.name,
            &entry.source.hint,
            entry.source.strategy.name(),
        ]);
    }
    text + &table.render()
}
