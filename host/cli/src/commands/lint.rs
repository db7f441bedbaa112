//! `porter lint`.

use porter_ops::{Finding, Level};

use super::{Session, document};
use crate::arguments::{Format, LintArguments};
use crate::failure::Failure;

/// Checks the bundle. As in Porter, findings do not change the exit code.
pub(crate) fn run(session: &Session, arguments: &LintArguments) -> Result<(), Failure> {
    let format = match arguments.output.as_str() {
        "plaintext" => Format::Plaintext,
        "json" => Format::Json,
        other => return Err(Failure::usage(format!("invalid format: {other}"))),
    };
    if format == Format::Json {
        session.printer.reserve_stdout();
    }
    let findings = session
        .porter
        .lint(arguments.file.as_deref(), &session.experimental)?;
    if format == Format::Json {
        return if findings.is_empty() {
            Ok(())
        } else {
            document(session, format, &findings)
        };
    }
    let mut text: String = findings.iter().map(Finding::plain).collect();
    if !findings.iter().any(|finding| finding.level == Level::Error) {
        text.push_str("✨ Bundle validation was successful!\n");
    }
    session.printer.result(&text);
    Ok(())
}
