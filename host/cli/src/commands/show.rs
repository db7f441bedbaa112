//! `porter show`.

use std::fmt::Write as _;

use porter_cnab::records::{InstallationView, Timestamp};
use porter_mixin::escape::escape;

use super::outputs::values;
use super::{Session, document, format};
use crate::arguments::{Format, ShowArguments};
use crate::failure::Failure;
use crate::time::ago;

/// Shows one installation.
pub(crate) async fn run(session: &Session, arguments: &ShowArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let namespace = &arguments.namespace.namespace;
    let name = session.porter.installation_name(&arguments.installation)?;
    let installation = session
        .porter
        .records()
        .await?
        .show(namespace, &name)
        .await?;
    if format == Format::Plaintext {
        session.printer.result(&text(&installation));
        return Ok(());
    }
    document(session, format, &installation)
}

fn text(view: &InstallationView) -> String {
    let now = Timestamp::now();
    let mut text = String::new();
    let mut line = |words: String| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{words}");
    };
    line(format!("Name: {}", escape(&view.name)));
    line(format!("Namespace: {}", escape(&view.namespace)));
    line(format!("Created: {}", ago(view.status.created, now)));
    line(format!("Modified: {}", ago(view.status.modified, now)));
    let bundle = &view.bundle;
    if !bundle.repository.is_empty() {
        line("\nBundle:".to_owned());
        line(format!("  Repository: {}", escape(&bundle.repository)));
        for (name, value) in [("Version", &bundle.version), ("Digest", &bundle.digest)] {
            if !value.is_empty() {
                line(format!("  {name}: {}", escape(value)));
            }
        }
    }
    if !view.labels.is_empty() {
        line("\nLabels:".to_owned());
        for (key, value) in &view.labels {
            line(format!("  {}: {}", escape(key), escape(value)));
        }
    }
    let resolved = view
        .calculated
        .resolved_parameters
        .as_deref()
        .unwrap_or_default();
    if !view.parameters.is_empty() && !resolved.is_empty() {
        line(format!(
            "\nParameters:\n{}",
            values(resolved).trim_end_matches('\n')
        ));
    }
    let sets = [
        ("Parameter Sets", &view.parameter_sets),
        ("Credential Sets", &view.credential_sets),
    ];
    for (title, names) in sets.iter().filter(|(_, names)| !names.is_empty()) {
        line(format!("\n{title}:"));
        for name in *names {
            line(format!("  - {}", escape(name)));
        }
    }
    if view.status.result_status.is_some() {
        line(status(view));
    }
    text
}

fn status(view: &InstallationView) -> String {
    let status = &view.status;
    format!(
        "\nStatus:\n  Reference: {}\n  Version: {}\n  Last Action: {}\n  Status: {}\n  Digest: {}",
        escape(&status.bundle_reference),
        escape(&status.bundle_version),
        escape(&status.action),
        view.calculated.display_installation_status,
        escape(&status.bundle_digest),
    )
}
