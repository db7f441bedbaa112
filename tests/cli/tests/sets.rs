//! Credential and parameter sets. Tests of the compatibility reference's list carry its numbers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use porter_test_harness::{Finished, TestContext, porter};

/// Tells the values it is given, and of a credential its length.
const TELLING: &str = "
parameters:
  - name: who
    type: string
    default: default
  - name: token
    type: string
    sensitive: true
    default: none
  - name: file
    type: file
    path: /cnab/app/given.txt
    default: ''
credentials:
  - name: key
    env: KEY
    required: false
install:
  - exec: &tell
      command: sh
      arguments:
        - -c
        - 'echo who=$0; echo key=$(printf %s \"$KEY\" | wc -c) file=$(wc -c < /cnab/app/given.txt)'
        - '${ bundle.parameters.who }'
upgrade:
  - exec: *tell
uninstall:
  - exec: *tell
";

fn telling() -> TestContext {
    let context = TestContext::new();
    context.manifest(TELLING);
    let _ = context.porter(&["build"]).succeeded();
    context
}

/// Applies a set of one entry.
fn apply(context: &TestContext, kind: &str, name: &str, entry: &str, source: &str) {
    apply_in(context, kind, "", name, entry, source);
}

fn apply_in(
    context: &TestContext,
    kind: &str,
    namespace: &str,
    name: &str,
    entry: &str,
    source: &str,
) {
    let version = if kind == "credentials" {
        "1.0.1"
    } else {
        "1.1.0"
    };
    let file = context.path("set.yaml");
    let text = format!(
        "schemaVersion: {version}\nname: {name}\n{kind}:\n  - name: {entry}\n    source: {source}\n"
    );
    fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let _ = context
        .porter(&[kind, "apply", &file, "-n", namespace])
        .succeeded()
        .says(&format!("Applied {namespace}/{name} "));
}

#[test]
fn conformance_121_and_125_the_command_line_comes_before_sets_before_earlier_runs() {
    let context = telling();
    apply(
        &context,
        "parameters",
        "first",
        "who",
        "{value: from-first}",
    );
    apply(
        &context,
        "parameters",
        "second",
        "who",
        "{command: printf from-second}",
    );
    let run = |words: &[&str], who: &str| {
        let _ = context
            .porter(words)
            .succeeded()
            .says(&format!("who={who}\n"));
    };
    run(
        &["install", "a", "-p", "first", "--param", "who=cli"],
        "cli",
    );
    // The set is recorded and beats what is kept of the command line.
    run(&["upgrade", "a"], "from-first");
    run(
        &["upgrade", "a", "-p", "first", "-p", "second"],
        "from-second",
    );
    run(&["upgrade", "a"], "from-second");
    let _ = context
        .porter(&["show", "a"])
        .succeeded()
        .says("Parameter Sets:\n  - first\n  - second\n");
    run(&["install", "b", "--param", "who=kept"], "kept");
    run(&["upgrade", "b"], "kept");
    run(&["install", "c"], "default");
    // A file serves one run.
    context.write("../p.yaml", "schemaVersion: 1.1.0\nname: p\nparameters:\n  - name: who\n    source: {value: from-file}\n");
    let path = context.path("p.yaml").display().to_string();
    run(&["upgrade", "c", "-p", &path], "from-file");
    run(&["upgrade", "c"], "default");
}

#[test]
fn a_path_of_a_file_parameter_stands_for_the_file() {
    let context = telling();
    context.write("../given.txt", "twelve bytes");
    let source = format!("{{path: '{}'}}", context.path("given.txt").display());
    apply(&context, "parameters", "p", "file", &source);
    let _ = context
        .porter(&["install", "-p", "p"])
        .succeeded()
        .says("file=12\n");
    fs::remove_file(context.path("given.txt")).unwrap();
    let _ = context
        .porter(&["upgrade"])
        .failed()
        .complains("unable to process provided parameter sets")
        .complains("unable to resolve parameter p.file from path");
}

