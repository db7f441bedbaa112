//! What the gcloud mixin makes of a step, and what it refuses and where.

use porter_mixin_gcloud::Gcloud;
use porter_mixin_sdk::evaluate::{self, BuildRequest, PlanRequest};
use porter_mixin_sdk::{Diagnostic, Failure, Instruction, Json, Mixin, Place, Task};

fn plan(step: &str) -> Result<Vec<Task>, Failure> {
    let (action, step) = ("install".to_owned(), step.to_owned());
    evaluate::plan::<Gcloud>(PlanRequest {
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

use porter_mixin_sdk::{Command, Output, Source};

#[test]
fn every_field_has_its_place_in_the_command() {
    let secret = "\u{fdd0}3\u{fdd1}";
    let step = format!(
        r#"{{"description": "d", "groups": ["compute", "two words"], "command": "list",
            "arguments": ["a b", "", 1.50], "suppress-output": true,
            "flags": {{"zone": "z", "quiet": null, "a": "{secret}", "format": "yaml"}},
            "outputs": [{{"name": "id", "jsonPath": "$[0].id", "path": "ignored"}}]}}"#
    );
    let id = Source::JsonPath {
        path: "$[0].id".to_owned(),
        fold_case: false,
        absent: Some(String::new()),
    };
    let expected = Command::new("gcloud")
        .args([
            "--quiet",
            "compute",
            "two words",
            "list",
            "a b",
            "",
            "1.50",
            "-a",
            secret,
        ])
        .args([
            "--format", "yaml", "--format", "json", "--quiet", "--zone", "z",
        ])
        .quiet(true)
        .output(Output::new("id", id));
    assert_eq!(plan(&step), Ok(vec![expected.into()]));
}

#[test]
fn groups_are_a_text_a_list_or_nothing() {
    let cases: [(&str, &[&str]); 4] = [
        (
            r#""compute""#,
            &["--quiet", "compute", "list", "--format", "json"],
        ),
        (
            r#"["a", "b"]"#,
            &["--quiet", "a", "b", "list", "--format", "json"],
        ),
        ("[]", &["--quiet", "list", "--format", "json"]),
        ("null", &["--quiet", "list", "--format", "json"]),
    ];
    for (groups, arguments) in cases {
        let step = format!(r#"{{"groups": {groups}, "command": "list"}}"#);
        let expected = Command::new("gcloud").args(arguments.iter().copied());
        assert_eq!(plan(&step), Ok(vec![expected.into()]), "{groups}");
    }
}

#[test]
fn refusals_name_their_place() {
    let cases = [
        (
            "null",
            "gcloud-101",
            "",
            "the step is empty: it needs `groups` and `command`",
        ),
        (
            r#"{"groups": 7}"#,
            "gcloud-001",
            "/groups",
            "`groups` must be text or a list of texts, but holds `7`; put it into quotes",
        ),
        (
            r#"{"groups": ["a", true]}"#,
            "gcloud-001",
            "/groups",
            "`groups` must be text or a list of texts, but holds `true`; put it into quotes",
        ),
        (
            r#"{"groups": {"a": "b"}}"#,
            "gcloud-001",
            "/groups",
            "`groups` must be text or a list of texts",
        ),
        (
            r#"{"command": {}}"#,
            "gcloud-001",
            "/command",
            "`command` must be text, but is a mapping",
        ),
        (
            r#"{"command": "a", "flags": {"m": {"a": 1}}}"#,
            "gcloud-001",
            "/flags/m",
            "`flags.m` must be empty, text, a number, a boolean or a list of texts",
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
        r#"{"groups": "compute"}"#,
        r#"{"command": "list", "flags": {"format": "yaml"}, "outputs": [{"name": "r"}]}"#,
    ];
    let request = BuildRequest {
        config: r#"{"clientVersion": "450.0.0"}"#.to_owned(),
        actions: vec![("install".to_owned(), steps.map(str::to_owned).to_vec())],
        ..Default::default()
    };
    let found = evaluate::lint::<Gcloud>(request).expect("nothing is refused");
    let codes: Vec<(&str, String)> = said(&found)
        .into_iter()
        .map(|(code, place, _)| (code, place))
        .collect();
    let expected = [
        ("gcloud-100", "config"),
        ("gcloud-101", ""),
        ("gcloud-104", "/outputs/0"),
        ("gcloud-105", "/flags/format"),
    ];
    assert_eq!(
        codes,
        expected.map(|(code, place)| (code, place.to_owned()))
    );
}

#[test]
fn the_image_gets_the_client_from_googles_repository() {
    let config = r#"{"clientVersion": "450.0.0"}"#.to_owned();
    let request = BuildRequest {
        config,
        ..Default::default()
    };
    let instructions = evaluate::build::<Gcloud>(request).unwrap();
    let [Instruction::Packages(packages)] = &instructions[..] else {
        panic!("{instructions:?}");
    };
    assert_eq!(packages.names[0].name, "google-cloud-sdk");
    assert_eq!(packages.names[0].version, None);
    let source = &packages.sources[0];
    assert_eq!(
        (source.suite.as_str(), source.components[0].as_str()),
        ("cloud-sdk", "main")
    );
}

#[test]
fn the_description_asks_for_nothing() {
    let description = Gcloud::describe();
    assert!(Json::parse(&description.schema).is_ok());
    assert!(description.environment.is_empty() && !description.sees_secrets);
}
