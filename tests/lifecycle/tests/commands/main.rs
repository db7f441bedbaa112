//! Runs the recorded sequences of commands (`lifecycle/1NN-…`, `storage-…`) with the real porter
//! binary, against the engine, and compares exit code, stdout and stderr of each command.
//!
//! Every case is either run or waits for something that is named.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up has failed"
)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test harness reports to the person who runs it"
)]

mod compare;
mod deviations;
mod place;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use crate::place::Place;

/// What this one test is called.
const NAME: &str = "recorded_commands";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // What cargo-nextest asks a test program of its own making.
    if arguments.iter().any(|argument| argument == "--list") {
        if !arguments.iter().any(|argument| argument == "--ignored") {
            println!("{NAME}: test");
        }
        return ExitCode::SUCCESS;
    }
    let filter = std::env::var("PORTER_CASE").ok().or_else(|| {
        let mut words = arguments.into_iter();
        words.find(|argument| !argument.starts_with('-') && argument != NAME)
    });
    let Some(corpus) = porter_test_harness::corpus("lifecycle") else {
        return ExitCode::SUCCESS;
    };
    let (mut cases, mut failed) = (0, 0);
    for folder in recorded(&corpus) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        if filter
            .as_ref()
            .is_some_and(|filter| !name.contains(filter.as_str()))
        {
            continue;
        }
        if let Some(reason) = deviations::waits(&name) {
            eprintln!("{name} waits: {reason}");
            continue;
        }
        cases += 1;
        let findings = run(&name, &folder, &corpus);
        let verdict = if findings.is_empty() { "ok" } else { "FAILED" };
        println!("{name} ... {verdict}");
        findings.iter().for_each(|finding| println!("  {finding}"));
        failed += usize::from(!findings.is_empty());
    }
    println!("{cases} cases, {failed} failed");
    if failed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn recorded(corpus: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with('1') || name.starts_with("storage-")
        })
        .collect();
    folders.sort();
    folders
}

fn run(name: &str, folder: &Path, corpus: &Path) -> Vec<String> {
    let text = std::fs::read(folder.join("case.json")).unwrap();
    let case: Value = serde_json::from_slice(&text).unwrap();
    let place = Place::new(corpus, case["bundle"].as_str());
    let mut findings = Vec::new();
    for (index, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        let deviation = deviations::of(name, index);
        if step["argv"].is_null() {
            if !place.prepare(step) {
                eprintln!("{name} step {index} is not compared: it looks into Porter's own store");
            }
            continue;
        }
        let ran = place.run(step);
        let differences = compare::differences(step, &ran, deviation);
        findings.extend(
            differences
                .iter()
                .map(|found| format!("step {index}: {found}\n{ran:#?}")),
        );
    }
    findings
}
