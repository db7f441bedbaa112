//! Every recorded case of every mixin through the adapter, as Porter calls it: a process, with
//! recording programs in place of the tools.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use porter_test_harness::{porter, root};
use porter_test_mixins::all::all;
use porter_test_mixins::replay::compare::judge;
use porter_test_mixins::replay::{Site, site};
use porter_test_mixins::{recordings, report};

#[test]
fn every_mixin_has_its_recordings_compared() {
    let mut known: Vec<&str> = all().iter().map(|mixin| mixin.name).collect();
    known.sort_unstable();
    let built = site::mixins(&root()).unwrap();
    assert_eq!(
        built, known,
        "mixins of `mixins-wasm`, and those in `all.rs`"
    );
}

#[test]
fn recorded_cases_through_the_adapter() {
    let home = tempfile::tempdir().unwrap();
    let mut failing = 0;
    for mixin in all() {
        let Some(cases) = recordings(mixin.name).unwrap() else {
            eprintln!("no recordings on this machine: set PORTER_CORPUS to their folder");
            return;
        };
        let adapter = adapt(mixin.name, home.path());
        let folder = tempfile::tempdir().unwrap();
        let site = Site {
            folder: folder.path(),
            replay: Path::new(env!("CARGO_BIN_EXE_replay-cases")),
            stub: Path::new(env!("CARGO_BIN_EXE_recording-stub")),
        };
        let seen = site.replay(&adapter, &cases).unwrap();
        assert_eq!(seen.len(), cases.len(), "{}", mixin.name);
        let mut seen = seen.iter();
        let report = report::sort(&cases, &deviations(mixin.name), |case| {
            judge(mixin, case, seen.next().unwrap())
        });
        println!("{}", report.table(mixin.name, "HTTP, compared natively"));
        failing += report.failing.len();
    }
    assert_eq!(failing, 0, "cases that fail; the tables above name them");
}

/// Installs a mixin for Porter; the program that it calls.
fn adapt(mixin: &str, home: &Path) -> PathBuf {
    let output = Command::new(porter())
        .args(["mixins", "adapt", mixin, "--porter-home"])
        .arg(home)
        .env("PORTER_HOME", home.join("own"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    home.join(format!("mixins/{mixin}/{mixin}"))
}

/// Those of the mixin, and those of the adapter for this mixin.
fn deviations(mixin: &str) -> String {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let read = |name: &str| std::fs::read_to_string(data.join(name)).unwrap();
    let mut all = read(&format!("{mixin}.deviations"));
    let kinds = [
        "version",
        "schema",
        "command",
        "build",
        "lint",
        "install",
        "upgrade",
        "uninstall",
        "invoke",
    ];
    let own = |line: &&str| {
        let rest = line
            .strip_prefix(mixin)
            .and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| kinds.iter().any(|kind| rest.starts_with(kind)))
    };
    for line in read("adapter.deviations").lines().filter(own) {
        all.push_str(line);
        all.push('\n');
    }
    all
}
