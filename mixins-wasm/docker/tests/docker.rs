//! What the docker mixin makes of a step, what it refuses and where.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use porter_mixin_docker::Docker;
use porter_mixin_sdk::evaluate::{self, BuildRequest, PlanRequest};
use porter_mixin_sdk::{Checksum, Command, Failure, Instruction, Json, Mixin, Place, Task};

fn plan_with(step: &str, environment: &[(&str, &str)]) -> Result<Vec<Task>, Failure> {
    let environment = environment.iter();
    evaluate::plan::<Docker>(PlanRequest {
        action: "install".to_owned(),
        step: step.to_owned(),
        environment: environment
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..Default::default()
    })
}

fn command(step: &str) -> Command {
    match plan_with(step, &[]).expect(step).as_slice() {
        [Task::Run(command)] => command.clone(),
        tasks => panic!("{step}: {tasks:?}"),
    }
}

#[test]
fn argument_lists() {
    let cases: &[(&str, &[&str])] = &[
        (
            r#"{"pull": {"name": "a/b", "tag": "v1"}}"#,
            &["pull", "a/b:v1"],
        ),
        (r#"{"pull": {"name": "a/b"}}"#, &["pull", "a/b"]),
        (
            r#"{"pull": {"name": "a/b", "tag": "v1", "digest": "sha256:12"}}"#,
            &["pull", "a/b@sha256:12"],
        ),
        (
            r#"{"pull": {"name": "a", "tag": 1.10, "arguments": ["x y", null], "flags": {"q": null, "platform": "linux/arm64"}}}"#,
            &[
                "pull",
                "a:1.10",
                "x y",
                "",
                "--platform",
                "linux/arm64",
                "-q",
            ],
        ),
        (
            r#"{"push": {"name": "a", "tag": "t", "digest": "ignored", "flags": {"disable-content-trust": null}}}"#,
            &["push", "a:t", "--disable-content-trust"],
        ),
        (r#"{"build": null}"#, &["build", "."]),
        (
            r#"{"build": {"tag": "t", "file": "my Dockerfile", "path": "a b", "arguments": ["--pull"],
                "flags": {"build-arg": ["A=1", "'B=2 3'"], "no-cache": null, "t": "second"}}}"#,
            &[
                "build",
                "--pull",
                "--build-arg",
                "A=1",
                "--build-arg",
                "B=2 3",
                "-f",
                "my Dockerfile",
                "--no-cache",
                "-t",
                "t",
                "-t",
                "second",
                "a b",
            ],
        ),
        (
            r#"{"build": {"file": "'my Dockerfile'", "tag": "\"it's\""}}"#,
            &["build", "-f", "my Dockerfile", "-t", "it's", "."],
        ),
        (
            r#"{"run": {"image": "i", "name": "n", "detach": "yes", "rm": true, "privileged": false,
                "ports": [{"host": 8080, "container": 80}, {"container": "53/udp"}],
                "env": {"B": 2, "A": "x y", "E": null, "Q": "\"x y\""},
                "command": "sh -c", "arguments": ["echo", ""], "flags": {"Z": 1, "memory": "1g", "v": ["/a:/b"]}}}"#,
            &[
                "run",
                "-Z",
                "1",
                "-d",
                "--env",
                "A=x y",
                "--env",
                "B=2",
                "--env",
                "E=",
                "--env",
                "Q=\"x y\"",
                "--memory",
                "1g",
                "--name",
                "n",
                "-p",
                "8080:80",
                "-p",
                ":53/udp",
                "--rm",
                "-v",
                "/a:/b",
                "i",
                "sh -c",
                "echo",
                "",
            ],
        ),
        (
            r#"{"remove": {"container": "c", "force": true, "arguments": ["d"], "flags": {"v": null}}}"#,
            &["rm", "-f", "-v", "c", "d"],
        ),
        (
            r#"{"login": {"username": "me", "password": "a b\"c'", "arguments": ["registry.example.org"], "flags": {"x": "y"}}}"#,
            &["login", "registry.example.org", "-p", "a b\"c'", "-u", "me"],
        ),
    ];
    for (step, expected) in cases {
        let found = command(step);
        assert_eq!(found.program, "docker");
        assert_eq!(found.args, *expected, "{step}");
        assert_eq!(found.quiet, step.contains("login"), "{step}");
    }
    assert!(command(r#"{"run": {"image": "i", "suppress-output": true}}"#).quiet);
}

#[test]
fn a_login_takes_from_the_environment_what_is_missing() {
    let secret = "\u{fdd0}3\u{fdd1}";
    let environment = [("DOCKER_USERNAME", "env-user"), ("DOCKER_PASSWORD", secret)];
    let cases = [
        (r#"{"login": null}"#, ["-p", secret, "-u", "env-user"]),
        (
            r#"{"login": {"username": "me", "password": ""}}"#,
            ["-p", secret, "-u", "me"],
        ),
        (
            r#"{"login": {"password": "pw"}}"#,
            ["-p", "pw", "-u", "env-user"],
        ),
    ];
    for (step, expected) in cases {
        let tasks = plan_with(step, &environment);
        let login = Command::new("docker")
            .arg("login")
            .args(expected)
            .quiet(true);
        assert_eq!(tasks, Ok(vec![login.into()]), "{step}");
    }
}

#[test]
fn refusals_name_their_place() {
    let long = format!(
        r#"{{"run": {{"image": "i", "arguments": ["x", "{}"]}}}}"#,
        "x".repeat(128 * 1024)
    );
    let cases = [
        ("null", "", "docker-002", "the step has no command"),
        (
            r#"{"description": "d"}"#,
            "",
            "docker-002",
            "the step has no command",
        ),
        (
            r#"{"description": "d", "exec": {"container": "a"}}"#,
            "/exec",
            "docker-001",
            "`exec` is no command of the docker mixin, which has `build`, `login`, `pull`, `push`, `remove` and `run`",
        ),
        (
            r#"{"pull": {"name": "a"}, "push": {"name": "b"}}"#,
            "/push",
            "docker-001",
            "`push` stands beside `pull`, but a step has one command",
        ),
        (
            r#"{"pull": null}"#,
            "/pull/name",
            "docker-001",
            "`pull.name` is missing",
        ),
        (
            r#"{"run": {"name": "x"}}"#,
            "/run/image",
            "docker-001",
            "`run.image` is missing",
        ),
        (
            r#"{"remove": {"force": true}}"#,
            "/remove/container",
            "docker-001",
            "`remove.container` is missing",
        ),
        (
            r#"{"pull": "a"}"#,
            "/pull",
            "docker-001",
            "`pull` must be a mapping, but is the text `a`",
        ),
        (
            r#"{"run": {"image": "i", "detach": "maybe"}}"#,
            "/run/detach",
            "docker-001",
            "`run.detach` must be true or false, but is the text `maybe`",
        ),
        (
            r#"{"run": {"image": "i", "ports": [{"host": 1}, {"host": []}]}}"#,
            "/run/ports/1/host",
            "docker-001",
            "`run.ports[1].host` must be text, but is a list",
        ),
        (
            r#"{"run": {"image": "i", "flags": {"x": [1]}}}"#,
            "/run/flags/x/0",
            "docker-001",
            "`run.flags.x[0]` must be text, but is `1`; put it into quotes",
        ),
        (
            long.as_str(),
            "/run/arguments/1",
            "docker-001",
            "`run.arguments[1]` is longer than the 128 KiB that a command takes",
        ),
        (
            r#"{"login": {"username": "me"}}"#,
            "/login",
            "docker-002",
            "`login.password` is missing, and `DOCKER_PASSWORD` is not set",
        ),
    ];
    for (step, pointer, code, title) in cases {
        let found = plan_with(step, &[]).expect_err(step).0;
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
    }
}

#[test]
fn lint_rules() {
    let steps = [
        r#"{"login": {"username": "${bundle.credentials.user}", "flags": {"x": 1}}}"#,
        r#"{"run": {"image": "i", "outputs": [{"name": "x", "path": "p"}], "privilegd": true}}"#,
        r#"{"description": "nothing"}"#,
        r#"{"pull": {"name": "a", "tag": "${bundle.parameters.tag}"}}"#,
    ];
    let request = BuildRequest {
        actions: vec![("install".to_owned(), steps.map(str::to_owned).to_vec())],
        ..Default::default()
    };
    let found = evaluate::lint::<Docker>(request).expect("nothing is refused");
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
            ("docker-003", "/run/privilegd", 1),
            ("docker-100", "/login", 0),
            ("docker-102", "/login/flags", 0),
            ("docker-101", "/run/outputs", 1),
            ("docker-002", "", 2),
        ]
    );
}

