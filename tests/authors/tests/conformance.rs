//! `docs/conformance.md` names a test for each row, and each test that it names exists.
#![expect(clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::ops::RangeInclusive;

use porter_test_harness::root;

/// The rows of a group of the list.
const GROUPS: [(&str, RangeInclusive<u32>); 9] = [
    ("A", 1..=15),
    ("B", 16..=44),
    ("C", 45..=59),
    ("D", 60..=82),
    ("E", 83..=104),
    ("F", 105..=120),
    ("G", 121..=131),
    ("H", 132..=140),
    ("K", 159..=175),
];

/// A row of a table: its number and what else stands there.
struct Row {
    number: u32,
    shown_by: String,
    differs_in: String,
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("`{path}`: {error}"))
}

/// The rows below the heading of a group.
fn rows(page: &str, group: &str) -> Vec<Row> {
    let (_, section) = page.split_once(&format!("\n## {group}. ")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut found = Vec::new();
    for line in section.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, number, what, shown_by, differs_in, _] = cells[..] else {
            continue;
        };
        let Ok(number) = number.parse() else {
            continue;
        };
        assert!(
            !what.is_empty(),
            "row {number} does not say what it is about"
        );
        found.push(Row {
            number,
            shown_by: shown_by.to_owned(),
            differs_in: differs_in.to_owned(),
        });
    }
    found
}

/// The texts in backticks: a file and the name of a test in it, and so on.
fn tests(shown_by: &str) -> Vec<(&str, &str)> {
    let quoted: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
    assert_eq!(quoted.len() % 2, 0, "`{shown_by}`");
    quoted.chunks(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Whether a source has a test of this name.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let (plain, asynchronous) = (format!("fn {name}("), format!("async fn {name}("));
    lines.windows(2).any(|pair| {
        pair[0].starts_with("#[test]") && pair[1].starts_with(&plain)
            || pair[0].starts_with("#[tokio::test") && pair[1].starts_with(&asynchronous)
    })
}

#[test]
fn every_row_is_listed_and_every_test_exists() {
    let page = read("docs/conformance.md");
    let differences = read("docs/compatibility.md");
    for (group, numbers) in GROUPS {
        let rows = rows(&page, group);
        let listed: Vec<u32> = rows.iter().map(|row| row.number).collect();
        assert_eq!(listed, numbers.collect::<Vec<_>>(), "rows of group {group}");
        for row in rows {
            let number = row.number;
            let tests = tests(&row.shown_by);
            for (file, name) in &tests {
                assert!(
                    has_test(&read(file), name),
                    "row {number}: `{file}` has no test `{name}`"
                );
            }
            assert!(
                !tests.is_empty() || !row.differs_in.is_empty(),
                "row {number} is neither shown nor listed as different"
            );
            assert!(
                row.differs_in.is_empty()
                    || differences.contains(&format!("\n| {} |", row.differs_in)),
                "row {number}: compatibility.md has no line `{}`",
                row.differs_in
            );
        }
    }
}
