//! What came out, case by case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Case, Command};

/// Beginning of the reason of a case that needs what does not exist yet.
const WAITING: &str = "waiting: ";

/// Commands that are known to differ, one `CASE VERB: reason` a line. A reason that begins with
/// `waiting: ` says what has to exist first.
#[derive(Debug)]
pub struct Deviations<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Deviations<'a> {
    /// Reads the list; `#` begins a comment.
    ///
    /// # Panics
    /// When a line has no reason.
    pub fn read(text: &'a str) -> Self {
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let pairs = lines.map(|line| {
            line.split_once(": ")
                .unwrap_or_else(|| panic!("no reason: {line}"))
        });
        Self(pairs.collect())
    }
}

/// What came out.
#[derive(Debug)]
pub struct Report<'a> {
    listed: Deviations<'a>,
    equal: usize,
    differing: BTreeMap<String, String>,
    seen: BTreeSet<String>,
}

impl<'a> Report<'a> {
    /// Of no case yet.
    pub fn new(listed: Deviations<'a>) -> Self {
        Self {
            listed,
            equal: 0,
            differing: BTreeMap::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Notes one comparison.
    pub fn add(&mut self, case: &Case, command: &Command, difference: Option<String>) {
        self.note(
            &case.name,
            command.verb(),
            &command.argv.join(" "),
            difference,
        );
    }

    /// Notes one comparison under a name.
    pub fn note(&mut self, case: &str, verb: &str, what: &str, difference: Option<String>) {
        let id = format!("{case} {verb}");
        match difference {
            None => self.equal += 1,
            Some(difference) => {
                let all = self.differing.entry(id.clone()).or_default();
                let _ = writeln!(all, "{what}: {difference}");
            }
        }
        self.seen.insert(id);
    }

    /// What is wrong: differences that are not listed, and lines of the list that no command needs.
    pub fn failing(&self) -> Vec<String> {
        let listed = &self.listed.0;
        let mut failing = Vec::new();
        for (id, difference) in &self.differing {
            if !listed.contains_key(id.as_str()) {
                failing.push(format!("{id} differs: {difference}"));
            }
        }
        for id in listed.keys() {
            if !self.seen.contains(*id) {
                failing.push(format!("{id} is listed, but there is no such case here"));
            } else if !self.differing.contains_key(*id) {
                failing.push(format!("{id} is listed, but does not differ"));
            }
        }
        failing
    }

    /// The figures and the documented deviations.
    pub fn table(&self) -> String {
        let listed = &self.listed.0;
        let (waiting, deviating): (Vec<_>, Vec<_>) = listed
            .iter()
            .partition(|(_, reason)| reason.starts_with(WAITING));
        let mut table = String::new();
        let rows = [
            ("equal", self.equal),
            ("deviating, documented", deviating.len()),
            ("waiting", waiting.len()),
            ("failing", self.failing().len()),
        ];
        // Writing to a string cannot fail.
        for (title, count) in rows {
            let _ = writeln!(table, "| {title} | {count} |");
        }
        for (id, reason) in listed {
            let _ = writeln!(table, "| {id} | {reason} |");
        }
        table
    }
}
