//! `porter mixins test`.

use std::fmt::Write as _;

use porter_mixin::escape::{escape, escape_lines};
use porter_ops::{CallStats, CaseOutcome, CaseReport, MixinTestReport, MixinTestRequest};

use crate::arguments::{Format, MixinsTestArguments};
use crate::commands::{Session, document, format};
use crate::failure::Failure;

/// Runs the test cases of a mixin.
pub(crate) fn run(session: &Session, arguments: &MixinsTestArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let report = session.porter.test_mixin(&MixinTestRequest {
        target: arguments.mixin.clone(),
        cases: arguments.cases.clone(),
        filter: arguments.filter.clone(),
        accept: arguments.accept,
    })?;
    if format == Format::Plaintext {
        session.printer.result(&text(&report));
    } else {
        document(session, format, &report)?;
    }
    if report.count(CaseOutcome::Failed) > 0 {
        return Err(Failure::Said(1));
    }
    Ok(())
}

fn text(report: &MixinTestReport) -> String {
    // Writing into a String cannot fail.
    let mut text = String::new();
    let width = report
        .cases
        .iter()
        .map(|case| case.name.chars().count())
        .max()
        .unwrap_or(0);
    for case in &report.cases {
        let outcome = match case.outcome {
            CaseOutcome::Passed => "ok      ",
            CaseOutcome::Failed => "FAILED  ",
            CaseOutcome::Accepted => "accepted",
        };
        let name = escape(&case.name);
        let _ = writeln!(
            text,
            "{outcome}  {name:width$}  {:8}  {}",
            case.call,
            used(&case.stats)
        );
    }
    for case in &report.cases {
        if let Some(difference) = &case.difference {
            text.push_str(&details(case, difference));
        }
    }
    let load = report.load_microseconds as f64 / 1000.0;
    let _ = write!(
        text,
        "\n{}: {} passed, {} failed",
        escape(&report.mixin),
        report.count(CaseOutcome::Passed),
        report.count(CaseOutcome::Failed)
    );
    let accepted = report.count(CaseOutcome::Accepted);
    if accepted > 0 {
        let _ = write!(text, ", {accepted} accepted");
    }
    let _ = writeln!(text, "; loaded in {load:.1} ms");
    text
}

/// What was otherwise, below a title, each line indented so that none can pass for one of ours.
fn details(case: &CaseReport, difference: &str) -> String {
    let mut text = format!("\n{}", escape(&case.name));
    if !case.description.is_empty() {
        let _ = write!(text, ": {}", escape(&case.description));
    }
    text.push('\n');
    for line in escape_lines(difference).lines() {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// Time, fuel and memory of a call.
pub(super) fn used(stats: &CallStats) -> String {
    let milliseconds = stats.microseconds as f64 / 1000.0;
    let memory = stats.memory as f64 / 1024.0 / 1024.0;
    format!(
        "{milliseconds:8.3} ms  {:>10} fuel  {memory:6.2} MiB",
        stats.fuel
    )
}
