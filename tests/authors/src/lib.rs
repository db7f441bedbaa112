//! Mixins and cases for the tests.
#![expect(
    clippy::expect_used,
    reason = "a test helper ends the test that uses it wrongly"
)]

use std::process::Stdio;

use porter_test_harness::{Finished, TestContext};
use porter_test_sandbox::Guest;

/// Runs porter with this text on its standard input.
///
/// # Panics
/// When it cannot be started.
pub fn porter_with_input(context: &TestContext, arguments: &[&str], input: &str) -> Finished {
    context.write("../input", input);
    let file = std::fs::File::open(context.path("input")).expect("it was written");
    let mut command = context.command(arguments);
    let output = command
        .stdin(Stdio::from(file))
        .output()
        .expect("porter can be started");
    Finished::new(arguments, output)
}

/// Writes a component below the bundle directory.
pub fn component(context: &TestContext, path: &str, guest: &Guest) {
    context.write(path, guest.component());
}

/// The one JSON document on stdout.
///
/// # Panics
/// When there is none.
pub fn document(finished: &Finished) -> serde_json::Value {
    serde_json::from_str(&finished.stdout).expect("stdout has one JSON document")
}
