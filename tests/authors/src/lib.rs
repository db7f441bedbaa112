//! Mixins and cases for the tests.
#![expect(
    clippy::expect_used,
    reason = "a test helper ends the test that uses it wrongly"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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

/// Fetches the Python package that a project's Makefile names, `NAME==VERSION`, into `target/tools`.
/// pip itself keeps what it fetched only where the registry allows that.
///
/// # Panics
/// When it cannot be fetched.
pub fn fetch_wheel(project: &Path, context: &TestContext) -> Duration {
    let makefile = std::fs::read_to_string(project.join("Makefile")).expect("it has a Makefile");
    let Some(wanted) = makefile.split_whitespace().find(|word| word.contains("==")) else {
        return Duration::ZERO;
    };
    let wheels = porter_test_harness::root().join("target/tools/wheels");
    let file = wanted.replace('-', "_").replacen("==", "-", 1);
    let is_there = std::fs::read_dir(&wheels)
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with(&file));
    if is_there {
        return Duration::ZERO;
    }
    let wheels = wheels.to_string_lossy();
    let words = [
        "python3",
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "-d",
    ];
    run(project, context, &[&words[..], &[&wheels, wanted]].concat())
}

/// Runs a program in a folder to its end, with porter on its PATH, and gives what it took. What it
/// fetches from the registries of Python, npm and Zig is kept in `target/tools`.
///
/// # Panics
/// When it cannot be started or fails.
pub fn run(folder: &Path, context: &TestContext, words: &[&str]) -> Duration {
    let started = Instant::now();
    let output = command(folder, context, words).output();
    let finished = Finished::new(words, output.expect("the program can be started"));
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    started.elapsed()
}

/// Runs a line of a shell likewise and gives what it said. Projects that are built with cargo share
/// what they have in common.
///
/// # Panics
/// When it cannot be started or fails.
pub fn shell(folder: &Path, context: &TestContext, line: &str) -> String {
    let words = ["sh", "-c", line];
    let target = porter_test_harness::root().join("target/tools/cargo");
    let mut command = command(folder, context, &words);
    let output = command.env("CARGO_TARGET_DIR", target).output();
    let finished = Finished::new(&words, output.expect("the program can be started"));
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    finished.stdout + &finished.stderr
}

/// A program in a folder, with porter on its PATH.
fn command(folder: &Path, context: &TestContext, words: &[&str]) -> Command {
    let porter = porter_test_harness::porter();
    let programs = porter.parent().expect("it lies in a folder").to_path_buf();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&path)));
    let tools = porter_test_harness::root().join("target/tools");
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .current_dir(folder)
        .env("PATH", path.expect("no folder has a colon in its name"))
        .env("PORTER_HOME", context.home())
        .env("DOCKER_HOST", context.docker_host())
        .env("PIP_FIND_LINKS", tools.join("wheels"))
        .env("npm_config_cache", tools.join("npm"))
        .env("ZIG_GLOBAL_CACHE_DIR", tools.join("zig"))
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null());
    command
}
