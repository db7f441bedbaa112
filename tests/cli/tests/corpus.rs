//! The recorded bundles through the real binary, compared with what Porter did.

use porter_cli_tests::corpus::{Deviations, Report, cases, run};
use porter_test_harness::{corpus, root};

/// Commands that differ on purpose, each with its reason.
const DEVIATIONS: [&str; 3] = [
    include_str!("../data/explain.deviations"),
    include_str!("../data/lint.deviations"),
    include_str!("../data/build.deviations"),
];

#[test]
fn authoring_commands_do_what_porter_does() {
    let Some(corpus) = corpus("bundles") else {
        return;
    };
    let deviations = DEVIATIONS.concat();
    let mut report = Report::new(Deviations::read(&deviations));
    let verbs = ["create", "lint", "build", "explain", "inspect"];
    run(&cases(&corpus), &verbs, &mut report);
    eprintln!("{}: \n{}", verbs.join(", "), report.table());
    let failing = report.failing();
    assert!(failing.is_empty(), "{}", failing.join("\n"));
}

#[test]
fn every_case_that_differs_is_documented() {
    let page = root().join("docs/compatibility.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    for line in DEVIATIONS.iter().flat_map(|list| list.lines()) {
        let Some((command, reason)) = line.split_once(": ").filter(|_| !line.starts_with('#'))
        else {
            continue;
        };
        let (case, verb) = command.split_once(' ').expect("a case and a verb");
        let is_told = page.lines().any(|row| {
            row.ends_with(&format!(" {reason} |")) && row.contains(case) && row.contains(verb)
        });
        assert!(is_told, "compatibility.md does not name `{line}`");
    }
}
