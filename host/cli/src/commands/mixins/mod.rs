//! `porter mixins`.

pub(crate) mod adapt;
pub(crate) mod create;
pub(crate) mod diff;
pub(crate) mod eval;
pub(crate) mod feed;
pub(crate) mod install;
pub(crate) mod publish;
pub(crate) mod search;
pub(crate) mod test;
pub(crate) mod update;

use std::fmt::Write as _;

use porter_mixin::escape::escape;
use porter_ops::MixinReport;
use serde::Serialize;

use crate::arguments::{Format, MixinsInspectArguments, MixinsListArguments};
use crate::commands::{Session, document, format};
use crate::failure::Failure;
use crate::table::Table;

/// A mixin as `mixins list` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct MixinVersion {
    name: String,
    version: String,
    commit: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    author: String,
    tier: String,
}

/// Lists the mixins that a bundle can use.
pub(crate) fn list(session: &Session, arguments: &MixinsListArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let versions = versions(session)?;
    if format == Format::Plaintext {
        session.printer.result(&table(&versions));
        return Ok(());
    }
    document(session, format, &versions)
}

/// The mixins that a bundle can use.
pub(crate) fn versions(session: &Session) -> Result<Vec<MixinVersion>, Failure> {
    let reports = session.porter.mixins()?;
    Ok(reports
        .into_iter()
        .map(|report| MixinVersion {
            name: report.name,
            version: if report.version.is_empty() {
                String::new()
            } else {
                format!("v{}", report.version)
            },
            commit: report.revision,
            author: report.authors,
            tier: report.tier,
        })
        .collect())
}

/// The table of `mixins list`.
pub(crate) fn table(versions: &[MixinVersion]) -> String {
    let mut table = Table::new(&["Name", "Version", "Author", "Tier"]);
    for mixin in versions {
        table.row(&[
            &mixin.name,
            &escape(&mixin.version),
            &escape(&mixin.author),
            &mixin.tier,
        ]);
    }
    table.render()
}

/// Shows what a mixin is and what it may do.
pub(crate) fn inspect(
    session: &Session,
    arguments: &MixinsInspectArguments,
) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let report = session.porter.inspect_mixin(&arguments.mixin)?;
    if format == Format::Plaintext {
        session.printer.result(&text(&report));
        return Ok(());
    }
    document(session, format, &report)
}

fn text(report: &MixinReport) -> String {
    let mut text = String::new();
    let size = format!("{:.1} kB", report.size as f64 / 1000.0);
    let capabilities = report.capabilities.join(", ");
    let imports = report.imports.join(", ");
    let exports = report.exports.join(", ");
    let toolchain = report.toolchain.join(", ");
    let rows = [
        ("Name", report.name.as_str()),
        ("Version", &report.version),
        ("Description", &report.description),
        ("Authors", &report.authors),
        ("Licenses", &report.licenses),
        ("Source", &report.source_url),
        ("Revision", &report.revision),
        ("From", &report.source),
        ("Digest", &report.digest),
        ("Size", &size),
        ("Interface", &report.interface),
        ("Tier", &report.tier),
        ("Capabilities", &capabilities),
        ("Imports", &imports),
        ("Exports", &exports),
        ("Toolchain", &toolchain),
    ];
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{name}: {}", escape(value));
    }
    if report.tier.starts_with("native") {
        text.push_str("\nIt runs unsandboxed, with all your rights, because you allow it.\n");
        return text;
    }
    text.push_str("\nIt sees the steps and the configuration that a bundle gives it");
    text.push_str(match report.tier.as_str() {
        "reader" => ", files that porter.yaml\nlets it read, and nothing else: no environment, no network, no clock.\n",
        _ => ", and nothing else:\nno files, no environment, no network, no clock.\n",
    });
    text
}
