//! Commands on installations. Tests of the compatibility reference's list carry its numbers.

use std::path::PathBuf;

use porter_test_harness::{Finished, TestContext};

const BUNDLE: &str = "
parameters:
  - name: who
    type: string
    default: default
  - name: token
    type: string
    sensitive: true
    default: none
credentials:
  - name: key
    env: KEY
    required: false
outputs:
  - name: said
    type: string
    default: nothing
  - name: hidden
    type: string
    sensitive: true
    default: planted-output-77
install:
  - exec: &say
      command: sh
      arguments: [-c, 'echo \"who=$0\"', '${ bundle.parameters.who }']
upgrade:
  - exec: *say
uninstall:
  - exec: *say
";

fn built() -> TestContext {
    let context = TestContext::new();
    context.manifest(BUNDLE);
    let _ = context.porter(&["build"]).succeeded();
    context
}

fn desired(context: &TestContext, rest: &str) {
    context.write(
        "../i.yaml",
        format!("schemaType: Installation\nschemaVersion: 1.0.2\nname: ap\n{rest}"),
    );
}

fn apply(context: &TestContext, flags: &[&str]) -> Finished {
    let file = context.path("i.yaml").display().to_string();
    let words = [&["installation", "apply", &file][..], flags].concat();
    context.porter(&words)
}

const SETTLED: &str = "The installation is already up-to-date.";
const DIFFERS: &str = "The installation is out-of-sync, running the upgrade action...";

#[test]
fn conformance_132_to_138_an_installation_becomes_what_its_file_says() {
    let context = built();
    desired(
        &context,
        "labels: {team: red}\nparameters: {who: '  applied: #1 '}\n",
    );
    let _ = apply(&context, &[])
        .failed()
        .complains("the installation does not define a valid bundle reference.");
    let local = ["--file", "porter.yaml"];
    let _ = apply(&context, &[local[0], local[1], "--dry-run"])
        .succeeded()
        .says("Creating a new installation\t{\"installation\":\"/ap\"}\n")
        .says("Triggering because the installation has not completed successfully yet\n")
        .says("The installation is out-of-sync, running the install action...\n")
        .says("Skipping bundle execution because --dry-run was specified\n");
    let listed = context.porter(&["list", "-o", "json"]).succeeded();
    assert_eq!(listed.stdout, "[]\n");
    let _ = apply(&context, &local)
        .succeeded()
        .says("who=  applied: #1 \n");
    let _ = context
        .porter(&["show", "ap"])
        .succeeded()
        .says("  team: red\n");

    let again = apply(&context, &local)
        .succeeded()
        .says("Updating /ap installation\n\n")
        .says(SETTLED);
    assert!(!again.stdout.contains("who="), "{again:?}");
    // Without a bundle in file and flags it is the one that ran.
    let _ = apply(&context, &[]).succeeded().says(SETTLED);
    let _ = apply(&context, &["--force"])
        .succeeded()
        .says("The installation is up-to-date but will be re-applied because --force was specified")
        .says("who=");

    // A label alone is not saved, as in Porter.
    desired(
        &context,
        "labels: {team: blue}\nparameters: {who: '  applied: #1 '}\n",
    );
    let _ = apply(&context, &[]).succeeded().says(SETTLED);
    let _ = context
        .porter(&["show", "ap"])
        .succeeded()
        .says("  team: red\n");

    desired(&context, "parameters: {who: changed}\n");
    let _ = apply(&context, &["--dry-run"])
        .succeeded()
        .says("Triggering because the parameters have changed\n")
        .says("- who: \"  applied: #1 \"\n+ who: \"changed\"\n")
        .says(DIFFERS);
    let _ = apply(&context, &[]).succeeded().says("who=changed\n");

    desired(&context, "parameters: {who: changed}\nuninstalled: true\n");
    let _ = apply(&context, &[])
        .succeeded()
        .says("Triggering because installation.uninstalled is true\n")
        .says("The installation is out-of-sync, running the uninstall action...\n");
    let _ = apply(&context, &[])
        .succeeded()
        .says("Ignoring because the installation is uninstalled\n")
        .says(SETTLED);
    let _ = context.porter(&["list"]).succeeded().says("uninstalled");
}

