//! What the docker-compose mixin makes of a step, what it refuses and where.

use porter_mixin_docker_compose::DockerCompose;
use porter_mixin_sdk::evaluate::{self, BuildRequest, PlanRequest};
use porter_mixin_sdk::{
    Checksum, Command, Failure, Instruction, Json, Mixin, Output, Place, Source, Task,
};

fn plan(step: &str) -> Result<Vec<Task>, Failure> {
    evaluate::plan::<DockerCompose>(PlanRequest {
        action: "status".to_owned(),
        step: step.to_owned(),
        ..Default::default()
    })
}

#[test]
fn argument_lists() {
    let cases: &[(&str, &[&str])] = &[
        ("{}", &[]),
        (r#"{"up": {}}"#, &["up"]),
        (r#"{"down": null}"#, &["down"]),
        (
            r#"{"arguments": ["ps", "a b"], "flags": {"f": "'a b.yml'"}}"#,
            &["ps", "a b", "-f", "a b.yml"],
        ),
        (
            r#"{"arguments": ["first"], "flags": {"f": ["a.yml", "b c"], "project-name": "shop"},
                "pull": {"arguments": ["web", "x y"], "flags": {"t": 5, "d": null, "e": "", "scale": ["web=2", "db=1 2"], "none": []}}}"#,
            &[
                "first",
                "-f",
                "a.yml",
                "-f",
                "b",
                "c",
                "--project-name",
                "shop",
                "pull",
                "-d",
                "-e",
                "",
                "--none",
                "--scale",
                "web=2",
                "--scale",
                "db=1 2",
                "-t",
                "5",
                "web",
                "x y",
            ],
        ),
        (
            r#"{"colour": "red", "up": {"flags": {"x": "'a b' c"}}}"#,
            &["up", "-x", "'a b' c"],
        ),
    ];
    for (step, expected) in cases {
        let command = Command::new("docker-compose").args(expected.iter().copied());
        assert_eq!(plan(step), Ok(vec![command.into()]), "{step}");
    }
}

#[test]
fn directory_silence_and_outputs() {
    let step = r#"{"dir": "stack", "outputs": [{"name": "f", "path": "f.txt"}],
        "up": {"suppress-output": true, "outputs": [{"name": "j", "jsonPath": "$.a"}]}}"#;
    let take = Source::JsonPath {
        path: "$.a".to_owned(),
        fold_case: false,
        absent: Some(String::new()),
    };
    let command = Command::new("docker-compose")
        .arg("up")
        .dir("stack")
        .quiet(true)
        .output(Output::new("j", take))
        .output(Output::file("f", "f.txt"));
    assert_eq!(plan(step), Ok(vec![command.into()]));
    let dot = plan(r#"{"dir": ".", "suppress-output": "yes", "down": {}}"#);
    let command = Command::new("docker-compose").arg("down").quiet(true);
    assert_eq!(dot, Ok(vec![command.into()]));
}

#[test]
fn refusals_name_their_place() {
    let cases = [
        ("null", "", "the value must be a mapping, but is empty"),
        (
            r#"{"up": {}, "down": {}}"#,
            "/down",
            "`down` stands beside `up`, but a step has one sub-command",
        ),
        (
            r#"{"logs": {"flags": {"f": null}}}"#,
            "/logs",
            "`logs` is none of the sub-commands `up`, `down` and `pull`; write any other into `arguments`",
        ),
        (
            r#"{"up": "x"}"#,
            "/up",
            "`up` must be a mapping, but is the text `x`",
        ),
        (
            r#"{"up": {"flags": {"a": [1]}}}"#,
            "/up/flags/a/0",
            "`up.flags.a[0]` must be text, but is `1`; put it into quotes",
        ),
        (
            r#"{"up": {"outputs": [{"name": "../x", "path": "p"}]}}"#,
            "/up/outputs/0/name",
            "`up.outputs[0].name` may hold letters, digits, `.`, `_` and `-` only",
        ),
        (
            r#"{"dir": "a\nb", "up": {}}"#,
            "/dir",
            "`dir` must not hold control characters",
        ),
    ];
    for (step, pointer, title) in cases {
        let found = plan(step).expect_err(step).0;
        assert_eq!(found.len(), 1, "{step}: {found:?}");
        let at = &found[0].at;
        assert!(
            matches!(at, Place::Step { action, index: 0, pointer: p } if p.as_str() == pointer && action == "status"),
            "{step}: {at:?}"
        );
        assert_eq!(
            (found[0].code.as_str(), found[0].title.as_str()),
            ("docker-compose-001", title)
        );
    }
}

#[test]
fn lint_finds_a_step_that_does_nothing() {
    let steps = ["{}", r#"{"arguments": ["ps"]}"#, r#"{"up": null}"#];
    let request = BuildRequest {
        actions: vec![("install".to_owned(), steps.map(str::to_owned).to_vec())],
        ..Default::default()
    };
    let found = evaluate::lint::<DockerCompose>(request).expect("nothing is refused");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(matches!(&found[0].at, Place::Step { index: 0, .. }));
    assert_eq!(found[0].code, "docker-compose-100");
}

fn build(config: &str) -> Result<Vec<Instruction>, Failure> {
    evaluate::build::<DockerCompose>(BuildRequest {
        config: config.to_owned(),
        ..Default::default()
    })
}

#[test]
fn compose_is_chosen_by_version_and_platform() {
    for (config, version) in [
        ("null", "2.10.2"),
        (r#"{"clientVersion": 2.10}"#, "2.10"),
        (r#"{"clientVersion": "v2.23.0"}"#, "2.23.0"),
    ] {
        let instructions = build(config).expect(config);
        let [Instruction::Download(download), Instruction::Path(path)] = instructions.as_slice()
        else {
            panic!("{instructions:?}");
        };
        assert_eq!(path, "/usr/local/lib/docker/cli-plugins");
        assert_eq!(
            (download.to.path.as_str(), download.to.mode),
            ("/usr/local/lib/docker/cli-plugins/docker-compose", 0o755)
        );
        for (entry, (platform, machine)) in download
            .entries
            .iter()
            .zip([("linux/amd64", "x86_64"), ("linux/arm64", "aarch64")])
        {
            let url = format!(
                "https://github.com/docker/compose/releases/download/v{version}/docker-compose-linux-{machine}"
            );
            assert_eq!(
                (entry.platform.as_str(), &entry.source.url),
                (platform, &url)
            );
            assert_eq!(
                entry.source.checksum,
                Checksum::Sums(format!("{url}.sha256"))
            );
        }
    }
    let found = build(r#"{"clientVersion": "any text"}"#)
        .expect_err("no version")
        .0;
    assert!(matches!(&found[0].at, Place::Config(pointer) if pointer.as_str() == "/clientVersion"));
}

#[test]
fn the_schema_is_json_and_knows_every_field() {
    let description = DockerCompose::describe();
    assert!(Json::parse(&description.schema).is_ok());
    for field in [
        "description",
        "dir",
        "arguments",
        "flags",
        "outputs",
        "suppress-output",
        "up",
        "down",
        "pull",
    ] {
        assert!(
            description.schema.contains(&format!("\"{field}\":{{")),
            "{field}"
        );
    }
}
