//! Running all cases of a mixin and telling what came out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::case::Case;
use crate::compare::{difference, is_adapters};
use crate::native::Native;

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    /// Cases that do what the recording says.
    pub equal: Vec<String>,
    /// Cases that differ and are listed, with the listed reason.
    pub deviating: Vec<(String, String)>,
    /// Cases about the command line of the program, which only the adapter has.
    pub adapters: Vec<String>,
    /// Everything else, with what is wrong.
    pub failing: Vec<(String, String)>,
}

impl Report {
    /// The report as a table.
    pub fn table(&self, mixin: &str) -> String {
        let mut table = String::new();
        let all =
            self.equal.len() + self.deviating.len() + self.adapters.len() + self.failing.len();
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| {mixin}: {all} recorded cases | |\n|---|---|");
        let _ = writeln!(table, "| equal | {} |", self.equal.len());
        let _ = writeln!(
            table,
            "| deviating, documented | {} |",
            self.deviating.len()
        );
        let _ = writeln!(table, "| the adapter's | {} |", self.adapters.len());
        let _ = writeln!(table, "| failing | {} |", self.failing.len());
        for (id, reason) in &self.deviating {
            let _ = writeln!(table, "| {id} | {reason} |");
        }
        for (id, reason) in &self.failing {
            let _ = writeln!(table, "| {id} | FAILING: {reason} |");
        }
        table
    }
}

/// Runs `cases` against `mixin`. `deviations` lists one `ID: reason` a line; `#` begins a comment.
pub fn run(mixin: Native, cases: &[Case], deviations: &str) -> Report {
    let mut listed = read_deviations(deviations);
    let mut report = Report::default();
    for case in cases {
        if is_adapters(case) {
            report.adapters.push(case.id.clone());
            continue;
        }
        let reason = listed.remove(case.id.as_str());
        let difference = difference(mixin, case);
        match (difference, reason) {
            (None, None) => report.equal.push(case.id.clone()),
            (Some(_), Some(reason)) => report.deviating.push((case.id.clone(), reason.to_owned())),
            (Some(difference), None) => report.failing.push((case.id.clone(), difference)),
            (None, Some(_)) => {
                report.failing.push((
                    case.id.clone(),
                    "is listed, but does not deviate".to_owned(),
                ));
            }
        }
    }
    for (id, _) in listed {
        report.failing.push((
            id.to_owned(),
            "is listed, but there is no such case here".to_owned(),
        ));
    }
    report
}

fn read_deviations(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).collect()
}