#[test]
fn conformance_122_and_123_the_last_set_and_the_nearest_namespace_win() {
    let context = telling();
    apply_in(
        &context,
        "credentials",
        "",
        "c",
        "key",
        "{value: '7777777'}",
    );
    apply_in(&context, "credentials", "dev", "c", "key", "{value: '333'}");
    apply_in(&context, "credentials", "", "d", "key", "{env: FOUR}");
    let run = |words: &[&str], length: usize| {
        let output = context.command(words).env("FOUR", "4444").output().unwrap();
        let _ = Finished::new(words, output)
            .succeeded()
            .says(&format!("key={length} "));
    };
    run(&["install", "a", "-c", "c"], 7);
    run(&["install", "a", "-n", "dev", "-c", "c"], 3);
    run(&["install", "b", "-c", "c", "-c", "d"], 4);
    run(&["install", "e", "-c", "d", "-c", "c"], 7);
    // Found in the global namespace from another one; the same sets again at the next run.
    run(&["install", "b", "-n", "dev", "-c", "d"], 4);
    run(&["upgrade", "b", "-n", "dev"], 4);
    let _ = context
        .porter(&["upgrade", "b", "-n", "dev", "-c", "nope"])
        .failed()
        .complains(
            "could not find credential set named nope in the dev namespace or global namespace",
        )
        .complains("nope not found");
    run(&["uninstall", "b", "-n", "dev"], 4);
    // A set of another namespace is not there.
    let _ = context
        .porter(&["upgrade", "a", "-n", "dev", "--cred", "only-prod"])
        .failed()
        .complains("Flag --cred has been deprecated, please use credential-set instead.");
}

#[test]
fn conformance_124_and_129_what_a_set_gives_and_the_bundle_does_not_know() {
    let context = telling();
    apply(&context, "parameters", "extra", "unknown", "{value: x}");
    apply(&context, "credentials", "extra", "unknown", "{value: x}");
    apply(
        &context,
        "credentials",
        "unset",
        "key",
        "{env: NOT_SET_ANYWHERE}",
    );
    apply(
        &context,
        "parameters",
        "unset",
        "who",
        "{env: NOT_SET_ANYWHERE}",
    );
    for flags in [&["--param", "unknown=x"][..], &["-p", "extra"]] {
        let words = [&["install", "a"][..], flags].concat();
        let _ = context
            .porter(&words)
            .failed()
            .complains("parameter unknown not defined in bundle");
    }
    let _ = context
        .porter(&["install", "a", "-p", "unset"])
        .failed()
        .complains("unable to process provided parameter sets")
        .complains("unable to resolve parameter unset.who from env NOT_SET_ANYWHERE: environment variable env is not defined");
    let _ = context
        .porter(&["install", "a", "-c", "unset"])
        .failed()
        .complains("could not resolve credentials before running the bundle")
        .complains("environment variable env is not defined");
    // Nothing was recorded by all that failed.
    let listed = context.porter(&["list", "-o", "json"]).succeeded();
    assert_eq!(listed.stdout, "[]\n");
    let _ = context
        .porter(&["install", "a", "-c", "extra"])
        .succeeded()
        .says("key=0 ");
}

#[test]
fn conformance_126_values_of_sets_are_never_stored_in_clear() {
    let context = telling();
    apply(
        &context,
        "credentials",
        "c",
        "key",
        "{value: planted-credential-5c1}",
    );
    apply(
        &context,
        "parameters",
        "p",
        "token",
        "{value: planted-parameter-9d2}",
    );
    fs::create_dir_all(context.home().join("secrets")).unwrap();
    let _ = context
        .porter(&["install", "-c", "c", "-p", "p"])
        .succeeded()
        .says("key=22 ");
    fs::remove_file(context.path("set.yaml")).unwrap();
    for secret in ["planted-credential-5c1", "planted-parameter-9d2"] {
        let found = TestContext::holding(&context.home(), secret.as_bytes());
        assert_eq!(
            found,
            Vec::<std::path::PathBuf>::new(),
            "{secret} lies in clear"
        );
    }
    // Whoever asks for a set sees it, as in Porter.
    let _ = context
        .porter(&["credentials", "show", "c"])
        .succeeded()
        .says("planted-credential-5c1");
}

