//! What the exec mixin makes of a step, and what it refuses and where.

use porter_mixin_exec::Exec;
use porter_mixin_sdk::evaluate::{self, BuildRequest, PlanRequest};
use porter_mixin_sdk::{
    Channel, Command, Failure, Json, Mixin, Output, Pattern, Place, Severity, Source, Task, Test,
};

fn plan(step: &str) -> Result<Vec<Task>, Failure> {
    let (action, step) = ("install".to_owned(), step.to_owned());
    evaluate::plan::<Exec>(PlanRequest {
        action,
        step,
        ..Default::default()
    })
}

#[test]
fn every_field_has_its_place_in_the_command() {
    let tasks = plan(
        r#"{"description": "d", "command": "./deploy.sh", "dir": "charts", "arguments": ["a b", 1.50],
            "flags": {"v": null, "name": "x y", "set": ["p=1", "q=2"]}, "suffix-arguments": ["last one"],
            "envs": {"A": 1, "B": null}, "suppress-output": "yes",
            "outputs": [{"name": "f", "path": "out/f"}, {"name": "j", "jsonPath": "$.j"}],
            "ignoreError": {"exitCodes": [2], "output": {"contains": ["exists"]}}}"#,
    );
    let stderr = Pattern {
        channel: Channel::Stderr,
        value: "exists".to_owned(),
    };
    let (path, absent) = ("$.j".to_owned(), Some(String::new()));
    let expected = Command::new("./deploy.sh")
        .args([
            "a b", "1.50", "--name", "x", "y", "--set", "p=1", "--set", "q=2", "-v", "last one",
        ])
        .dir("charts")
        .env("A", "1")
        .env("B", "")
        .quiet(true)
        .ignore(Test::ExitCode(2))
        .ignore(Test::Contains(stderr))
        .output(Output::new(
            "j",
            Source::JsonPath {
                path,
                fold_case: false,
                absent,
            },
        ))
        .output(Output::file("f", "out/f"));
    assert_eq!(tasks, Ok(vec![Task::Run(expected)]));
}

