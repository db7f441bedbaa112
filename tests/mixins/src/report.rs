//! Running all cases of a mixin and telling what came out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::case::Case;
use crate::compare::{difference, is_adapters};
use crate::native::Native;

/// What came out of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It does what the recording says.
    Equal,
    /// It does something else.
    Differs(String),
    /// It is another runner's.
    Apart,
}

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    /// Cases that do what the recording says.
    pub equal: Vec<String>,
    /// Cases that differ and are listed, with the listed reason.
    pub deviating: Vec<(String, String)>,
    /// Cases that are another runner's.
    pub apart: Vec<String>,
    /// Everything else, with what is wrong.
    pub failing: Vec<(String, String)>,
}

impl Report {
    /// The report as a table; `apart` says whose the cases of others are.
    pub fn table(&self, mixin: &str, apart: &str) -> String {
        let mut table = String::new();
        let all = self.equal.len() + self.deviating.len() + self.apart.len() + self.failing.len();
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| {mixin}: {all} recorded cases | |\n|---|---|");
        let _ = writeln!(table, "| equal | {} |", self.equal.len());
        let _ = writeln!(
            table,
            "| deviating, documented | {} |",
            self.deviating.len()
        );
        let _ = writeln!(table, "| {apart} | {} |", self.apart.len());
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
    sort(cases, deviations, |case| {
        if is_adapters(case) {
            return Verdict::Apart;
        }
        difference(mixin, case).map_or(Verdict::Equal, Verdict::Differs)
    })
}

/// Judges `cases` and holds what comes out against the listed deviations.
pub fn sort(cases: &[Case], deviations: &str, mut judge: impl FnMut(&Case) -> Verdict) -> Report {
    let mut listed = read_deviations(deviations);
    let mut report = Report::default();
    for case in cases {
        let id = case.id.clone();
        match (judge(case), listed.remove(case.id.as_str())) {
            (Verdict::Apart, _) => report.apart.push(id),
            (Verdict::Equal, None) => report.equal.push(id),
            (Verdict::Differs(_), Some(reason)) => report.deviating.push((id, reason.to_owned())),
            (Verdict::Differs(difference), None) => report.failing.push((id, difference)),
            (Verdict::Equal, Some(_)) => {
                let reason = "is listed, but does not deviate".to_owned();
                report.failing.push((id, reason));
            }
        }
    }
    for (id, _) in listed {
        let reason = "is listed, but there is no such case here".to_owned();
        report.failing.push((id.to_owned(), reason));
    }
    report
}

fn read_deviations(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).collect()
}