#[test]
fn a_secret_comes_from_a_file_in_the_home_too() {
    let context = telling();
    apply(&context, "credentials", "c", "key", "{secret: stored}");
    let _ = context
        .porter(&["install", "-c", "c"])
        .failed()
        .complains("secret `stored` does not exist in the secret store");
    fs::create_dir_all(context.home().join("secrets")).unwrap();
    fs::write(context.home().join("secrets/stored"), "12345").unwrap();
    let _ = context
        .porter(&["install", "-c", "c"])
        .succeeded()
        .says("key=5 ");
    apply(
        &context,
        "credentials",
        "c",
        "key",
        "{secret: ../secret.key}",
    );
    let _ = context
        .porter(&["upgrade"])
        .failed()
        .complains("secret `../secret.key` does not exist");
}

#[test]
fn conformance_130_a_source_has_one_strategy() {
    let context = TestContext::without_engine();
    context.write(
        "set.yaml",
        "schemaVersion: 1.0.1\nname: two\ncredentials:\n  - name: a\n    source:\n      env: X\n      value: y\n",
    );
    let _ = context
        .porter(&["credentials", "apply", "set.yaml"])
        .failed()
        .complains("could not load set.yaml:6:7 as a credential set")
        .complains("multiple key/value pairs specified for source but only one may be defined");
    let listed = context
        .porter(&["credentials", "list", "-o", "json"])
        .succeeded();
    assert_eq!(listed.stdout, "[]\n");
}

#[test]
fn conformance_131_a_set_in_use_is_not_deleted() {
    let context = telling();
    for kind in ["credentials", "parameters"] {
        let (entry, source) = match kind {
            "credentials" => ("key", "{value: k}"),
            _ => ("who", "{value: w}"),
        };
        apply(&context, kind, "used", entry, source);
    }
    let _ = context
        .porter(&["install", "one", "-n", "dev", "-c", "used", "-p", "used"])
        .succeeded();
    for (kind, word) in [("credentials", "credential"), ("parameters", "parameter")] {
        let _ = context
            .porter(&[kind, "delete", "used"])
            .failed()
            .complains(&format!(
                "{word} set used is in use by the following installation(s): dev/one; if you are \
                 sure it should be deleted, retry the last command with the --force flag"
            ));
        let _ = context.porter(&[kind, "show", "used"]).succeeded();
        let _ = context
            .porter(&[kind, "delete", "used", "--force"])
            .succeeded();
        let _ = context
            .porter(&[kind, "show", "used"])
            .failed()
            .complains("used not found");
        let _ = context.porter(&[kind, "delete", "used"]).succeeded();
    }
    let _ = context
        .porter(&["upgrade", "one", "-n", "dev"])
        .failed()
        .complains("unable to process provided parameter sets")
        .complains("used not found");
}

#[test]
fn templates_can_be_applied_as_they_are() {
    let context = TestContext::without_engine();
    for (kind, set) in [("credentials", "mycreds"), ("parameters", "myparams")] {
        for file in ["set.yaml", "set.json"] {
            let _ = context.porter(&[kind, "create", file]).succeeded();
            let written = fs::read_to_string(context.work().join(file)).unwrap();
            let format = &file[4..];
            let printed = context
                .porter(&[kind, "create", "--output", format])
                .succeeded();
            assert_eq!(written, printed.stdout);
            let _ = context
                .porter(&[kind, "apply", file, "-n", "dev"])
                .succeeded();
            fs::remove_file(context.work().join(file)).unwrap();
        }
        let _ = context
            .porter(&[kind, "show", set, "-n", "dev"])
            .succeeded()
            .says("from-a-command");
        let _ = context
            .porter(&[kind, "create", "set.txt"])
            .failed()
            .complains("could not detect the file format from the file extension (.txt). Specify the format with --output");
        let _ = context
            .porter(&[kind, "create", "--output", "toml"])
            .failed()
            .complains("unsupported format toml. Supported formats are: yaml and json");
    }
}

