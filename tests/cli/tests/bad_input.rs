//! Bad input: one error with place, cause and hint, exit code 1, nothing half-written.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use porter_cli_tests::PRINTING;
use porter_test_harness::{Finished, TestContext};

/// Commands that read a manifest must refuse this one, saying `text` at `place`.
fn refuses(manifest: &[u8], place: &str, text: &str) {
    let context = TestContext::without_engine();
    context.write("porter.yaml", manifest);
    for arguments in [&["build"][..], &["lint"], &["install"]] {
        let started = Instant::now();
        let finished = context.porter(arguments).failed();
        assert!(started.elapsed() < Duration::from_secs(5), "{finished:?}");
        assert!(
            finished.stderr.contains(place),
            "no place {place:?}: {finished:#?}"
        );
        let finished = finished.complains(text);
        assert_eq!(
            finished.stderr.matches("error:").count(),
            1,
            "one error: {finished:#?}"
        );
    }
    untouched(&context, &["porter.yaml"]);
}

/// The bundle directory holds nothing but these.
fn untouched(context: &TestContext, expected: &[&str]) {
    let mut found: Vec<String> = fs::read_dir(context.work())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, expected);
}

fn manifest(rest: &str) -> Vec<u8> {
    format!(
        "schemaType: Bundle\nschemaVersion: 1.0.1\nname: bad\nversion: 0.1.0\n\
         registry: localhost:5000\n{rest}"
    )
    .into_bytes()
}

#[test]
fn no_manifest() {
    let context = TestContext::without_engine();
    for arguments in [&["build"][..], &["lint"]] {
        let _ = context
            .porter(arguments)
            .failed()
            .complains("could not find porter.yaml");
    }
    let _ = context
        .porter(&["install"])
        .failed()
        .complains("No bundle specified.");
    let _ = context
        .porter(&["build", "-f", "nope.yaml"])
        .failed()
        .complains("unable to access --file nope.yaml");
    untouched(&context, &[]);
}

#[test]
fn an_empty_manifest() {
    refuses(b"", "porter.yaml", "");
}

#[test]
fn a_binary_manifest() {
    refuses(b"\x7fELF\x00\x01\x02\xff\xfe", "porter.yaml", "");
}

#[test]
fn a_manifest_of_50_megabytes() {
    let mut text = manifest("mixins: [exec]\n");
    text.resize(50 * 1024 * 1024, b'#');
    refuses(&text, "porter.yaml", "");
}

#[test]
fn invalid_yaml() {
    refuses(&manifest("mixins: [exec\ninstall:\n"), "porter.yaml:", "");
}

#[test]
fn an_unknown_mixin() {
    let text = manifest(
        "mixins:\n  - exce\ninstall:\n  - exce:\n      command: ls\nuninstall:\n  - exce:\n      command: ls\n",
    );
    let context = TestContext::without_engine();
    context.write("porter.yaml", text);
    let _ = context
        .porter(&["build"])
        .failed()
        .complains("porter.yaml:7:5")
        .complains("mixin `exce` is not installed")
        .complains("did you mean `exec`?");
    untouched(&context, &["porter.yaml"]);
}

#[test]
fn an_undeclared_mixin() {
    let text = manifest(
        "mixins:\n  - exec\ninstall:\n  - helm3:\n      name: x\nuninstall:\n  - exec:\n      command: ls\n",
    );
    refuses(&text, "porter.yaml:9:5", "mixin (helm3) was not declared");
}

#[test]
fn a_step_with_two_keys() {
    let text = manifest(
        "mixins:\n  - exec\ninstall:\n  - exec:\n      command: ls\n    other:\n      a: b\nuninstall:\n  - exec:\n      command: ls\n",
    );
    refuses(
        &text,
        "porter.yaml:",
        "malformed step, possibly incorrect indentation",
    );
}

#[test]
fn a_wrong_type_in_a_step_points_into_the_manifest() {
    let context = TestContext::new();
    context.manifest(
        "install:\n  - exec:\n      command: ls\n      arguments:\n        - fine\n        - {not: \
         text}\nuninstall:\n  - exec:\n      command: ls\n",
    );
    let finished = context.porter(&["build"]).failed();
    let said = format!("{}{}", finished.stdout, finished.stderr);
    assert!(said.contains("porter.yaml:13:11"), "{finished:#?}");
    untouched(&context, &["porter.lock", "porter.yaml"]);
}

#[test]
fn a_template_that_names_nothing() {
    let text = manifest(
        "mixins:\n  - exec\nparameters:\n  - name: colour\n    type: string\n    default: red\ninstall:\n  - exec:\n      \
         command: ls\n      arguments: ['${ bundle.parameters.color }']\nuninstall:\n  - exec:\n      command: ls\n",
    );
    refuses(
        &text,
        "porter.yaml:15:20",
        "did you mean `bundle.parameters.colour`?",
    );
}

#[test]
fn a_missing_dockerfile() {
    let context = TestContext::new();
    context.manifest(&format!("dockerfile: nope.Dockerfile\n{PRINTING}"));
    let _ = context
        .porter(&["build"])
        .failed()
        .complains("porter.yaml:8:13")
        .complains("the Dockerfile specified in the manifest doesn't exist: \"nope.Dockerfile\"");
    assert!(!context.work().join(".cnab").exists());
}

