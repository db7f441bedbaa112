//! Runs the recorded runtime cases (`lifecycle/0NN-…`) with our runtime, each in a temporary root
//! and with the real exec component, and compares exit, standard output and outputs.
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

use std::path::Path;
use std::process::ExitCode;

use porter_sandbox::{Compiler, Loader, Sandbox};
use serde_json::Value;

use crate::place::Place;

/// The argument by which the compiler starts this program as its child.
const CHILD: &str = "compile-child";

/// What this one test is called.
const NAME: &str = "recorded_runs";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|argument| argument == CHILD) {
        return porter_sandbox::child_main();
    }
    // What cargo-nextest asks a test program of its own making.
    if arguments.iter().any(|argument| argument == "--list") {
        if !arguments.iter().any(|argument| argument == "--ignored") {
            println!("{NAME}: test");
        }
        return ExitCode::SUCCESS;
    }
    let filter = arguments
        .into_iter()
        .find(|argument| !argument.starts_with('-') && argument != NAME);
    let Some(corpus) = porter_test_harness::corpus("lifecycle") else {
        return ExitCode::SUCCESS;
    };
    porter_runtime::leftovers::adopt();
    let code = exec_code();
    let mut failed = 0;
    let mut cases = 0;
    for folder in runtime_cases(&corpus) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        if filter
            .as_ref()
            .is_some_and(|filter| !name.contains(filter.as_str()))
        {
            continue;
        }
        cases += 1;
        let findings = run_case(&name, &folder, &code);
        println!(
            "{name} ... {}",
            if findings.is_empty() { "ok" } else { "FAILED" }
        );
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

/// Machine code of the exec component.
fn exec_code() -> porter_sandbox::Code {
    let path = porter_test_harness::root().join("target/embed/mixins/exec.wasm");
    let wasm = std::fs::read(&path).expect("run `cargo xtask mixins` first");
    let mut limits = porter_sandbox::compiler::CompileLimits::pure();
    // A compiler that is not optimised itself takes longer.
    limits.cpu = std::time::Duration::from_secs(120);
    limits.deadline = std::time::Duration::from_secs(240);
    let own = std::env::current_exe().unwrap();
    let compiler = Compiler::new(own, [CHILD]).with_limits(limits);
    Loader::new(Sandbox::new().unwrap(), compiler)
        .code("exec", &wasm)
        .unwrap()
}

fn runtime_cases(corpus: &Path) -> Vec<std::path::PathBuf> {
    let mut folders: Vec<_> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('0'))
        })
        .collect();
    folders.sort();
    folders
}

fn run_case(name: &str, folder: &Path, code: &porter_sandbox::Code) -> Vec<String> {
    let case: Value =
        serde_json::from_slice(&std::fs::read(folder.join("case.json")).unwrap()).unwrap();
    let mut findings = Vec::new();
    for (index, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        if step["run"].is_null() {
            continue;
        }
        let deviation = deviations::of(name, index);
        if let Some(deviations::Deviation::NotHere(reason)) = deviation {
            eprintln!("{name} step {index} is not run: {reason}");
            continue;
        }
        let place = match Place::prepare(folder, &step["run"], code) {
            Ok(place) => place,
            Err(problem) => {
                findings.push(format!("step {index}: {problem}"));
                continue;
            }
        };
        let ran = place.run();
        let differences = compare::differences(step, &ran, &place);
        match deviation {
            None => findings.extend(
                differences
                    .into_iter()
                    .map(|found| format!("step {index}: {found}")),
            ),
            Some(deviations::Deviation::Differs { stdout, exit, .. }) => {
                let expected = exit == ran.exit && stdout.is_none_or(|stdout| stdout == body(&ran));
                if !expected {
                    findings.push(format!(
                        "step {index}: not the deviation that is listed: {ran:?}"
                    ));
                } else if differences.is_empty() {
                    findings.push(format!(
                        "step {index}: the listed deviation is none any more"
                    ));
                }
            }
            Some(deviations::Deviation::NotHere(_)) => {}
        }
    }
    findings
}

/// Standard output without the banner and the line that tells the success.
fn body(ran: &place::Ran) -> &str {
    let body = ran.stdout.split_once('\n').map_or("", |(_, rest)| rest);
    body.strip_suffix("execution completed successfully!\n")
        .unwrap_or(body)
}
