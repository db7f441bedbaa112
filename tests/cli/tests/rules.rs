//! The rules of the life cycle: group A of the conformance list.

use porter_cli_tests::{FAILING, PRINTING};
use porter_test_harness::TestContext;

#[test]
fn a2_a3_install_is_not_repeated_without_force() {
    let context = TestContext::new();
    context.manifest(PRINTING);
    let _ = context.porter(&["install", "one"]).succeeded();
    let _ = context
        .porter(&["install", "one"])
        .failed()
        .complains("The installation has already been successfully installed and as a protection");
    let _ = context
        .porter(&["install", "one", "--force"])
        .succeeded()
        .says("installed");
}

#[test]
fn a4_upgrade_needs_an_installation() {
    let context = TestContext::new();
    context.manifest(PRINTING);
    let _ = context
        .porter(&["upgrade", "nobody", "-n", "dev"])
        .failed()
        .complains("could not find installation dev/nobody")
        .complains("Installation not found");
}

#[test]
fn a5_a6_a13_a_failed_install() {
    let context = TestContext::new();
    context.manifest(FAILING);
    let failed = context.porter(&["install", "x"]).failed();
    assert!(failed.stdout.contains("first"), "{failed:?}");
    assert!(!failed.stdout.contains("third"), "{failed:?}");
    let failed = failed.complains("container exit code: 1, message: <nil>");
    assert!(
        failed.stderr.contains("Fail when asked"),
        "the step is named: {failed:?}"
    );
    let _ = context
        .porter(&["list"])
        .succeeded()
        .says("defined")
        .says("failed");
    // What was produced before the failure is kept.
    let early = context
        .porter(&["installation", "outputs", "show", "early", "-i", "x"])
        .succeeded();
    assert_eq!(early.stdout, "first");
    let _ = context
        .porter(&["upgrade", "x"])
        .failed()
        .complains("because it is not installed");
    let _ = context
        .porter(&["upgrade", "x", "--force-upgrade"])
        .succeeded()
        .says("upgraded");
    let _ = context
        .porter(&["install", "x", "--param", "fail=false"])
        .succeeded()
        .says("third");
}

#[test]
fn a7_a8_records_are_deleted_when_it_is_safe() {
    let context = TestContext::new();
    context.manifest(FAILING);
    let _ = context
        .porter(&["install", "x", "--param", "fail=false"])
        .succeeded();
    let _ = context
        .porter(&["uninstall", "x", "--delete", "--param", "fail=true"])
        .failed()
        .complains("it is unsafe to delete an installation")
        .complains("--force-delete");
    let _ = context.porter(&["list"]).succeeded().says(" x ");
    let _ = context
        .porter(&["uninstall", "x", "--force-delete"])
        .succeeded()
        .says("ignoring the following errors as --force-delete is true:");
    let list = context.porter(&["list"]).succeeded();
    assert!(!list.stdout.contains(" x "), "{list:?}");
}

#[test]
fn a10_a11_a12_custom_actions() {
    let context = TestContext::new();
    context.manifest(&format!(
        "{PRINTING}customActions:\n  ping:\n    stateless: true\n  touch:\n    modifies: true\n\
         ping:\n  - exec:\n      command: echo\n      arguments: [pong]\n\
         touch:\n  - exec:\n      command: echo\n      arguments: [touched]\n"
    ));
    let _ = context
        .porter(&["invoke", "nobody", "--action", "ping"])
        .succeeded()
        .says("pong");
    let list = context.porter(&["list"]).succeeded();
    assert!(
        !list.stdout.contains("nobody"),
        "a stateless action leaves no record: {list:?}"
    );
    let _ = context
        .porter(&["invoke", "nobody", "--action", "touch"])
        .failed()
        .complains("could not find installation /nobody");
    let _ = context
        .porter(&["invoke", "nobody"])
        .failed()
        .complains("--action is required");
    let _ = context.porter(&["install", "x"]).succeeded();
    let _ = context
        .porter(&["invoke", "x", "--action", "touch"])
        .succeeded()
        .says("touched");
    let _ = context
        .porter(&["show", "x"])
        .succeeded()
        .says("Last Action: touch");
    let _ = context
        .porter(&["invoke", "x", "--action", "ping"])
        .succeeded()
        .says("pong");
    let _ = context
        .porter(&["show", "x"])
        .succeeded()
        .says("Last Action: touch");
    let _ = context
        .porter(&["invoke", "x", "--action", "nothing"])
        .failed();
}

#[test]
fn a14_the_exit_code_of_the_container_is_told_and_not_passed_on() {
    let context = TestContext::new();
    context.manifest(FAILING);
    let failed = context.porter(&["install"]).failed();
    assert_eq!(failed.code, Some(1));
    let _ = failed.complains("container exit code: 1, message: <nil>");
}

