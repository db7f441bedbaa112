//! `porter mixins test`: cases that pass, fail, are wrong and are accepted.

use std::fs;

use porter_authors_tests::{component, document};
use porter_test_harness::TestContext;
use porter_test_sandbox::Guest;
use serde_json::json;

const PASSES: &str = "
description: Says the date
step: {command: date}
expect:
  tasks:
  - run: [date]
";

const FAILS: &str = "
description: Says something else
step:
  command: echo
  arguments: [hello, world]
expect:
  tasks:
    - run: [echo, hello]
";

const REFUSED: &str = "
step: {command: ''}
expect:
  failure: [exec-002]
";

const LINT: &str = "
call: lint
actions: {install: [{command: bash, flags: {c: a b}}]}
expect: {diagnostics: [exec-100, exec-101]}
";

fn test(context: &TestContext, more: &[&str]) -> porter_test_harness::Finished {
    let mut arguments = vec!["mixins", "test", "exec", "--cases", "cases"];
    arguments.extend(more);
    context.porter(&arguments)
}

#[test]
fn cases_pass() {
    let context = TestContext::without_engine();
    context.write("cases/date.yaml", PASSES);
    context.write("cases/none.yml", REFUSED);
    context.write("cases/lint.yaml", LINT);
    context.write("cases/README.md", "no case");
    let finished = test(&context, &[]).succeeded();
    let finished = finished.says("ok        date  plan ").says(" fuel ");
    let _ = finished.says("exec: 3 passed, 0 failed; loaded in ");
    let finished = test(&context, &["-o", "json"]).succeeded();
    let report = document(&finished);
    assert_eq!(report["cases"][0]["name"], json!("date"));
    assert_eq!(report["cases"][0]["outcome"], json!("passed"));
    assert!(report["cases"][0]["stats"]["fuel"].as_u64() > Some(0));
    let _ = test(&context, &["--filter", "lin"])
        .succeeded()
        .says("1 passed");
    let _ = test(&context, &["--filter", "x"]).failed().complains("`x`");
}

#[test]
fn a_case_that_fails_shows_the_lines_that_differ() {
    let context = TestContext::without_engine();
    context.write("cases/date.yaml", PASSES);
    context.write("cases/hello.yaml", FAILS);
    let finished = test(&context, &[]).failed();
    let finished = finished.says("FAILED    hello  plan ");
    let expected = "
hello: Says something else
  @@ -2,3 +2,4 @@
     - run:
         - echo
         - hello
  +      - world
";
    let _ = finished.says(expected).says("exec: 1 passed, 1 failed");
}

#[test]
fn accepting_changes_the_expectation_and_nothing_else() {
    let context = TestContext::without_engine();
    context.write("cases/date.yaml", PASSES);
    context.write("cases/new.yaml", "# why\nstep: {command: date}   # so\n");
    context.write("cases/old.yaml", FAILS);
    let _ = test(&context, &[]).failed().says("--accept");
    let finished = test(&context, &["--accept"]).succeeded();
    let _ = finished
        .says("accepted  new ")
        .says("exec: 1 passed, 0 failed, 2 accepted");
    let read = |name: &str| fs::read_to_string(context.work().join("cases").join(name));
    assert_eq!(read("date.yaml").ok().as_deref(), Some(PASSES));
    let new =
        "# why\nstep: {command: date}   # so\nexpect:\n  tasks:\n    - run:\n        - date\n";
    assert_eq!(read("new.yaml").ok().as_deref(), Some(new));
    let _ = test(&context, &[]).succeeded().says("3 passed");
}

#[test]
fn a_case_that_is_wrong_fails_with_its_place() {
    let context = TestContext::without_engine();
    context.write("cases/a.yaml", "step: {command: date}\nexpct: {}\n");
    context.write("cases/b.yaml", "expect: {}\n");
    context.write("cases/c.yaml", "{\"step\": {\"command\": \"date\"}}");
    let finished = test(&context, &["--accept"]).failed();
    let finished = finished.says("cases/a.yaml:2:1: `expct` is not known here");
    let finished = finished.says("did you mean `expect`?");
    let finished = finished.says("cases/b.yaml:1:1: `call` is missing");
    let _ = finished.says("the case cannot be updated: its members must begin");
    let _ = context
        .porter(&["mixins", "test", "exec"])
        .failed()
        .complains("there are no test cases beside mixin `exec`");
    context.write("empty/README.md", "no case");
    let _ = context
        .porter(&["mixins", "test", "exec", "--cases", "empty"])
        .failed()
        .complains("`empty` has 0 test cases");
}

#[test]
fn a_folder_has_its_component_and_its_cases() {
    let context = TestContext::without_engine();
    component(&context, "mine/any.wasm", &Guest::good());
    context.write("mine/tests/a.yaml", "step: {}\nexpect: {tasks: []}\n");
    for target in ["mine", "mine/any.wasm"] {
        let finished = context.porter(&["mixins", "test", target]).succeeded();
        let _ = finished.says("any: 1 passed");
    }
    component(&context, "mine/other.wasm", &Guest::good());
    let _ = context
        .porter(&["mixins", "test", "mine"])
        .failed()
        .complains("any.wasm, other.wasm");
    component(&context, "mine/mine.wasm", &Guest::good());
    let _ = context.porter(&["mixins", "test", "mine"]).succeeded();
}

#[test]
fn a_mixin_that_misbehaves_fails_its_case_whatever_is_expected() {
    let context = TestContext::without_engine();
    let guest = Guest::good().plan("unreachable");
    component(&context, "mine/mine.wasm", &guest);
    context.write(
        "mine/tests/a.yaml",
        "step: {}\nexpect: {failure: [x-100]}\n",
    );
    let finished = context.porter(&["mixins", "test", "mine", "--accept"]);
    let _ = finished
        .failed()
        .says("the mixin misbehaves (sandbox-trap)");
}
