//! What the terraform mixin puts into the image, and its lint rules.

use porter_mixin_sdk::evaluate::{self, BuildRequest};
use porter_mixin_sdk::{Checksum, Failure, Instruction, Place, User};
use porter_mixin_terraform::Terraform;

fn build(config: &str) -> Result<Vec<Instruction>, Failure> {
    evaluate::build::<Terraform>(BuildRequest {
        config: config.to_owned(),
        ..Default::default()
    })
}

fn variable<'a>(instructions: &'a [Instruction], wanted: &str) -> Option<&'a str> {
    instructions
        .iter()
        .find_map(|instruction| match instruction {
            Instruction::Env { name, value } if name == wanted => Some(value.as_str()),
            _ => None,
        })
}

#[test]
fn terraform_is_chosen_by_version_host_and_platform() {
    for (config, version, host) in [
        ("null", "1.2.9", "https://releases.hashicorp.com"),
        (
            r#"{"clientVersion": null}"#,
            "1.2.9",
            "https://releases.hashicorp.com",
        ),
        (
            r#"{"CLIENTVERSION": 1.10}"#,
            "1.10",
            "https://releases.hashicorp.com",
        ),
        (
            r#"{"clientVersion": "v1.5.7", "installHost": "https://m.example.org:8443/a/"}"#,
            "1.5.7",
            "https://m.example.org:8443/a",
        ),
    ] {
        let instructions = build(config).expect(config);
        let Some(Instruction::Download(download)) = instructions.get(2) else {
            panic!("{instructions:?}");
        };
        assert_eq!(
            (download.to.path.as_str(), download.to.mode),
            ("/usr/bin/terraform", 0o755)
        );
        let folder = format!("{host}/terraform/{version}/terraform_{version}");
        for (entry, architecture) in download.entries.iter().zip(["amd64", "arm64"]) {
            assert_eq!(entry.platform, format!("linux/{architecture}"));
            assert_eq!(
                entry.source.url,
                format!("{folder}_linux_{architecture}.zip")
            );
            assert_eq!(
                entry.source.checksum,
                Checksum::Sums(format!("{folder}_SHA256SUMS"))
            );
            assert_eq!(entry.member, "terraform");
        }
    }
}

