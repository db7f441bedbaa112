//! `porter mixins diff`.

use std::fmt::Write as _;

use porter_mixin::escape::{escape, escape_lines};
use porter_ops::{Change, MixinDiff, MixinReport, Part};

use super::test::used;
use crate::arguments::{Format, MixinsDiffArguments};
use crate::commands::{Session, document, format};
use crate::failure::Failure;

/// Characters of a value that are shown.
const SHOWN: usize = 100;

/// Shows what changes from one mixin to another.
pub(crate) fn run(session: &Session, arguments: &MixinsDiffArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let diff = session.porter.compare_mixins(
        &arguments.before,
        &arguments.after,
        arguments.cases.as_deref(),
    )?;
    if format == Format::Plaintext {
        session.printer.result(&text(&diff));
    } else {
        document(session, format, &diff)?;
    }
    if arguments.exit_code && diff.is_noticeable() {
        return Err(Failure::Said(1));
    }
    Ok(())
}

fn text(diff: &MixinDiff) -> String {
    let mut text = format!("--- {}\n+++ {}\n", title(&diff.before), title(&diff.after));
    for (part, name) in [
        (Part::Identity, "identity"),
        (Part::Interface, "interface"),
        (Part::Capabilities, "capabilities"),
        (Part::Schema, "schema"),
    ] {
        let changes = diff.changes.iter().filter(|change| change.part == part);
        section(&mut text, name, &changes.map(change).collect::<String>());
    }
    let behaviour = match diff.cases {
        None => "not compared: there are no test cases, name their folder with --cases".to_owned(),
        Some(cases) if diff.behaviour.is_empty() => format!("the same in {cases} cases"),
        Some(cases) => format!("{} of {cases} cases differ", diff.behaviour.len()),
    };
    // Writing into a String cannot fail.
    let _ = writeln!(text, "\nbehaviour: {behaviour}");
    for case in &diff.behaviour {
        let _ = writeln!(text, "  {}", escape(&case.name));
        let _ = writeln!(text, "    - {}", used(&case.before));
        let _ = writeln!(text, "    + {}", used(&case.after));
        for line in escape_lines(&case.difference).lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

fn title(report: &MixinReport) -> String {
    let title = format!("{} {} ({})", report.name, report.version, report.source);
    escape(&title)
}

fn section(text: &mut String, name: &str, changes: &str) {
    if changes.is_empty() {
        let _ = writeln!(text, "\n{name}: the same");
    } else {
        let _ = write!(text, "\n{name}\n{changes}");
    }
}

fn change(change: &Change) -> String {
    let mut text = format!("  {}\n", escape(&change.what));
    for (sign, value) in [('-', &change.before), ('+', &change.after)] {
        if let Some(value) = value {
            let _ = writeln!(text, "    {sign} {}", cut(&escape(value)));
        }
    }
    text
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let kept: String = text.chars().take(SHOWN).collect();
    format!("{kept}…")
}