#[test]
fn conformance_134_changed_secrets_count_and_are_not_shown() {
    let context = built();
    context.write(
        "../c.yaml",
        "schemaVersion: 1.0.1\nname: c\ncredentials:\n  - name: key\n    source: {env: ROTATED}\n",
    );
    let file = context.path("c.yaml").display().to_string();
    let _ = context.porter(&["credentials", "apply", &file]).succeeded();
    let run = |token: &str, key: &str| {
        desired(
            &context,
            &format!("credentialSets: [c]\nparameters: {{token: {token}}}\n"),
        );
        let file = context.path("i.yaml").display().to_string();
        let words = ["inst", "apply", &file, "--file", "porter.yaml"];
        let output = context
            .command(&words)
            .env("ROTATED", key)
            .output()
            .unwrap();
        Finished::new(&words, output).succeeded()
    };
    let _ = run("planted-token-1", "planted-key-1");
    let _ = run("planted-token-1", "planted-key-1").says(SETTLED);
    let _ = run("planted-token-1", "planted-key-2")
        .says("Triggering because the credentials have changed\n")
        .says(DIFFERS);
    let _ = run("planted-token-1", "planted-key-2").says(SETTLED);
    let changed = run("planted-token-2", "planted-key-2")
        .says("- token: \"******\"\n+ token: \"******\"\n")
        .says(DIFFERS);
    assert!(!changed.stdout.contains("planted"), "{changed:?}");
    std::fs::remove_file(context.path("i.yaml")).unwrap();
    for secret in ["planted-token", "planted-key"] {
        let found = TestContext::holding(&context.home(), secret.as_bytes());
        assert_eq!(found, Vec::<PathBuf>::new(), "{secret} lies in clear");
    }
}

#[test]
fn conformance_139_and_140_what_a_file_may_say() {
    let context = TestContext::without_engine();
    for (rest, complaint) in [
        (
            "bundle: {repository: localhost:5000/a}\n",
            "Invalid bundle reference, either Digest, Version, or Tag must be specified",
        ),
        (
            "namespace: 5\n",
            "invalid namespace specified in file, must be a string",
        ),
        ("labels: 5\n", "invalid file"),
        (
            "",
            "the installation does not define a valid bundle reference.",
        ),
    ] {
        desired(&context, rest);
        let _ = apply(&context, &["-n", "b"]).failed().complains(complaint);
    }
    desired(&context, "namespace: a\n");
    let _ = apply(&context, &["-n", "b"])
        .failed()
        .says("Creating a new installation\t{\"installation\":\"a/ap\"}\n");
    context.write("../i.yaml", "schemaVersion: 1.0.2\n");
    let _ = apply(&context, &[])
        .failed()
        .complains("the installation has no name");
    context.write("../i.yaml", "schemaVersion: 3.0.0\nname: x\n");
    let _ = apply(&context, &[])
        .failed()
        .complains("unable to parse")
        .complains("the schema version is 3.0.0 but the supported schema version is 1.0.2");
    let _ = context
        .porter(&["installations", "apply"])
        .failed()
        .complains("a file argument is required");
    let _ = context
        .porter(&["installations", "apply", "missing.yaml"])
        .failed()
        .complains("invalid file argument missing.yaml");
    let listed = context.porter(&["list", "-o", "json"]).succeeded();
    assert_eq!(listed.stdout, "[]\n");
}

