//! `porter plan`, and runs that are bound to a plan.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use porter_test_harness::TestContext;
use serde_json::{Value, json};

/// A bundle with a value, a secret, an output, and steps that use them.
const BUNDLE: &str = r#"
parameters:
  - name: greeting
    type: string
    default: Hello
  - name: pin
    type: string
    sensitive: true
    default: "4711"
credentials:
  - name: token
    env: TOKEN
    required: false
outputs:
  - name: said
    type: string
install:
  - exec:
      description: "Say ${bundle.parameters.greeting}"
      command: echo
      arguments: ["${bundle.parameters.greeting}, it's me", "--pin=${bundle.parameters.pin}"]
      outputs:
        - name: said
          regex: "(.*),"
  - exec:
      description: "Say it again"
      command: ./again.sh
      arguments: ["${bundle.outputs.said}", "${bundle.credentials.token}"]
      dir: /tmp
upgrade:
  - exec:
      description: "Look"
      command: "true"
uninstall:
  - exec:
      description: "Bye"
      command: "true"
"#;

fn bundle(context: &TestContext) {
    context.manifest(BUNDLE);
    context.write("again.sh", "#!/bin/sh\necho \"again: $1\"\n");
}

fn plan(context: &TestContext, arguments: &[&str]) -> Value {
    let arguments = [&["plan", "install", "-o", "json"], arguments].concat();
    let finished = context.porter(&arguments).succeeded();
    serde_json::from_str(&finished.stdout).unwrap()
}

#[test]
fn every_command_is_shown_without_an_engine_and_without_secrets() {
    let context = TestContext::without_engine();
    bundle(&context);
    let shown = context
        .porter(&["plan", "install", "--param", "greeting=Good day"])
        .succeeded()
        .says("Step 1: Say Good day (exec ")
        .says("$ echo 'Good day, it'\\''s me' --pin=${bundle.parameters.pin}")
        .says("makes output said from what matches (.*), of what it prints")
        .says("$ ./again.sh ${bundle.outputs.said} ${bundle.credentials.token}")
        .says("in /tmp");
    assert!(!shown.stdout.contains("4711"), "{shown:#?}");
    let names: Vec<_> = fs::read_dir(context.work()).unwrap().flatten().collect();
    assert_eq!(names.len(), 2, "nothing was written: {names:?}");

    let document = plan(&context, &[]);
    assert_eq!(document["action"], "install");
    assert_eq!(document["bundle"]["version"], "0.1.0");
    assert_eq!(document["steps"][0]["mixin"], "exec");
    assert_eq!(
        document["steps"][0]["tasks"][0]["run"],
        json!(["echo", "Hello, it's me", ["--pin=", {"value": "bundle.parameters.pin"}]])
    );
    assert_eq!(document, plan(&context, &[]), "a plan is always the same");
    let other = plan(&context, &["--param", "greeting=x"]);
    assert_ne!(document["digest"], other["digest"]);
    let same = plan(&context, &["--param", "pin=0815"]);
    assert_eq!(document["digest"], same["digest"], "secrets do not count");
}

#[test]
fn what_cannot_be_planned_is_said() {
    let context = TestContext::without_engine();
    context.manifest(
        "credentials:\n  - name: token\n    env: TOKEN\n\
         install:\n  - exec:\n      description: x\n      command: echo\n      arguments:\n        \
         - \"${#bundle.credentials.token}yes${/bundle.credentials.token}\"\n\
         upgrade:\n  - exec:\n      description: x\n      command: [1]\n\
         uninstall:\n  - exec:\n      description: x\n      command: \"true\"\n",
    );
    let _ = context
        .porter(&["plan", "install"])
        .succeeded()
        .says("not known before it runs")
        .says("`bundle.credentials.token`");
    let _ = context
        .porter(&["plan", "upgrade", "--force-upgrade", "nobody"])
        .failed()
        .complains("could not find installation");
    let _ = context
        .porter(&["plan", "invoke", "--action", "nope"])
        .failed()
        .complains("nope");
}

#[test]
fn only_what_was_reviewed_runs() {
    let context = TestContext::new();
    bundle(&context);
    let _ = context.porter(&["build"]).succeeded();
    let reviewed = plan(&context, &[]);
    context.write("reviewed.json", reviewed.to_string());
    let bound = ["install", "--plan", "reviewed.json"];

    let refused = context
        .porter(&[&bound[..], &["--param", "greeting=rm -rf"]].concat())
        .failed()
        .complains("task 1 of the step is not the one that was reviewed");
    assert!(!refused.stdout.contains("rm -rf, it"), "{refused:#?}");

    let mut changed = reviewed.clone();
    changed["steps"][0]["tasks"][0]["run"][0] = json!("rm");
    context.write("changed.json", changed.to_string());
    let _ = context
        .porter(&["install", "--plan", "changed.json"])
        .failed()
        .complains("the plan was changed after it was made");
    let _ = context
        .porter(&["install", "other-name", "--plan", "reviewed.json"])
        .failed()
        .complains("the plan is for install of");

    let _ = context
        .porter(
            &[
                &bound[..],
                &["--param", "pin=0815", "--param", "greeting=Hello"],
            ]
            .concat(),
        )
        .succeeded()
        .says("Hello, it's me --pin=*******")
        .says("again: Hello");

    // Of an installation, the plan comes out of its image.
    fs::remove_file(context.work().join("porter.yaml")).unwrap();
    let name = context.bundle_name();
    let _ = context
        .porter(&["plan", "upgrade", name])
        .succeeded()
        .says("Step 1: Look (exec ")
        .says("$ true");
}

#[test]
fn what_is_not_the_runtime_of_this_porter_cannot_be_bound() {
    let context = TestContext::new();
    // A bundle that puts another program in the place of the one that compares.
    context.manifest(&BUNDLE.replace(
        "parameters:",
        "parameters:\n  - name: runner\n    type: string\n    path: /cnab/app/run\n    default: |\n      \
         #!/bin/sh\n      echo taken over",
    ));
    context.write("again.sh", "#!/bin/sh\necho again\n");
    let _ = context.porter(&["build"]).succeeded();
    let reviewed = plan(&context, &[]);
    context.write("reviewed.json", reviewed.to_string());
    let refused = context
        .porter(&["install", "--plan", "reviewed.json"])
        .failed()
        .complains("`/cnab/app/run` of the image is not the runtime of this porter");
    assert!(!refused.stdout.contains("taken over"), "{refused:#?}");
}

#[test]
fn drivers_that_cannot_be_trusted_are_refused() {
    let context = TestContext::new();
    bundle(&context);
    let reviewed = plan(&context, &[]);
    context.write("reviewed.json", reviewed.to_string());
    let _ = context
        .porter(&["install", "--plan", "reviewed.json", "--driver", "debug"])
        .failed()
        .complains("driver `debug` cannot bind a run to a reviewed plan");
}
