//! The recorded bundles through the real binary, compared with what Porter did.
#![expect(
    clippy::print_stderr,
    reason = "the table of the cases is what one wants to see"
)]

use porter_cli_tests::corpus::{Deviations, Report, cases, run};
use porter_test_harness::corpus;

/// Runs the commands and fails on anything that is not listed with a reason.
fn compares(verbs: &[&str], deviations: &str) {
    let Some(corpus) = corpus("bundles") else {
        return;
    };
    let mut report = Report::new(Deviations::read(deviations));
    run(&cases(&corpus), verbs, &mut report);
    eprintln!("{}: \n{}", verbs.join(", "), report.table());
    let failing = report.failing();
    assert!(failing.is_empty(), "{}", failing.join("\n"));
}

#[test]
fn explain_and_inspect_show_what_porter_shows() {
    compares(
        &["explain", "inspect"],
        include_str!("../data/explain.deviations"),
    );
}

#[test]
fn lint_finds_what_porter_finds() {
    compares(&["lint"], include_str!("../data/lint.deviations"));
}

#[test]
fn build_makes_what_porter_makes() {
    compares(&["build"], include_str!("../data/build.deviations"));
}