#[test]
fn conformance_9_records_are_deleted_after_an_uninstall_or_by_force() {
    let context = built();
    let unsafe_to = "it is unsafe to delete an installation when the last action wasn't a \
                     successful uninstall; if you are sure it should be deleted, retry the last \
                     command with the --force flag";
    let _ = context.porter(&["install", "a", "-n", "dev"]).succeeded();
    let delete = ["installation", "delete", "a", "-n", "dev"];
    let _ = context.porter(&delete).failed().complains(unsafe_to);
    let _ = context
        .porter(&["installation", "delete", "a"])
        .failed()
        .complains("unable to read status for installation a")
        .complains("Installation not found");
    let _ = context
        .porter(&[&delete[..], &["--force"]].concat())
        .succeeded()
        .says("deleting installation records for a...\n");
    let _ = context.porter(&["install", "a", "-n", "dev"]).succeeded();
    let _ = context.porter(&["uninstall", "a", "-n", "dev"]).succeeded();
    let _ = context.porter(&delete).succeeded();
    let _ = context
        .porter(&["show", "a", "-n", "dev"])
        .failed()
        .complains("could not find installation dev/a");
}

#[test]
fn conformance_160_to_169_results_in_every_form() {
    let context = built();
    let _ = context.porter(&["install", "a", "--no-logs"]).succeeded();
    let _ = context
        .porter(&["logs", "-i", "a"])
        .failed()
        .complains("no logs found");
    let output = context
        .command(&["list"])
        .env("PORTER_OUTPUT", "json")
        .output()
        .unwrap();
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(listed[0]["name"], "a");
    let _ = context
        .porter(&["list", "-o", "xml"])
        .failed()
        .complains("invalid format: xml");
    let _ = context
        .porter(&["installations", "outputs", "list", "-i", "a"])
        .succeeded()
        .says(" hidden  string  ******  \n");
    let _ = context
        .porter(&["installations", "outputs", "list", "-i", "a", "-o", "json"])
        .succeeded()
        .says("\"value\": \"planted-output-77\"");
    let shown = context.porter(&["installations", "output", "show", "said", "-i", "a"]);
    assert_eq!(shown.succeeded().stdout, "nothing");
}

#[test]
fn arguments_beyond_what_is_needed() {
    let context = TestContext::without_engine();
    for words in [
        &["list", "extra"][..],
        &["list", "--limit", "-1", "--skip", "-1"],
        &["list", "--field-selector", "status.action=install"],
        &["credentials", "list", "extra"],
        &["params", "ls", "--limit", "-1"],
        &["mixins", "list", "extra"],
        &["version", "extra"],
        // The help of the group.
        &["credentials", "bogus"],
        &["installations", "bogus"],
        &["installations", "outputs"],
    ] {
        let _ = context.porter(words).succeeded();
    }
    let several = "but multiple were received: [a b]";
    for (words, complaint) in [
        (&["show", "a", "b"][..], several),
        (&["installations", "delete", "a", "b"], several),
        (&["installations", "runs", "list", "a", "b"], several),
        (&["credentials", "delete", "a", "b"], several),
        (&["parameters", "create", "a", "b"], several),
        (
            &["credentials", "apply", "a", "b"],
            "only one file argument may be specified",
        ),
        (&["credentials", "show"], "no credential name was specified"),
        (
            &["parameters", "delete"],
            "no parameter set name was specified",
        ),
        (
            &["list", "--field-selector", "a=b=c"],
            "invalid field selector: a=b=c",
        ),
        (&["list", "--name", "["], "invalid name filter"),
        (&["list", "--bogus"], "unknown flag: --bogus"),
        (
            &["upgrade", "-l", "a=b"],
            "unknown shorthand flag: 'l' in -l",
        ),
        (&["list", "-o"], "flag needs an argument: 'o' in -o"),
        (&["install", "--param"], "flag needs an argument: --param"),
        (
            &["list", "--limit", "x"],
            "invalid argument \"x\" for \"--limit\" flag",
        ),
        (&["bogus"], "unknown command \"bogus\" for \"porter\""),
    ] {
        let finished = context.porter(words).failed().complains(complaint);
        // Once, plainly, without the usage.
        let errors = finished
            .stderr
            .lines()
            .filter(|line| line.starts_with("error:"));
        assert_eq!(errors.count(), 1, "{finished:?}");
        assert!(!finished.stderr.contains("Usage:"), "{finished:?}");
        assert_eq!(finished.stdout, "");
    }
}
