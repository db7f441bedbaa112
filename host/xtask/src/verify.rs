//! `cargo xtask test` and `cargo xtask deny`: the checks that need something set up first.

use std::process::Command;

use crate::engine;
use crate::process::{Outcome, root, run};

/// Runs every test, those that need a Docker engine included.
pub(crate) fn test() -> Outcome {
    let docker_host = engine::ready()?;
    let mut command = cargo();
    if has("nextest") {
        command.args(["nextest", "run", "--cargo-profile", "release"]);
    } else {
        command.args(["test", "--release"]);
    }
    command.args(["--workspace"]).current_dir(root());
    if let Some(host) = &docker_host {
        command.env("DOCKER_HOST", host);
    }
    run(&mut command)?;
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