#[test]
fn an_upgrade_that_the_manifest_does_not_have_runs_nothing() {
    let context = TestContext::new();
    context.manifest(
        "install:\n  - exec:\n      command: 'true'\nuninstall:\n  - exec:\n      command: 'true'\n",
    );
    let _ = context.porter(&["install"]).succeeded();
    let _ = context
        .porter(&["upgrade"])
        .succeeded()
        .says("execution completed successfully!");
}

#[test]
fn values_arrive_as_they_were_given() {
    let context = TestContext::new();
    context.manifest(
        "parameters:\n  - name: text\n    type: string\n  - name: number\n    type: number\n    \
         default: 1.10\n  - name: many\n    type: array\n    default: [1, two, {three: 3}]\n  - name: \
         optional\n    type: string\n    default: ''\noutputs:\n  - name: seen\n    type: string\n\
         install:\n  - exec:\n      command: printf\n      arguments: ['%s|%s|%s|%s', '${ \
         bundle.parameters.text }', '${ bundle.parameters.number }', '${ bundle.parameters.many }', \
         '${ bundle.parameters.optional }']\n      outputs:\n        - name: seen\n          regex: \
         (?s)(.*)\nuninstall:\n  - exec:\n      command: 'true'\n",
    );
    let text = "a: b # c \"d\" 'e' ${x} <&> \\ é";
    let _ = context
        .porter(&["install", "x", "--param", &format!("text={text}")])
        .succeeded();
    let seen = context
        .porter(&["installation", "outputs", "show", "seen", "-i", "x"])
        .succeeded();
    let many = r#"[1,"two",{"three":3}]"#;
    assert_eq!(seen.stdout, format!("{text}|1.10|{many}|"));
}

#[test]
fn wrong_values_are_refused_before_anything_runs() {
    let context = TestContext::new();
    context.manifest(
        "parameters:\n  - name: n\n    type: integer\n    minimum: 3\n    default: 4\n  - name: must\n    \
         type: string\ninstall:\n  - exec:\n      command: 'true'\nuninstall:\n  - exec:\n      command: 'true'\n",
    );
    let _ = context
        .porter(&["install"])
        .failed()
        .complains("parameter \"must\" is required");
    let must = ["install", "--param", "must=x"];
    let with = |more: &[&'static str]| [&must[..], more].concat();
    let _ = context
        .porter(&with(&["--param", "n=2"]))
        .failed()
        .complains("cannot use value: 2 as parameter n");
    let _ = context
        .porter(&with(&["--param", "n=two"]))
        .failed()
        .complains(
            "unable to convert parameter's n value two to the destination parameter type integer",
        );
    let _ = context
        .porter(&with(&["--param", "other=1"]))
        .failed()
        .complains("parameter other not defined in bundle");
    let _ = context
        .porter(&with(&["--param", "novalue"]))
        .failed()
        .complains("invalid parameter (novalue), must be in name=value format");
    let list = context.porter(&["list"]).succeeded();
    assert_eq!(
        list.stdout.lines().count(),
        2,
        "nothing was recorded: {list:?}"
    );
}

#[test]
fn credentials_come_from_files_and_are_never_recorded() {
    let context = TestContext::new();
    context.manifest(
        "credentials:\n  - name: token\n    env: TOKEN\n  - name: file\n    path: /tmp/deep/er/token\n    \
         required: false\ninstall:\n  - exec:\n      command: sh\n      arguments: [-c, 'echo got $TOKEN; \
         wc -c < /tmp/deep/er/token; stat -c %a /tmp /']\nuninstall:\n  - exec:\n      command: 'true'\n",
    );
    let _ = context
        .porter(&["install"])
        .failed()
        .complains("bundle requires credential for token");
    context.write(
        "../creds.yaml",
        "schemaType: CredentialSet\nschemaVersion: 1.0.1\nname: c\ncredentials:\n  - name: token\n    \
         source:\n      env: PLANTED\n  - name: file\n    source:\n      value: another-planted-one\n",
    );
    let path = context.path("creds.yaml").display().to_string();
    let output = context
        .command(&["install", "-c", &path])
        .env("PLANTED", "planted-credential")
        .output()
        .unwrap();
    let finished = porter_test_harness::Finished::new(&["install"], output).succeeded();
    // Masked on the way, present in the container, folders as they were.
    let finished = finished
        .says("got *******\n")
        .says("19\n")
        .says("1777\n755\n");
    assert!(
        !finished.stdout.contains("planted-credential"),
        "{finished:?}"
    );
    for secret in ["planted-credential", "another-planted-one"] {
        let found = TestContext::holding(&context.home(), secret.as_bytes());
        assert_eq!(
            found,
            Vec::<std::path::PathBuf>::new(),
            "{secret} lies in clear"
        );
    }
}
