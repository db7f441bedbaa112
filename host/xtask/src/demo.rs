//! `cargo xtask demo`: the life of a real bundle, from its sources to its end.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::engine;
use crate::process::{Outcome, root};

/// How the programs report their mixin calls when asked for details: `mixin calls: 3 in 0.21 ms`.
const CALLS: &str = "mixin calls: ";
/// Beginnings of the other details, which a demo does not need.
const DETAILS: &[&str] = &[
    "container ",
    "Collecting bundle outputs",
    "Packing bundle state",
    "Unpacking bundle state",
];

/// What was counted over all commands.
#[derive(Default)]
struct Calls {
    number: u64,
    milliseconds: f64,
}

pub(crate) fn run() -> Outcome {
    let started = Instant::now();
    let demo = Demo::prepare()?;
    let mut calls = Calls::default();
    demo.porter(&mut calls, &["version"])?;
    demo.porter(&mut calls, &["mixins", "list"])?;
    demo.porter(&mut calls, &["lint"])?;
    demo.porter(&mut calls, &["build"])?;
    let install = [
        "install",
        "--param",
        "replicas=3",
        "--param",
        "signing-key=the-demo-key",
        "--label",
        "demo=yes",
    ];
    demo.porter(&mut calls, &install)?;
    demo.porter(&mut calls, &["list"])?;
    demo.porter(
        &mut calls,
        &[
            "installation",
            "outputs",
            "list",
            "--installation",
            "ledger",
        ],
    )?;
    demo.porter(&mut calls, &["upgrade", "--param", "stage=production"])?;
    demo.porter(&mut calls, &["invoke", "--action", "audit"])?;
    let show = [
        "installation",
        "outputs",
        "show",
        "report",
        "--installation",
        "ledger",
    ];
    demo.porter(&mut calls, &show)?;
    demo.porter(&mut calls, &["installation", "runs", "list", "ledger"])?;
    demo.porter(&mut calls, &["uninstall", "--delete"])?;
    println!();
    println!(
        "{} mixin calls, all of them sandboxed, took {:.2} ms together; the demo took {:.1} s",
        calls.number,
        calls.milliseconds,
        started.elapsed().as_secs_f64()
    );
    if calls.number == 0 {
        return Err("no mixin call was counted".to_owned());
    }
    Ok(())
}

struct Demo {
    porter: PathBuf,
    bundle: PathBuf,
    home: PathBuf,
    docker_host: Option<String>,
}

impl Demo {
    fn prepare() -> Outcome<Self> {
        let docker_host = engine::ready()?;
        let folder = root().join("target/demo");
        let home = folder.join("home");
        let bundle = folder.join("ledger");
        // A fresh home each time; the bundle stays, so that a second demo shows an up-to-date build.
        let _ = fs::remove_dir_all(&home);
        copy(&root().join("examples/ledger"), &bundle)?;
        let porter = root().join("target/release/porter");
        if !porter.is_file() {
            return Err(format!(
                "`{}` is missing: run `make build`",
                porter.display()
            ));
        }
        Ok(Self {
            porter,
            bundle,
            home,
            docker_host,
        })
    }

    /// Runs porter as a person would and shows what it says, less the lines that only count.
    fn porter(&self, calls: &mut Calls, arguments: &[&str]) -> Outcome {
        println!("\n$ porter {}", arguments.join(" "));
        let mut command = Command::new(&self.porter);
        command
            .args(arguments)
            .current_dir(&self.bundle)
            .env("PORTER_HOME", &self.home)
            .env("PORTER_VERBOSITY", "debug")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if let Some(host) = &self.docker_host {
            command.env("DOCKER_HOST", host);
        }
        let failed = |error| format!("cannot run `{}`: {error}", self.porter.display());
        let mut child = command.spawn().map_err(failed)?;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                match line.find(CALLS) {
                    Some(start) => calls.add(&line[start + CALLS.len()..]),
                    None if DETAILS.iter().any(|detail| line.starts_with(detail)) => {}
                    None => println!("{line}"),
                }
            }
        }
        let status = child.wait().map_err(failed)?;
        if status.success() {
            Ok(())
        } else {
            Err(format!(
                "`porter {}` failed ({status})",
                arguments.join(" ")
            ))
        }
    }
}

impl Calls {
    fn add(&mut self, text: &str) {
        let mut words = text.split_whitespace();
        let number = words.next().and_then(|word| word.parse::<u64>().ok());
        let milliseconds = words.nth(1).and_then(|word| word.parse::<f64>().ok());
        if let (Some(number), Some(milliseconds)) = (number, milliseconds) {
            self.number += number;
            self.milliseconds += milliseconds;
        }
    }
}

fn copy(from: &Path, to: &Path) -> Outcome {
    let failed = |error| format!("cannot copy `{}`: {error}", from.display());
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_file() {
            let target = to.join(entry.file_name());
            let content = fs::read(entry.path()).map_err(failed)?;
            // An unchanged file keeps its times, and the build its cache.
            if fs::read(&target).is_ok_and(|found| found == content) {
                continue;
            }
            fs::copy(entry.path(), target).map_err(failed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_add_up() {
        let mut calls = Calls::default();
        calls.add("3 in 0.25 ms");
        calls.add("2 in 0.50 ms");
        calls.add("nonsense");
        assert_eq!(calls.number, 5);
        assert!((calls.milliseconds - 0.75).abs() < 1e-9);
    }
}
