//! `porter lint`.

use std::fmt::Write as _;

use porter_mixin::escape::escape;
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
    let mut text: String = findings.iter().map(plain).collect();
    if !findings.iter().any(|finding| finding.level == Level::Error) {
        text.push_str("✨ Bundle validation was successful!\n");
    }
    session.printer.result(&text);
    Ok(())
}

/// One finding as Porter prints it, and its place.
pub(crate) fn plain(finding: &Finding) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "{}({}) - {}",
        finding.level.name(),
        escape(&finding.code),
        escape(&finding.title)
    );
    let location = &finding.location;
    if !location.mixin.is_empty() {
        let _ = writeln!(
            text,
            "{}: {} step in the {} mixin ({})",
            escape(&location.action),
            ordinal(location.step_number),
            escape(&location.mixin),
            escape(&location.step_description)
        );
    }
    for line in finding.message.lines() {
        let _ = writeln!(text, "{}", escape(line));
    }
    if let Some(place) = &finding.place {
        let _ = writeln!(text, "at {place}");
    }
    if !finding.url.is_empty() {
        let _ = writeln!(text, "See {} for more information", escape(&finding.url));
    }
    text.push_str("---\n");
    text
}

fn ordinal(number: u32) -> String {
    let suffix = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}
