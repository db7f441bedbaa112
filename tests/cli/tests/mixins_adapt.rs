//! Mixins of ours in the home of a Porter written in Go, called as that calls them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use porter_test_harness::TestContext;
use serde_json::Value;

fn adapt(context: &TestContext, more: &[&str]) -> PathBuf {
    let home = context.path("porter");
    let mut words = vec![
        "mixins",
        "adapt",
        "exec",
        "--porter-home",
        home.to_str().unwrap(),
    ];
    words.extend(more);
    let folder = home.join("mixins/exec");
    let finished = context.porter(&words).succeeded();
    let _ = finished.says(&format!(
        "adapted exec mixin v1.0.0 in {}",
        folder.display()
    ));
    folder
}

fn call(program: &Path, words: &[&str], input: &str) -> Output {
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input closes it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn complains(output: &Output, expected: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty());
    assert_eq!(said, expected);
}

#[test]
fn a_mixin_has_both_programs_and_its_component() {
    let context = TestContext::without_engine();
    let folder = adapt(&context, &[]);
    for program in ["exec", "runtimes/exec-runtime"] {
        let mode = fs::metadata(folder.join(program))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o700, 0o700, "{program}");
        let output = call(&folder.join(program), &["version", "--output", "json"], "");
        let version: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(version["name"], "exec");
        assert_eq!(version["version"], "v1.0.0");
    }
    let component = fs::read(folder.join("exec.wasm")).unwrap();
    assert!(component.starts_with(b"\0asm"));
    // Nothing else, and a second time is as good as the first.
    adapt(&context, &[]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
    assert_eq!(
        fs::read_dir(context.path("porter/mixins")).unwrap().count(),
        1
    );
}

#[test]
fn a_component_of_somebody_is_adapted_by_its_path() {
    let context = TestContext::without_engine();
    let folder = adapt(&context, &[]);
    let component = context.path("greet.wasm");
    fs::copy(folder.join("exec.wasm"), &component).unwrap();
    let home = context.path("porter");
    let words = [
        "mixins",
        "adapt",
        component.to_str().unwrap(),
        "--porter-home",
    ];
    let words = [&words[..], &[home.to_str().unwrap()]].concat();
    let _ = context.porter(&words).succeeded();
    let output = call(&home.join("mixins/greet/greet"), &["version"], "");
    assert!(output.stdout.starts_with(b"greet v1.0.0"));
}

#[test]
fn a_native_mixin_is_not_replaced_unless_forced() {
    let context = TestContext::without_engine();
    let folder = context.path("porter/mixins/exec");
    fs::create_dir_all(folder.join("runtimes")).unwrap();
    fs::write(folder.join("exec"), "#!/bin/sh\n").unwrap();
    let home = context.path("porter");
    let words = [
        "mixins",
        "adapt",
        "exec",
        "--porter-home",
        home.to_str().unwrap(),
    ];
    let _ = context
        .porter(&words)
        .failed()
        .complains("is a mixin that this command has not put there")
        .complains("`--force` replaces it");
    assert_eq!(fs::read(folder.join("exec")).unwrap(), b"#!/bin/sh\n");
    adapt(&context, &["--force"]);
    assert!(call(&folder.join("exec"), &["schema"], "").status.success());
}

#[test]
fn a_mixin_that_is_not_there_is_not_adapted() {
    let context = TestContext::without_engine();
    let home = context.path("porter");
    let words = [
        "mixins",
        "adapt",
        "exce",
        "--porter-home",
        home.to_str().unwrap(),
    ];
    let _ = context
        .porter(&words)
        .failed()
        .complains("mixin `exce` is not installed")
        .complains("did you mean `exec`?");
    assert!(!home.join("mixins/exce").exists());
}

#[test]
fn bad_input_is_told_with_its_place() {
    let context = TestContext::without_engine();
    let program = adapt(&context, &[]).join("exec");
    for (words, input, expected) in [
        (
            &["install"][..],
            "",
            "error: the input is no mapping of an action to its step\n",
        ),
        (
            &["install"],
            "install: [{exec: {}}, {exec: {}}]",
            "error: expected a single step, but got 2\n",
        ),
        (
            &["install"],
            "a: []\nb: []\n",
            "error: the input has several actions, but none is `install`\n",
        ),
        (
            &["install"],
            "install: [{helm3: {}}]",
            "error: the step is none of mixin `exec`\n",
        ),
        (
            &["install"],
            "install: [\n",
            "error: standard input:2:1: yaml: while parsing a node, did not find expected node content\n",
        ),
        (
            &["install"],
            "a\0b",
            "error: standard input is not UTF-8 text of at most 8388608 bytes\n",
        ),
        (
            &["install"],
            "install: [{exec: {command: [1]}}]",
            "error: `command` must be text, but is a list (exec-001 at /command)\n",
        ),
        (
            &["build"],
            "actions: [1]",
            "error: `actions` is no mapping of actions to their steps\n",
        ),
        (
            &["build"],
            "actions: {install: 1}",
            "error: the steps of action `install` are no list\n",
        ),
        (
            &["lint"],
            "- 1",
            "error: the input is no mapping with `config` and `actions`\n",
        ),
        (
            &["install", "-f", "/nowhere"],
            "",
            "error: cannot read `/nowhere`\n  caused by: No such file or directory (os error 2)\n",
        ),
    ] {
        complains(&call(&program, words, input), expected);
    }
}

#[test]
fn a_damaged_program_says_so_and_runs_nothing() {
    let context = TestContext::without_engine();
    let program = adapt(&context, &[]).join("exec");
    let whole = fs::read(&program).unwrap();
    // The native code ends before the three lengths and the magic.
    let mut bent = whole.clone();
    let inside = whole.len() - 1000;
    bent[inside] ^= 1;
    for (bytes, expected) in [
        (
            &whole[..whole.len() - 1],
            "error: there is no mixin in this program; `porter mixins adapt NAME` makes one with a mixin\n",
        ),
        (
            &bent[..],
            "error: the machine code of mixin `exec` is `sha256:",
        ),
    ] {
        let copy = context.path("damaged");
        fs::write(&copy, bytes).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
        let output = call(&copy, &["build"], "");
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn what_a_step_leaves_running_ends_with_it() {
    let context = TestContext::without_engine();
    let program = adapt(&context, &[]).join("exec");
    let mark = context.path("alive");
    let script = format!(
        "(sleep 1; touch {}) >/dev/null 2>&1 & echo begun",
        mark.display()
    );
    let step = format!("install:\n- exec:\n    command: sh\n    arguments: [-c, \"{script}\"]\n");
    let output = call(&program, &["install"], &step);
    assert_eq!(output.stdout, b"begun\n");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert!(!mark.exists());
}
