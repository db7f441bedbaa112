//! What the aws mixin makes of a step, and what it refuses and where.

use porter_mixin_aws::Aws;
use porter_mixin_sdk::evaluate::{self, BuildRequest, PlanRequest};
use porter_mixin_sdk::{Diagnostic, Failure, Instruction, Json, Mixin, Place, Task};

fn plan(step: &str) -> Result<Vec<Task>, Failure> {
    let (action, step) = ("install".to_owned(), step.to_owned());
    evaluate::plan::<Aws>(PlanRequest {
        action,
        step,
        ..Default::default()
    })
}

/// Code, place and title of what is found.
fn said(found: &[Diagnostic]) -> Vec<(&str, String, &str)> {
    let place = |place: &Place| match place {
        Place::Step { pointer, .. } => pointer.to_string(),
        Place::Config(pointer) => format!("config{pointer}"),
    };
    found
        .iter()
        .map(|found| (found.code.as_str(), place(&found.at), found.title.as_str()))
        .collect()
}

use porter_mixin_sdk::{Archive, Command, Output, Source};

#[test]
fn every_field_has_its_place_in_the_command() {
    let secret = "\u{fdd0}3\u{fdd1}";
    let step = format!(
        r#"{{"description": "d", "service": "s3 api", "operation": true, "arguments": ["a b", "", 1.50],
            "flags": {{"region": "eu-west-1", "dry-run": null, "token": "{secret}", "output": "text"}},
            "suppress-output": true, "dir": "x",
            "outputs": [{{"name": "id", "jsonPath": "Items[0].Id", "path": "ignored"}}, {{"name": "r", "regex": "(.*)"}}]}}"#
    );
    let id = Source::JsonPath {
        path: "$.Items[0].Id".to_owned(),
        fold_case: false,
        absent: Some(String::new()),
    };
    let agent = concat!(
        "getporter/porter getporter/aws/v",
        env!("CARGO_PKG_VERSION")
    );
    let expected = Command::new("aws")
        .args([
            "s3 api",
            "true",
            "a b",
            "",
            "1.50",
            "--dry-run",
            "--output",
            "text",
        ])
        .args([
            "--output",
            "json",
            "--region",
            "eu-west-1",
            "--token",
            secret,
        ])
        .env("AWS_EXECUTION_ENV", agent)
        .quiet(true)
        .output(Output::new("id", id));
    assert_eq!(plan(&step), Ok(vec![expected.into()]));
}

#[test]
fn the_user_agent_comes_before_what_is_there() {
    let tasks = evaluate::plan::<Aws>(PlanRequest {
        action: "install".to_owned(),
        step: r#"{"service": "s3", "operation": "ls"}"#.to_owned(),
        environment: vec![("AWS_EXECUTION_ENV".to_owned(), "ci/1".to_owned())],
        ..Default::default()
    });
    let agent = concat!(
        "getporter/porter getporter/aws/v",
        env!("CARGO_PKG_VERSION"),
        " ci/1"
    );
    let expected = Command::new("aws")
        .args(["s3", "ls", "--output", "json"])
        .env("AWS_EXECUTION_ENV", agent);
    assert_eq!(tasks, Ok(vec![expected.into()]));
}

#[test]
fn refusals_name_their_place() {
    let cases = [
        (
            "null",
            "aws-101",
            "",
            "the step is empty: it needs `service` and `operation`",
        ),
        (
            r#"{"service": "s3", "operation": ["a"]}"#,
            "aws-001",
            "/operation",
            "`operation` must be text, but is a list",
        ),
        (
            r#"{"service": "s3", "arguments": "x"}"#,
            "aws-001",
            "/arguments",
            "`arguments` must be a list, but is the text `x`",
        ),
        (
            r#"{"service": "s3", "flags": ["a"]}"#,
            "aws-001",
            "/flags",
            "`flags` must be a mapping, but is a list",
        ),
        (
            r#"{"service": "s3", "suppress-output": "often"}"#,
            "aws-001",
            "/suppress-output",
            "`suppress-output` must be true or false, but is the text `often`",
        ),
        (
            r#"{"service": "s3", "outputs": [{"name": "../x", "jsonPath": "$"}]}"#,
            "aws-001",
            "/outputs/0/name",
            "`outputs[0].name` may hold letters, digits, `.`, `_` and `-` only",
        ),
    ];
    for (step, code, place, title) in cases {
        let found = plan(step).expect_err(step).0;
        assert_eq!(said(&found), [(code, place.to_owned(), title)], "{step}");
    }
}

#[test]
fn lint_finds_what_will_not_work() {
    let steps = [
        r#"{"service": "s3"}"#,
        r#"{"service": "s3", "operation": "ls", "flags": {"output": "text"}, "outputs": [{"name": "r", "regex": "x"}]}"#,
    ];
    let request = BuildRequest {
        config: r#"{"clientVersion": "2.1"}"#.to_owned(),
        actions: vec![("install".to_owned(), steps.map(str::to_owned).to_vec())],
        ..Default::default()
    };
    let found = evaluate::lint::<Aws>(request).expect("nothing is refused");
    let codes: Vec<(&str, String)> = said(&found)
        .into_iter()
        .map(|(code, place, _)| (code, place))
        .collect();
    let expected = [
        ("aws-100", "config"),
        ("aws-101", ""),
        ("aws-104", "/outputs/0"),
        ("aws-105", "/flags/output"),
    ];
    assert_eq!(
        codes,
        expected.map(|(code, place)| (code, place.to_owned()))
    );
}

#[test]
fn the_image_gets_the_client_of_its_own_architecture() {
    let instructions = evaluate::build::<Aws>(BuildRequest::default()).unwrap();
    let [
        Instruction::Packages(packages),
        Instruction::Download(download),
        Instruction::Run(links),
    ] = &instructions[..]
    else {
        panic!("{instructions:?}");
    };
    let names: Vec<&str> = packages
        .names
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    assert_eq!(names, ["libc6", "less", "groff"]);
    assert_eq!(download.archive, Archive::Zip);
    let found: Vec<(&str, &str)> = download
        .entries
        .iter()
        .map(|entry| (entry.platform.as_str(), entry.source.url.as_str()))
        .collect();
    let address = "https://awscli.amazonaws.com/awscli-exe-linux-";
    assert_eq!(
        found,
        [
            ("linux/amd64", format!("{address}x86_64.zip").as_str()),
            ("linux/arm64", format!("{address}aarch64.zip").as_str()),
        ]
    );
    assert!(!links.network);
    assert_eq!(
        links.commands[0].last().map(String::as_str),
        Some("/usr/local/bin/aws")
    );
}

#[test]
fn the_description_names_what_it_must_know() {
    let description = Aws::describe();
    assert!(Json::parse(&description.schema).is_ok());
    assert_eq!(description.environment, ["AWS_EXECUTION_ENV"]);
    assert!(!description.sees_secrets);
}