#[test]
fn a_dot_is_the_bundle_directory() {
    let tasks = plan(r#"{"command": "a", "dir": "."}"#);
    assert_eq!(tasks, Ok(vec![Command::new("a").into()]));
}

#[test]
fn refusals_name_their_place() {
    let cases = [
        ("null", "/command", "exec-002", "`command` is missing"),
        ("{}", "/command", "exec-002", "`command` is missing"),
        (
            r#""hello""#,
            "",
            "exec-001",
            "the value must be a mapping, but is the text `hello`",
        ),
        (
            r#"{"command": ["a"]}"#,
            "/command",
            "exec-001",
            "`command` must be text, but is a list",
        ),
        (
            r#"{"command": "a\nb"}"#,
            "/command",
            "exec-001",
            "`command` must not hold control characters",
        ),
        (
            r#"{"command": "a", "dir": {}}"#,
            "/dir",
            "exec-001",
            "`dir` must be text, but is a mapping",
        ),
        (
            r#"{"command": "a", "arguments": "x"}"#,
            "/arguments",
            "exec-001",
            "`arguments` must be a list, but is the text `x`",
        ),
        (
            r#"{"command": "a", "arguments": ["x", {"y": 1}]}"#,
            "/arguments/1",
            "exec-001",
            "`arguments[1]` must be text, but is a mapping",
        ),
        (
            r#"{"command": "a", "flags": {"c": [1, 2]}}"#,
            "/flags/c/0",
            "exec-001",
            "`flags.c[0]` must be text, but is `1`; put it into quotes",
        ),
        (
            r#"{"command": "a", "suffix-arguments": {}}"#,
            "/suffix-arguments",
            "exec-001",
            "`suffix-arguments` must be a list, but is a mapping",
        ),
        (
            r#"{"command": "a", "envs": {"A": []}}"#,
            "/envs/A",
            "exec-001",
            "`envs.A` must be text, but is a list",
        ),
        (
            r#"{"command": "a", "envs": {"A=B": ""}}"#,
            "/envs/A=B",
            "exec-001",
            "`envs.A=B` is no name of an environment variable",
        ),
        (
            r#"{"command": "a", "suppress-output": "never"}"#,
            "/suppress-output",
            "exec-001",
            "`suppress-output` must be true or false, but is the text `never`",
        ),
        (
            r#"{"command": "a", "outputs": {"name": "x"}}"#,
            "/outputs",
            "exec-001",
            "`outputs` must be a list, but is a mapping",
        ),
        (
            r#"{"command": "a", "outputs": [{"name": "x", "path": "p"}, {"name": "../y", "path": "p"}]}"#,
            "/outputs/1/name",
            "exec-001",
            "`outputs[1].name` may hold letters, digits, `.`, `_` and `-` only",
        ),
        (
            r#"{"command": "a", "outputs": [{"name": "porter-x", "path": "p"}]}"#,
            "/outputs/0/name",
            "exec-001",
            "`outputs[0].name` must not begin with a dot or `porter-`",
        ),
        (
            r#"{"command": "a", "outputs": [{"path": "p"}]}"#,
            "/outputs/0/name",
            "exec-001",
            "`outputs[0].name` is missing",
        ),
        (
            r#"{"command": "a", "ignoreError": {"exitCodes": ["abc"]}}"#,
            "/ignoreError/exitCodes/0",
            "exec-001",
            "`ignoreError.exitCodes[0]` must be a whole number, but is the text `abc`",
        ),
        (
            r#"{"command": "a", "ignoreError": {"output": {"contains": "x"}}}"#,
            "/ignoreError/output/contains",
            "exec-001",
            "`ignoreError.output.contains` must be a list, but is the text `x`",
        ),
        (
            "{\"command\": \"\u{fdd0}0\u{fdd1}\"}",
            "/command",
            "needs-value",
            "`command` must be known before the step runs",
        ),
        (
            "{\"command\": \"a\", \"dir\": \"x/\u{fdd0}0\u{fdd1}\"}",
            "/dir",
            "needs-value",
            "`dir` must be known before the step runs",
        ),
        (
            "{\"command\": \"a\", \"ignoreError\": {\"output\": {\"regex\": [\"\u{fdd0}0\u{fdd1}\"]}}}",
            "/ignoreError/output/regex/0",
            "needs-value",
            "`ignoreError.output.regex[0]` must be known before the step runs",
        ),
    ];
    for (step, pointer, code, title) in cases {
        let found = plan(step).expect_err(step).0;
        assert_eq!(found.len(), 1, "{step}: {found:?}");
        let at = &found[0].at;
        assert!(
            matches!(at, Place::Step { index: 0, pointer: p, .. } if p.as_str() == pointer),
            "{step}: {at:?}"
        );
        assert_eq!(
            (found[0].code.as_str(), found[0].title.as_str()),
            (code, title),
            "{step}"
        );
        assert_eq!(found[0].severity, Severity::Error);
    }
}

#[test]
fn what_no_command_takes_is_refused() {
    let long = "x".repeat(128 * 1024);
    let place = |step: &str| match &plan(step).expect_err("too much").0[0].at {
        Place::Step { pointer, .. } => pointer.to_string(),
        Place::Config(_) => "config".to_owned(),
    };
    let cases = [
        (
            format!(r#"{{"command": "a", "arguments": ["x", "{long}"]}}"#),
            "/arguments/1",
        ),
        (
            format!(r#"{{"command": "a", "flags": {{"f": "{long}"}}}}"#),
            "/flags/f",
        ),
        (
            format!(r#"{{"command": "a", "envs": {{"E": "{long}"}}}}"#),
            "/envs/E",
        ),
        (
            format!(
                r#"{{"command": "a", "arguments": ["x"{}]}}"#,
                ", 1".repeat(10_000)
            ),
            "",
        ),
    ];
    for (step, pointer) in cases {
        assert_eq!(place(&step), pointer);
    }
    let most = format!(
        r#"{{"command": "a", "arguments": ["x"{}]}}"#,
        ", 1".repeat(9_999)
    );
    assert!(plan(&most).is_ok());
}

#[test]
fn placeholders_pass_through_where_they_may() {
    let secret = "\u{fdd0}4\u{fdd1}";
    let step = format!(
        r#"{{"command": "a", "arguments": ["--password={secret}"], "flags": {{"p": "'{secret}'"}},
            "envs": {{"TOKEN": "{secret}"}}}}"#
    );
    let argument = format!("--password={secret}");
    let expected = Command::new("a")
        .args([argument.as_str(), "-p", secret])
        .env("TOKEN", secret);
    assert_eq!(plan(&step), Ok(vec![expected.into()]));
}

#[test]
fn lint_points_at_the_script() {
    let steps = vec![
        r#"{"command": "./a.sh"}"#.to_owned(),
        r#"{"command": "bash", "flags": {"c": ["'a b'", "a b"]}, "arguements": []}"#.to_owned(),
    ];
    let request = BuildRequest {
        actions: vec![("upgrade".to_owned(), steps)],
        ..Default::default()
    };
    let found = evaluate::lint::<Exec>(request).expect("nothing is refused");
    let seen: Vec<(&str, &str, u32)> = found
        .iter()
        .map(|diagnostic| match &diagnostic.at {
            Place::Step { index, pointer, .. } => {
                (diagnostic.code.as_str(), pointer.as_str(), *index)
            }
            Place::Config(pointer) => (diagnostic.code.as_str(), pointer.as_str(), u32::MAX),
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("exec-003", "/arguements", 1),
            ("exec-100", "/flags/c", 1),
            ("exec-101", "/flags/c/1", 1)
        ]
    );
}

#[test]
fn the_schema_is_json_and_knows_every_field() {
    let description = Exec::describe();
    assert!(Json::parse(&description.schema).is_ok());
    assert!(description.environment.is_empty() && !description.sees_secrets);
    for field in [
        "description",
        "command",
        "dir",
        "arguments",
        "flags",
        "envs",
        "suffix-arguments",
        "suppress-output",
        "outputs",
        "ignoreError",
    ] {
        assert!(
            description.schema.contains(&format!("\"{field}\":{{")),
            "{field}"
        );
    }
}
