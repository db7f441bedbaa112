//! `porter mixins eval`: inputs, documents, exit codes.

use porter_authors_tests::{component, document, porter_with_input};
use porter_test_harness::{Finished, TestContext};
use porter_test_sandbox::Guest;
use serde_json::json;

fn plan(input: &str) -> Finished {
    let context = TestContext::without_engine();
    porter_with_input(&context, &["mixins", "eval", "exec", "plan"], input)
}

#[test]
fn a_plan_is_a_document() {
    let input = "
action: upgrade
secrets: [token]
step:
  command: bash
  arguments: ['-c', 'echo ${secrets.token} ${secrets.other}', 1.10, yes]
  envs: {B: '${secrets.token}', A: '1'}
  ignoreError: {exitCodes: [3], output: {contains: [gone]}}
  outputs:
  - {name: a, jsonPath: $.x}
  - {name: b, path: out.txt}
";
    let finished = plan(input);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    let expected = json!({"tasks": [{
        "run": ["bash", "-c", "echo ${secrets.token} ${secrets.other}", "1.10", "yes"],
        "env": ["A=1", "B=${secrets.token}"],
        "ignore": [{"exitCode": 3}, {"contains": {"stderr": "gone"}}],
        "outputs": [
            {"name": "a", "jsonPath": "$.x", "absent": ""},
            {"name": "b", "file": "out.txt"}
        ]
    }]});
    assert_eq!(document(&finished), expected);
    assert_eq!(finished.stderr, "");
    // What is most important comes first.
    let run = finished.stdout.find("\"run\"");
    assert!(run < finished.stdout.find("\"env\""), "{finished:#?}");
}

#[test]
fn yaml_and_json_say_the_same() {
    let json = r#"{"step": {"command": "echo", "arguments": ["a\/b \ud83d\ude00 \u00e9", 12345678901234567890.10]}}"#;
    let yaml = "step: {command: echo, arguments: ['a/b 😀 é', 12345678901234567890.10]}";
    let (json, yaml) = (plan(json), plan(yaml));
    assert_eq!(json.code, Some(0), "{json:#?}");
    assert_eq!(json.stdout, yaml.stdout);
    assert!(
        json.stdout.contains("\"12345678901234567890.10\""),
        "{json:#?}"
    );
}

#[test]
fn the_other_functions_answer() {
    let context = TestContext::without_engine();
    let schema = context.porter(&["mixins", "eval", "exec", "schema"]);
    assert!(document(&schema)["definitions"]["installStep"].is_object());
    let described = context.porter(&["mixins", "eval", "exec", "describe"]);
    let described = document(&described);
    assert_eq!(described["schema"], document(&schema));
    assert_eq!(described["seesSecrets"], json!(false));
    let input = "actions: {install: [{command: bash, flags: {c: a b}}], status:}";
    let arguments = ["mixins", "eval", "exec", "lint"];
    let lint = porter_with_input(&context, &arguments, input);
    let lint = document(&lint);
    assert_eq!(lint["diagnostics"][0]["code"], json!("exec-100"), "{lint}");
    let build = porter_with_input(&context, &["mixins", "eval", "exec", "build"], input);
    assert_eq!(document(&build), json!({"instructions": []}));
}

#[test]
fn stats_are_added_where_they_are_asked_for() {
    let context = TestContext::without_engine();
    let arguments = ["mixins", "eval", "exec", "plan", "--stats"];
    let input = "step: {command: date}";
    let first = document(&porter_with_input(&context, &arguments, input));
    let second = document(&porter_with_input(&context, &arguments, input));
    let stats = &first["stats"];
    assert!(stats["fuel"].as_u64() > Some(1_000), "{stats}");
    assert!(stats["memory"].as_u64() >= Some(65_536), "{stats}");
    assert!(stats["microseconds"].as_u64() > Some(0), "{stats}");
    assert_eq!(stats["fuel"], second["stats"]["fuel"]);
    let arguments = ["mixins", "eval", "exec", "schema", "--stats"];
    let schema = document(&context.porter(&arguments));
    assert!(schema["schema"]["definitions"].is_object(), "{schema}");
}

#[test]
fn the_users_mistake_has_a_place_and_a_code() {
    let input = "step:\n  command: [a]\n  envs:\n    'A=B': x\n";
    let finished = plan(input);
    assert_eq!(finished.code, Some(3), "{finished:#?}");
    let found = document(&finished);
    let pointer = "/failure/0/at/pointer";
    assert_eq!(found.pointer(pointer), Some(&json!("/command")), "{found}");
    let finished = finished.complains("standard input:2:12: `command` must be text, but is a list");
    let _ = finished.complains("2 |   command: [a]\n");
}