#[test]
fn edit_stores_what_the_editor_leaves() {
    let context = TestContext::without_engine();
    apply(&context, "credentials", "c", "key", "{value: old-planted}");
    let edit = |editor: &str| {
        let words = ["credentials", "edit", "c"];
        let output = context
            .command(&words)
            .env("EDITOR", editor)
            .env("SHELL", "/bin/sh")
            .env("XDG_RUNTIME_DIR", context.path(""))
            .output()
            .unwrap();
        Finished::new(&words, output)
    };
    let _ = edit("sed -i s/old-planted/new-planted/").succeeded();
    let shown = context
        .porter(&["credentials", "show", "c"])
        .succeeded()
        .says("new-planted");
    for (editor, complaint) in [
        ("false", "unable to open editor to edit credentials"),
        (
            "sed -i 's/name: c$/name: other/'",
            "the name and the namespace of credential set /c cannot be changed",
        ),
        ("sed -i s/value:/vault:/", "vault is not a valid source"),
    ] {
        let finished = edit(editor).failed().complains(complaint);
        assert!(!finished.stderr.contains("new-planted"), "{finished:?}");
    }
    let again = context.porter(&["credentials", "show", "c"]).succeeded();
    assert_eq!(again.stdout, shown.stdout);
    // Nothing is left of the file.
    let left = TestContext::holding(&context.path(""), b"new-planted");
    assert_eq!(left, Vec::<std::path::PathBuf>::new());
}

const ASKING: &str = "
parameters:
  - name: who
    type: string
credentials:
  - name: key
    env: KEY
  - name: spare
    env: SPARE
    required: false
install:
  - exec:
      command: 'true'
upgrade:
  - exec:
      command: 'true'
uninstall:
  - exec:
      command: 'true'
";

#[test]
fn generate_asks_nobody_where_there_is_no_terminal() {
    let context = TestContext::new();
    context.manifest(ASKING);
    let _ = context.porter(&["build"]).succeeded();
    for (kind, word) in [
        ("credentials", "credentialset"),
        ("parameters", "parameter set"),
    ] {
        let _ = context
            .porter(&[kind, "generate", "made"])
            .failed()
            .complains("asks questions, and there is no terminal");
        let _ = context
            .porter(&[kind, "generate", "a.b"])
            .failed()
            .complains(&format!(
                "{word} name 'a.b' cannot contain the following characters: './\\'"
            ));
    }
    // On one, it asks.
    let mut script = Command::new("script")
        .args([
            "-qec",
            &format!(
                "{} credentials generate made -l by=hand",
                porter().display()
            ),
            "/dev/null",
        ])
        .current_dir(context.work())
        .env("PORTER_HOME", context.home())
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("`script` of bsdutils can be started");
    let mut keys = script.stdin.take().unwrap();
    // The first is an environment variable, as is offered; the second is skipped.
    for key in ["\r", "MY_KEY\r", "\x1b[B", "\x1b[B", "\x1b[B", "\r"] {
        std::thread::sleep(std::time::Duration::from_millis(700));
        keys.write_all(key.as_bytes()).unwrap();
        keys.flush().unwrap();
    }
    let output = script.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let shown = context
        .porter(&["credentials", "show", "made", "-o", "json"])
        .succeeded();
    let set: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(set["labels"]["by"], "hand");
    assert_eq!(
        set["credentials"],
        serde_json::json!([{"name": "key", "source": {"env": "MY_KEY"}}])
    );
}
