//! `porter lint`.

use porter_ops::{Finding, Level, LintRequest};

use super::{Session, document};
use crate::arguments::{Format, LintArguments};
use crate::failure::Failure;

/// Checks the bundle. As in Porter, findings do not change the exit code unless that is asked for.
pub(crate) fn run(session: &Session, arguments: &LintArguments) -> Result<(), Failure> {
    let show = match arguments.output.as_str() {
        "plaintext" => plain,
        "json" => json,
        "sarif" => sarif,
        "github" => github,
        other => return Err(Failure::usage(format!("invalid format: {other}"))),
    };
    if arguments.output != "plaintext" {
        session.printer.reserve_stdout();
    }
    let findings = session.porter.lint(&LintRequest {
        file: arguments.file.clone(),
        experimental: session.experimental.clone(),
        rules: arguments.rule.clone(),
    })?;
    show(session, &findings)?;
    let has = |level| findings.iter().any(|finding| finding.level == level);
    let is_denied = arguments.deny.is_some() && has(Level::Warning);
    let is_strict = arguments.strict || arguments.deny.is_some();
    if is_denied || (is_strict && has(Level::Error)) {
        return Err(Failure::Said(1));
    }
    Ok(())
}

/// As Porter prints them. What only our rules find goes to stderr, so that stdout is Porter's.
fn plain(session: &Session, findings: &[Finding]) -> Result<(), Failure> {
    let (infos, findings): (Vec<_>, Vec<_>) = findings
        .iter()
        .partition(|finding| finding.level == Level::Info);
    let mut text: String = findings.iter().map(|finding| finding.plain()).collect();
    if !findings.is_empty() {
        text.push('\n');
    }
    if !findings.iter().any(|finding| finding.level == Level::Error) {
        text.push_str("✨ Bundle validation was successful!\n");
    }
    session.printer.result(&text);
    for finding in infos {
        session.printer.error_line(finding.to_string().trim_end());
    }
    Ok(())
}

/// As Porter's document, with the place of each; nothing at all when there are none.
fn json(session: &Session, findings: &[Finding]) -> Result<(), Failure> {
    let counting = findings
        .iter()
        .filter(|finding| finding.level != Level::Info);
    let counting: Vec<&Finding> = counting.collect();
    if counting.is_empty() {
        return Ok(());
    }
    document(session, Format::Json, &counting)
}

fn sarif(session: &Session, findings: &[Finding]) -> Result<(), Failure> {
    let sarif = porter_ops::sarif(findings, session.porter.version());
    document(session, Format::Json, &sarif)
}

fn github(session: &Session, findings: &[Finding]) -> Result<(), Failure> {
    let text: String = findings.iter().map(Finding::annotation).collect();
    session.printer.result(&text);
    Ok(())
}