fn addresses(config: &str) -> Result<Vec<String>, Failure> {
    let request = BuildRequest {
        config: config.to_owned(),
        ..Default::default()
    };
    let instructions = evaluate::build::<Docker>(request)?;
    let [Instruction::Download(download)] = instructions.as_slice() else {
        panic!("{instructions:?}");
    };
    assert_eq!(download.to.path, "/usr/bin/docker");
    let entries = download.entries.iter();
    Ok(entries
        .inspect(|entry| {
            assert_eq!(
                (&entry.source.checksum, entry.member.as_str()),
                (&Checksum::None, "docker/docker")
            )
        })
        .map(|entry| entry.source.url.clone())
        .collect())
}

#[test]
fn the_client_is_chosen_by_version_and_platform() {
    let of = |version: &str| {
        ["x86_64", "aarch64"]
            .map(|machine| {
                format!(
                    "https://download.docker.com/linux/static/stable/{machine}/docker-{version}.tgz"
                )
            })
            .to_vec()
    };
    for (config, version) in [
        ("", "20.10.7"),
        ("null", "20.10.7"),
        (r#"{"clientVersion": ""}"#, "20.10.7"),
        (r#"{"ClientVersion": "23.0.1"}"#, "23.0.1"),
        (r#"{"clientVersion": "v27.1.0"}"#, "27.1.0"),
    ] {
        assert_eq!(addresses(config), Ok(of(version)), "{config}");
    }
    let found = addresses(r#"{"clientVersion": "1; rm -rf /"}"#)
        .expect_err("no version")
        .0;
    assert!(matches!(&found[0].at, Place::Config(pointer) if pointer.as_str() == "/clientVersion"));
    assert_eq!(found[0].code, "docker-001");
}

#[test]
fn the_schema_is_json_and_names_every_command() {
    let description = Docker::describe();
    assert!(Json::parse(&description.schema).is_ok());
    assert_eq!(
        description.environment,
        ["DOCKER_USERNAME", "DOCKER_PASSWORD"]
    );
    for name in ["build", "login", "pull", "push", "remove", "run"] {
        assert!(
            description.schema.contains(&format!("\"{name}\":{{")),
            "{name}"
        );
    }
}
