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

/// Runs a program in a folder to its end, with porter on its PATH, and gives what it took.
///
/// # Panics
/// When it cannot be started or fails.
pub fn run(folder: &std::path::Path, context: &TestContext, words: &[&str]) -> std::time::Duration {
    let started = std::time::Instant::now();
    let porter = porter_test_harness::porter();
    let programs = porter.parent().expect("it lies in a folder").to_path_buf();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&path)));
    let output = std::process::Command::new(words[0])
        .args(&words[1..])
        .current_dir(folder)
        .env("PATH", path.expect("no folder has a colon in its name"))
        .env("PORTER_HOME", context.home())
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .output()
        .expect("the program can be started");
    let finished = Finished::new(words, output);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    started.elapsed()
}
