//! Runs the recordings of one mixin and shows the table.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stdout,
    reason = "the table is what the test is read for"
)]
#![expect(
    clippy::print_stderr,
    reason = "says that there is nothing to compare with"
)]

use porter_test_mixins::{Native, recordings, run};

/// Fails when a case does, or when fewer than `at_least` were read.
pub(crate) fn check(mixin: Native, deviations: &str, at_least: usize) {
    let Some(cases) = recordings(mixin.name).unwrap() else {
        eprintln!("no recordings on this machine: set PORTER_CORPUS to their folder");
        return;
    };
    let report = run(mixin, &cases, deviations);
    println!("{}", report.table(mixin.name, "the adapter's"));
    assert!(
        cases.len() >= at_least,
        "only {} cases were read",
        cases.len()
    );
    assert!(
        report.failing.is_empty(),
        "{} of {} cases fail",
        report.failing.len(),
        cases.len()
    );
}