#[test]
fn the_sources_come_before_the_providers() {
    for (config, source, to) in [
        ("null", "terraform", "terraform/"),
        (
            r#"{"workingDir": "infra/", "initFile": "sub/init.tf"}"#,
            "infra/sub/init.tf",
            "infra/",
        ),
        (r#"{"workingDir": "./my infra"}"#, "my infra", "my infra/"),
        (
            r#"{"workingDir": ".", "initFile": "main.tf"}"#,
            "main.tf",
            "./",
        ),
    ] {
        let instructions = build(config).expect(config);
        let copy = Instruction::Copy {
            source: source.to_owned(),
            to: to.to_owned(),
        };
        assert_eq!(instructions[3], copy, "{config}");
        let [Instruction::Run(init), Instruction::Run(moved)] = &instructions[4..] else {
            panic!("{instructions:?}");
        };
        assert_eq!(init.commands, [["terraform", "init", "-backend=false"]]);
        assert_eq!(
            (init.user, init.network, init.dir.as_str()),
            (User::Bundle, true, to.trim_end_matches('/'))
        );
        assert_eq!(
            (moved.user, moved.network, moved.commands.len()),
            (User::Root, false, 3)
        );
    }
}

#[test]
fn a_mirror_of_providers() {
    let instructions =
        build(r#"{"providerHost": "https://p.example.org/\"${x}", "workingDir": "tf"}"#)
            .expect("fine");
    let path = "/cnab/app/tf/provider_mirror.tfrc";
    assert_eq!(variable(&instructions, "TF_CLI_CONFIG_FILE"), Some(path));
    let file = instructions
        .iter()
        .find_map(|instruction| match instruction {
            Instruction::File(file) => Some(file),
            _ => None,
        });
    let file = file.expect("a file");
    assert_eq!(file.to.path, path);
    assert!(
        file.content
            .contains(r#"url = "https://p.example.org/\"$${x}""#),
        "{}",
        file.content
    );
    assert!(
        build("null")
            .expect("fine")
            .iter()
            .all(|i| !matches!(i, Instruction::File(_)))
    );
}

#[test]
fn user_agents() {
    let name = "PORTER_TERRAFORM_MIXIN_USER_AGENT_OPT_OUT";
    let agent = "AZURE_HTTP_USER_AGENT";
    let usual = build("null").expect("fine");
    assert_eq!(variable(&usual, name), Some("false"));
    assert!(
        variable(&usual, agent)
            .is_some_and(|value| value.starts_with("getporter/porter getporter/terraform/v"))
    );
    let out = build(r#"{"userAgentOptOut": "yes"}"#).expect("fine");
    assert_eq!(
        (variable(&out, name), variable(&out, agent)),
        (Some("true"), Some(""))
    );
}

#[test]
fn refusals_name_their_place() {
    for (config, pointer, title) in [
        (
            r#""hello""#,
            "",
            "the value must be a mapping, but is the text `hello`",
        ),
        (
            r#"{"clientVersion": "1 2"}"#,
            "/clientVersion",
            "`clientVersion` is no version: it may hold letters, digits, `.`, `+`, `_`, `~` and `-` only",
        ),
        (
            r#"{"workingDir": "../x"}"#,
            "/workingDir",
            "`workingDir` must be a path below the bundle directory, without `..`",
        ),
        (
            r#"{"initFile": "/etc/passwd"}"#,
            "/initFile",
            "`initFile` must be a path below the bundle directory, without `..`",
        ),
        (
            r#"{"installHost": "http://m.example.org"}"#,
            "/installHost",
            "`installHost` must be an address that begins with `https://`",
        ),
        (
            r#"{"installHost": "https://me@m.example.org"}"#,
            "/installHost",
            "`installHost` must not hold credentials",
        ),
        (
            r#"{"installHost": "https://m.example.org/?b='2'"}"#,
            "/installHost",
            "`installHost` holds a character that no address has; write it percent-encoded",
        ),
        (
            r#"{"providerHost": "https://a\nb"}"#,
            "/providerHost",
            "`providerHost` must not hold control characters",
        ),
        (
            r#"{"userAgentOptOut": []}"#,
            "/userAgentOptOut",
            "`userAgentOptOut` must be true or false, but is a list",
        ),
    ] {
        let found = build(config).expect_err(config).0;
        assert_eq!(found.len(), 1, "{config}: {found:?}");
        assert!(
            matches!(&found[0].at, Place::Config(p) if p.as_str() == pointer),
            "{config}: {found:?}"
        );
        assert_eq!(
            (found[0].code.as_str(), found[0].title.as_str()),
            ("terraform-001", title)
        );
    }
}

#[test]
fn lint_rules() {
    let steps = [
        r#"{"vars": {"a": "${ bundle.credentials.key }", "b": {"c": ["x${bundle.credentials.key}"]}, "d": "${bundle.parameters.p}"}}"#,
        r#"{"arguments": ["x"], "disableVarFile": true, "logLevel": "LOUD", "var": {}}"#,
        r#"{"logLevel": "${bundle.parameters.level}"}"#,
        r#"{"logLevel": "trace"}"#,
    ];
    let request = BuildRequest {
        config: r#"{"ClientVersion": "1.2.9", "instalHost": "x"}"#.to_owned(),
        actions: vec![("upgrade".to_owned(), steps.map(str::to_owned).to_vec())],
        ..Default::default()
    };
    let found = evaluate::lint::<Terraform>(request).expect("nothing is refused");
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
            ("terraform-003", "/instalHost", u32::MAX),
            ("terraform-003", "/var", 1),
            ("terraform-100", "/vars/a", 0),
            ("terraform-100", "/vars/b", 0),
            ("terraform-101", "/arguments", 1),
            ("terraform-101", "/disableVarFile", 1),
            ("terraform-102", "/logLevel", 1),
        ]
    );
}
