//! `porter mixins diff`: identity, interface, capabilities, schema and behaviour.

use porter_authors_tests::{component, document};
use porter_mixin::Task;
use porter_test_harness::TestContext;
use porter_test_sandbox::Guest;
use serde_json::json;

const SCHEMA: &str = r#"{"definitions":{"installStep":{"type":"object"},"upgradeStep":{},
    "uninstallStep":{},"invokeStep":{}}}"#;

fn both(context: &TestContext) {
    let say = |text: &str| Task::Say(text.to_owned());
    let old = Guest::good().plan_with(|layout| layout.tasks(&[say("one"), say("two")]));
    let new = Guest::good()
        .plan_with(|layout| layout.tasks(&[say("one"), say("three\u{1b}[2J")]))
        .describe_with(|layout| layout.description(SCHEMA, &["TOKEN"]))
        .section("version", b"2.0.0");
    component(context, "old/mine.wasm", &old);
    component(context, "new/mine.wasm", &new);
    context.write("new/tests/a.yaml", "step: {}\n");
    context.write("new/tests/b.yaml", "call: build\n");
}

#[test]
fn everything_that_changes_is_shown() {
    let context = TestContext::without_engine();
    both(&context);
    let arguments = ["mixins", "diff", "old/mine.wasm", "new/mine.wasm"];
    let finished = context.porter(&arguments).succeeded();
    for text in [
        "--- mine  (old/mine.wasm)\n+++ mine 2.0.0 (new/mine.wasm)\n",
        "  version\n    + 2.0.0\n",
        "interface: the same\n",
        "  environment variable\n    - HOME\n",
        "  environment variable\n    + TOKEN\n",
        "  /definitions/installStep/type\n    + \"object\"\n",
        "  /definitions/invokeStep\n    + {}\n",
        "behaviour: 1 of 2 cases differ\n  a\n",
        "    -  - say: two\n",
    ] {
        assert!(
            finished.stdout.contains(text),
            "{text}: {}",
            finished.stdout
        );
    }
    assert!(!finished.stdout.contains('\u{1b}'));
    let more = [&arguments[..], &["--exit-code"]].concat();
    assert_eq!(context.porter(&more).code, Some(1));
    let more = [&arguments[..], &["-o", "json"]].concat();
    let report = document(&context.porter(&more).succeeded());
    assert_eq!(report["behaviour"][0]["name"], json!("a"));
    assert_eq!(report["cases"], json!(2));
}

#[test]
fn a_mixin_does_not_differ_from_itself() {
    let context = TestContext::without_engine();
    let arguments = ["mixins", "diff", "exec", "exec", "--exit-code"];
    let finished = context.porter(&arguments).succeeded();
    let finished = finished.says("identity: the same").says("schema: the same");
    let _ = finished.says("behaviour: not compared: there are no test cases");
    context.write("cases/a.yaml", "step: {command: date}\n");
    let more = [&arguments[..], &["--cases", "cases"]].concat();
    let _ = context
        .porter(&more)
        .succeeded()
        .says("behaviour: the same in 1 cases");
}