#[test]
fn an_input_that_is_none_has_a_place_and_a_hint() {
    for (input, place, text) in [
        ("", "standard input: ", "the input is empty"),
        (
            "[1]",
            "standard input:1:1: ",
            "the input must be a mapping, but is a list",
        ),
        ("stpe: {}", "standard input:1:1: ", "did you mean `step`?"),
        ("config: 1", "standard input:1:1: ", "`step` is missing"),
        (
            "step: 1\nactions: {}",
            "standard input:2:1: ",
            "`actions` does not belong to this call",
        ),
        (
            "step: 1\nsecrets: [a b]",
            "standard input:2:11: ",
            "letters, digits",
        ),
        (
            "step: 1\nenvironment: [a]",
            "standard input:2:14: ",
            "`environment` must be a mapping",
        ),
        (
            "step: 1\naction: {a: b}",
            "standard input:2:9: ",
            "`action` must be a name",
        ),
        (
            "step: 1\ncall: biuld",
            "standard input:2:7: ",
            "`call` must be `describe`",
        ),
        (
            "step: 1\ncall: build",
            "standard input:2:7: ",
            "the input is for `build`",
        ),
        (
            "step: {a: 1, a: 2}",
            "standard input:1:14: ",
            "already defined",
        ),
        (
            "step: \"\u{fdd0}0\u{fdd1}\"",
            "standard input:1:7: ",
            "U+FDD0 is not allowed",
        ),
        ("step: [", "standard input:", "error"),
    ] {
        let finished = plan(input);
        assert_eq!(finished.code, Some(1), "{input}: {finished:#?}");
        assert_eq!(finished.stdout, "", "{input}");
        let _ = finished.complains(place).complains(text);
    }
    let huge = format!("step: '{}'", "x".repeat(9 << 20));
    let _ = plan(&huge).failed().complains("the limit is");
    let deep = format!("step: {}{}", "[".repeat(99), "]".repeat(99));
    assert_eq!(plan(&deep).code, Some(3), "too deep for a mixin");
}

#[test]
fn a_file_is_named_in_messages() {
    let context = TestContext::without_engine();
    context.write("case.yaml", "step: {}\n");
    let arguments = ["mixins", "eval", "exec", "plan", "-f", "case.yaml"];
    let finished = context.porter(&arguments);
    assert_eq!(finished.code, Some(3), "{finished:#?}");
    let _ = finished.complains("case.yaml:1:7: ");
    let arguments = ["mixins", "eval", "exec", "plan", "-f", "none.yaml"];
    let _ = context.porter(&arguments).failed().complains("none.yaml");
}

#[test]
fn a_mixin_that_misbehaves_is_told_from_the_user() {
    let context = TestContext::without_engine();
    let endless = Guest::good().plan("(loop $again (br $again)) (i32.const 0)");
    let trap = Guest::good().plan("unreachable");
    let wild = Guest::good().plan_with(|layout| {
        let escape = porter_task("\u{1b}]0;x\u{7}");
        layout.tasks(&[escape])
    });
    for (guest, code) in [
        (endless, "sandbox-fuel"),
        (trap, "sandbox-trap"),
        (wild, "result-control"),
    ] {
        component(&context, "evil.wasm", &guest);
        let arguments = ["mixins", "eval", "./evil.wasm", "plan"];
        let finished = porter_with_input(&context, &arguments, "step: x");
        assert_eq!(finished.code, Some(4), "{finished:#?}");
        assert_eq!(document(&finished)["fault"]["code"], json!(code));
        let _ = finished.complains(&format!("error: the mixin misbehaves ({code})"));
    }
}

/// A command with this name.
fn porter_task(program: &str) -> porter_mixin::Task {
    porter_mixin::Task::Run(porter_mixin::Command {
        program: program.to_owned(),
        args: Vec::new(),
        env: Vec::new(),
        dir: String::new(),
        stdin: None,
        quiet: false,
        when: None,
        ignore: Vec::new(),
        keep_going: false,
        outputs: Vec::new(),
    })
}

#[test]
fn a_component_that_is_refused_is_told_from_both() {
    let context = TestContext::without_engine();
    context.write("text.wasm", "no component");
    let newer = Guest::good().version("0.9.0");
    component(&context, "newer.wasm", &newer);
    for (file, code) in [
        ("text.wasm", "admission-not-wasm"),
        ("newer.wasm", "admission-version"),
    ] {
        let finished = context.porter(&["mixins", "eval", file, "schema"]);
        assert_eq!(finished.code, Some(5), "{finished:#?}");
        assert_eq!(document(&finished)["refused"]["code"], json!(code));
        let _ = finished.complains(code);
    }
    // A file or a mixin that is not there is refused by nobody.
    for mixin in ["none.wasm", "none"] {
        let finished = context
            .porter(&["mixins", "eval", mixin, "schema"])
            .failed();
        assert_eq!(finished.stdout, "");
    }
    let _ = context
        .porter(&["mixins", "eval", "exec", "plam"])
        .failed()
        .complains("`plam` is no function of a mixin");
}

#[test]
fn text_of_a_mixin_is_shown_escaped() {
    let context = TestContext::without_engine();
    let guest = Guest::good()
        .plan_with(|layout| layout.tasks(&[porter_mixin::Task::Say("a\u{202e}b\nc".to_owned())]));
    component(&context, "evil.wasm", &guest);
    let arguments = ["mixins", "eval", "./evil.wasm", "plan"];
    let finished = porter_with_input(&context, &arguments, "step: x");
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    assert!(!finished.stdout.contains('\u{202e}'), "{finished:#?}");
    assert_eq!(
        document(&finished)["tasks"][0]["say"],
        json!("a\u{202e}b\nc")
    );
}
