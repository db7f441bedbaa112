//! The mixins in one process: loading and calling them.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::process::{Outcome, output, root};

/// A column: what the probe calls it, its head, by what to divide, and the unit.
const COLUMNS: [(&str, &str, f64, &str); 6] = [
    ("size", "component (≤ 200 KB)", 1000.0, "KB"),
    ("compile", "compile, once", 1000.0, "ms"),
    ("cached-load", "cached load (≤ 1 ms)", 1000.0, "ms"),
    ("first-plan", "first call of a process", 1.0, "µs"),
    ("fresh-plan", "further call, fresh (≤ 60 µs)", 1.0, "µs"),
    ("memory", "memory of a call (≤ 4 MB)", 1e6, "MB"),
];

/// A row for each built-in mixin, and what a bundle that uses all of them takes.
pub(super) fn tables() -> Outcome<String> {
    let folder = root().join("target/embed/mixins");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(|error| format!("cannot list `{}`: {error}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let sealed = root().join("target/sealed.wasm");
    probe(Command::new(program()).arg("sealed").arg(&sealed))?;
    files.push(sealed);
    let mut table = String::from("\n| mixin |");
    for (_, head, ..) in COLUMNS {
        table.push_str(&format!(" {head} |"));
    }
    table.push_str("\n|---|---|---|---|---|---|---|\n");
    for file in &files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        // What the smallest component of tier sealed costs, WASI being there.
        let (shown, case) = match &*name {
            "sealed" => ("(tier sealed, nothing but WASI)", "exec"),
            name => (name, name),
        };
        let case = cases().join(case).with_extension("json");
        let text = probe(Command::new(program()).arg("bench").arg(file).arg(case))?;
        // Writing into a String cannot fail.
        let _ = write!(table, "| {shown} |");
        for (key, _, by, unit) in COLUMNS {
            let _ = write!(table, " {:.1} {unit} |", value(&text, key)? / by);
        }
        table.push('\n');
    }
    let text = probe(
        Command::new(program())
            .arg("bundle")
            .arg(&folder)
            .arg(cases()),
    )?;
    let _ = writeln!(
        table,
        "\nThe plans of {} steps over {} mixins take {:.1} ms in one process, {:.1} ms of it for \
         opening the cache and loading the mixins.",
        value(&text, "steps")?,
        value(&text, "mixins")?,
        value(&text, "all")? / 1000.0,
        (value(&text, "all")? - value(&text, "planning")?) / 1000.0,
    );
    Ok(table)
}

/// Steps as authors write them, a file per mixin.
fn cases() -> PathBuf {
    root().join("tests/sandbox/data/bench")
}

fn program() -> PathBuf {
    root().join("target/release/sandbox-probe")
}

/// Builds the probe.
pub(super) fn build() -> Outcome {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    crate::process::run(
        Command::new(cargo)
            .args(["build", "--quiet", "--release"])
            .args(["--package", "porter-test-sandbox", "--bin", "sandbox-probe"])
            .env("CARGO_TARGET_DIR", root().join("target"))
            .current_dir(root()),
    )
}

fn probe(command: &mut Command) -> Outcome<String> {
    output(command.current_dir(root()).stderr(Stdio::inherit()))
}

fn value(text: &str, key: &str) -> Outcome<f64> {
    let number = |line: &str| {
        let number = line.strip_prefix(key)?.strip_prefix('=')?;
        number.trim().parse().ok()
    };
    text.lines()
        .find_map(number)
        .ok_or_else(|| format!("the probe did not say `{key}`: {text}"))
}
