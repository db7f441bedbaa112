//! `cargo xtask test` and `cargo xtask deny`: the checks that need something set up first.

use std::process::Command;

use crate::engine;
use crate::process::{Outcome, root, run};

/// Runs every test, those that need a Docker engine included, and leaves nothing on the engine.
pub(crate) fn test() -> Outcome {
    run_tests(&[])
}

/// Holds our mixins against the recordings of Porter's: each called natively, and as the process
/// that Porter calls. The tables are shown.
pub(crate) fn corpus() -> Outcome {
    run(cargo()
        .args(["test", "--release", "--package", "porter-test-mixins"])
        .args(["--tests", "--no-fail-fast"])
        .args(["--", "--nocapture"])
        .current_dir(root()))
}

/// Runs the tests that can try more than a moment allows: kills, mutations, generated inputs.
pub(crate) fn soak() -> Outcome {
    run_tests(&[
        ("PORTER_SOAK_KILLS", "100"),
        ("PORTER_SOAK_MUTATIONS", "200000"),
        ("PROPTEST_CASES", "20000"),
    ])
}

fn run_tests(environment: &[(&str, &str)]) -> Outcome {
    let docker_host = engine::ready()?;
    let holdings = docker_host
        .as_deref()
        .map(engine::Holdings::of)
        .transpose()?;
    let mut command = cargo();
    if has("nextest") {
        command.args(["nextest", "run", "--cargo-profile", "release"]);
    } else {
        // Without the examples in comments: compiling each takes longer than all tests.
        command.args(["test", "--release", "--tests"]);
    }
    command
        .args(["--workspace", "--no-fail-fast"])
        .current_dir(root());
    command.envs(environment.iter().copied());
    if let Some(host) = &docker_host {
        command.env("DOCKER_HOST", host);
    }
    let result = run(&mut command);
    if let Some(holdings) = holdings {
        holdings.restore()?;
    }
    result?;
    // The mixins' own logic, tested natively.
    run(cargo()
        .args(["test", "--workspace"])
        .current_dir(root().join("mixins-wasm")))
}

/// Licences, advisories, and the owners of heavy dependencies.
pub(crate) fn deny() -> Outcome {
    let tools = root().join("target/tools");
    let own = tools.join("bin/cargo-deny");
    if !has("deny") && !own.is_file() {
        eprintln!("installing cargo-deny into target/tools (about 5 minutes, once)");
        run(cargo()
            .args(["install", "--locked", "--root"])
            .arg(&tools)
            .arg("cargo-deny")
            .env("CARGO_TARGET_DIR", tools.join("build")))?;
        let _ = std::fs::remove_dir_all(tools.join("build"));
    }
    let deny = |arguments: &[&str]| {
        let mut command = if own.is_file() {
            Command::new(&own)
        } else {
            cargo()
        };
        if !own.is_file() {
            command.arg("deny");
        }
        command.args(arguments).current_dir(root());
        command
    };
    run(&mut deny(&["check", "bans", "licenses", "sources"]))?;
    // The advisory database is a repository of its own: where it cannot be had, say so.
    if run(&mut deny(&["fetch", "db"])).is_err() {
        eprintln!(
            "warning: the advisory database cannot be fetched here; advisories were not checked"
        );
        return Ok(());
    }
    run(&mut deny(&["check", "advisories"]))
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn has(subcommand: &str) -> bool {
    cargo()
        .args([subcommand, "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}