#[test]
fn no_engine() {
    let context = TestContext::without_engine();
    context.manifest(PRINTING);
    let finished = context.porter(&["build"]).failed().complains("hint:");
    assert!(
        finished.stderr.contains("no-engine.sock"),
        "it says what was tried: {finished:#?}"
    );
    assert!(!context.work().join(".cnab").exists());
}

#[test]
fn a_read_only_home() {
    let context = TestContext::new();
    context.manifest(PRINTING);
    // Permission bits do not stop root, a read-only mount does.
    let script = "mkdir -p \"$PORTER_HOME\" && mount -t tmpfs -o ro none \"$PORTER_HOME\" && exec \"$0\" \"$@\"";
    let finished = in_namespace(&context, script, &["list"]).failed();
    let home = context.home().display().to_string();
    assert!(
        finished.stderr.contains(&home),
        "it names the home: {finished:#?}"
    );
    let finished = in_namespace(&context, script, &["install"]).failed();
    assert!(
        finished.stderr.contains(&home),
        "it names the home: {finished:#?}"
    );
}

#[test]
fn a_full_disk() {
    let context = TestContext::new();
    context.manifest(PRINTING);
    // Room for the bundle directory of a build, not for the store; then not even for the build.
    let home = "mkdir -p \"$PORTER_HOME\" && mount -t tmpfs -o size=64k none \"$PORTER_HOME\" && exec \"$0\" \"$@\"";
    let finished = in_namespace(&context, home, &["install"]).failed();
    assert!(!finished.stderr.contains("panicked"), "{finished:#?}");
    let work = "cp porter.yaml /tmp/porter-full-disk.yaml; mount -t tmpfs -o size=256k none \"$PWD\" && cd \"$PWD\" && \
                cp /tmp/porter-full-disk.yaml porter.yaml && \"$0\" \"$@\"; code=$?; ls -A; exit $code";
    let finished = in_namespace(&context, work, &["build"])
        .failed()
        .complains("cannot write");
    assert!(
        !finished.stdout.contains(".cnab"),
        "nothing half-written: {finished:#?}"
    );
    let _ = fs::remove_file("/tmp/porter-full-disk.yaml");
}

/// Runs porter after a script in a mount namespace of its own.
fn in_namespace(context: &TestContext, script: &str, arguments: &[&str]) -> Finished {
    let porter = context.command(arguments);
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", script]);
    command
        .arg(porter.get_program())
        .args(porter.get_args())
        .current_dir(context.work());
    for (name, value) in porter.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output().unwrap();
    Finished::new(arguments, output)
}

#[test]
fn a_home_of_somebody_else_is_not_touched() {
    let context = TestContext::without_engine();
    fs::write(context.home(), "a file, not a folder").unwrap();
    let finished = context.porter(&["list"]).failed();
    assert!(finished.stderr.contains("home"), "{finished:#?}");
    assert_eq!(
        fs::read_to_string(context.home()).unwrap(),
        "a file, not a folder"
    );
}

#[test]
fn a_damaged_store_and_a_damaged_lock() {
    let context = TestContext::new();
    fs::create_dir(context.home()).unwrap();
    fs::set_permissions(context.home(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(context.home().join("porter.db"), vec![0x55; 8192]).unwrap();
    let finished = context.porter(&["list"]).failed();
    let _ = finished.complains("porter.db");
    context.manifest(PRINTING);
    context.write("porter.lock", "{");
    let _ = context.porter(&["build"]).failed().complains("porter.lock");
    assert_eq!(
        fs::read_to_string(context.work().join("porter.lock")).unwrap(),
        "{"
    );
}

#[test]
fn a_hostile_mixin_is_refused_by_name() {
    let context = TestContext::new();
    let folder = context.home().join("mixins/evil");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("evil.wasm"), b"\0asm\x01\0\0\0").unwrap();
    context.write(
        "porter.yaml",
        "schemaVersion: 1.0.1\nname: x\nversion: 0.1.0\nregistry: localhost:5000\nmixins:\n  - evil\n\
         install:\n  - evil:\n      a: b\nuninstall:\n  - evil:\n      a: b\n",
    );
    for arguments in [&["build"][..], &["lint"], &["mixins", "inspect", "evil"]] {
        let _ = context.porter(arguments).failed().complains("evil");
    }
    let _ = context
        .porter(&["mixins", "list"])
        .succeeded()
        .says("exec")
        .complains("evil");
}

#[test]
fn usage_errors_are_one_line_and_exit_with_1() {
    let context = TestContext::without_engine();
    let _ = context
        .porter(&["build", "--bogus"])
        .failed()
        .complains("--bogus");
    let _ = context.porter(&["bogus"]).failed().complains("bogus");
    let _ = context
        .porter(&["list", "-o", "xml"])
        .failed()
        .complains("invalid format: xml");
    let _ = context
        .porter(&["build", "--version", "x"])
        .failed()
        .complains("invalid bundle version: \"x\" is not a valid semantic version");
    let _ = context
        .porter(&["version", "-o", "yaml"])
        .failed()
        .complains("unsupported format, yaml. Supported formats are: json and plaintext");
}
