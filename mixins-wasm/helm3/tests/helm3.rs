//! What the helm3 mixin makes of a step and of a configuration, and what it refuses and where.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use porter_mixin_helm3::Helm3;
use porter_mixin_sdk::evaluate::{self, BuildRequest, PlanRequest};
use porter_mixin_sdk::{
    Archive, Channel, Checksum, Command, Diagnostic, Download, Failure, Instruction, Json, Mixin,
    Output, Pattern, Place, Run, Task, Test, User,
};

fn plan(action: &str, step: &str) -> Result<Vec<Task>, Failure> {
    evaluate::plan::<Helm3>(PlanRequest {
        action: action.to_owned(),
        step: step.to_owned(),
        ..Default::default()
    })
}

fn request(config: &str, action: &str, step: &str) -> BuildRequest {
    BuildRequest {
        config: config.to_owned(),
        actions: vec![(action.to_owned(), vec![step.to_owned()])],
        ..Default::default()
    }
}

fn build(config: &str) -> Result<Vec<Instruction>, Failure> {
    evaluate::build::<Helm3>(request(config, "install", r#"{"description": "d"}"#))
}

fn lint(config: &str, action: &str, step: &str) -> Vec<Diagnostic> {
    match evaluate::lint::<Helm3>(request(config, action, step)) {
        Ok(found) | Err(Failure(found)) => found,
    }
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

/// The first command of a step, joined by blanks, after the line that is printed before it.
fn line(action: &str, step: &str) -> String {
    let tasks = plan(action, step).unwrap();
    let [Task::Say(said), Task::Run(command), ..] = tasks.as_slice() else {
        panic!("{tasks:?}");
    };
    let line = format!("{} {}", command.program, command.args.join(" "));
    assert_eq!(*said, line.replace("--password pw", "--password ***"));
    line
}

const EVERYTHING: &str = r#"{"description": "d", "name": "shop", "chart": "./c", "namespace": "retail", "version": 1.10,
    "wait": true, "devel": true, "values": ["a.yaml", null, "b c"], "skipCrds": true, "noHooks": true,
    "repo": "https://r", "username": "me", "password": "pw", "timeout": "5m", "debug": true,
    "atomic": true, "createNamespace": true, "resetValues": true, "reuseValues": true,
    "set": {"b": "x=y, z", "a.b": 1.50, "n": null}, "colour": "red", "force": true}"#;

#[test]
fn every_field_has_its_place() {
    assert_eq!(
        line("install", EVERYTHING),
        "helm3 upgrade --install shop ./c --namespace retail --version 1.10 --wait --devel \
         --values a.yaml --values  --values b c --skip-crds --no-hooks --repo https://r \
         --username me --password pw --timeout 5m --debug --atomic --create-namespace \
         --set a.b=1.50 --set b=x=y, z --set n="
    );
    assert_eq!(
        line("upgrade", EVERYTHING),
        "helm3 upgrade --install shop ./c --namespace retail --version 1.10 --reset-values \
         --reuse-values --wait --values a.yaml --values  --values b c --timeout 5m --debug \
         --atomic --create-namespace --set a.b=1.50 --set b=x=y, z --set n="
    );
}

#[test]
fn defaults() {
    for (fields, expected) in [
        ("", " --atomic --create-namespace"),
        (r#""atomic": false"#, " --create-namespace"),
        (r#""atomic": null, "createNamespace": "no""#, " --atomic"),
        (r#""wait": "yes""#, " --wait --atomic --create-namespace"),
        (
            r#""namespace": "", "set": {}, "values": null"#,
            " --atomic --create-namespace",
        ),
        (
            r#""repo": "https://r", "username": "me""#,
            " --atomic --create-namespace",
        ),
        (
            r#""timeout": 300"#,
            " --timeout 300 --atomic --create-namespace",
        ),
    ] {
        let comma = if fields.is_empty() { "" } else { ", " };
        let step = format!(r#"{{"name": "a", "chart": "b"{comma}{fields}}}"#);
        let expected = format!("helm3 upgrade --install a b{expected}");
        assert_eq!(line("install", &step), expected, "{fields}");
        assert_eq!(line("upgrade", &step), expected, "{fields}");
    }
}

#[test]
fn all_releases_are_tried() {
    let gone = || {
        Test::Matches(Pattern {
            channel: Channel::Either,
            value: "(?i)not found|release not loaded|already deleted".to_owned(),
        })
    };
    let remove = |name: &str| -> [Task; 2] {
        let command = Command::new("helm3")
            .args([
                "uninstall",
                name,
                "--namespace",
                "x",
                "--no-hooks",
                "--wait",
                "--timeout",
                "2m",
            ])
            .arg("--debug")
            .ignore(gone())
            .keep_going();
        let line =
            format!("helm3 uninstall {name} --namespace x --no-hooks --wait --timeout 2m --debug");
        [Task::Say(line), command.into()]
    };
    let step = r#"{"releases": ["a", "b"], "namespace": "x", "noHooks": true, "wait": true, "timeout": "2m",
        "debug": true, "name": "c", "outputs": [{"name": "o", "secret": "s", "key": "k"}]}"#;
    assert_eq!(
        plan("uninstall", step),
        Ok([remove("a"), remove("b")].concat())
    );
    for step in ["null", "{}", r#"{"releases": []}"#] {
        assert_eq!(plan("uninstall", step), Ok(Vec::new()), "{step}");
    }
}

#[test]
fn any_command_of_helm() {
    let step = r#"{"description": "d", "arguments": ["get", "a b"], "flags": {"o": "json", "all": null},
        "name": "x", "chart": "y", "suffix-arguments": ["z"]}"#;
    let command = Command::new("helm3").args(["get", "a b", "--all", "-o", "json"]);
    assert_eq!(plan("status", step), Ok(vec![command.into()]));
    assert_eq!(plan("status", "{}"), Ok(vec![Command::new("helm3").into()]));
}

#[test]
fn outputs_are_read_by_kubectl() {
    let secret = |name: &str, namespace: &str| -> Task {
        let template = r#"go-template={{index .data "pass.word" | base64decode}}"#;
        Command::new("kubectl")
            .args(["get", "secret", "db", "-n", namespace, "-o", template])
            .quiet(true)
            .output(Output::stdout(name).sensitive())
            .into()
    };
    let resource = |args: &[&str]| -> Task {
        Command::new("kubectl")
            .args(args.iter().copied())
            .quiet(true)
            .output(Output::stdout("ip"))
            .into()
    };
    let outputs = r#""outputs": [
        {"name": "a", "secret": "db", "key": "pass.word", "namespace": "vault"},
        {"name": "b", "secret": "db", "key": "pass.word"},
        {"name": "half", "secret": "db"}, {"name": "none"}, {"name": "no path", "resourceType": "svc", "resourceName": "s"},
        {"name": "ip", "resourceType": "svc", "resourceName": "s", "jsonPath": "{.a}"},
        {"name": "ip", "resourceType": "svc", "resourceName": "s", "jsonPath": "{.a}", "namespace": "n"}]"#;
    let expected = |namespace| {
        vec![
            secret("a", "vault"),
            secret("b", namespace),
            resource(&["get", "svc", "s", "-o=jsonpath={.a}"]),
            resource(&["get", "svc", "s", "-o=jsonpath={.a}", "--namespace=n"]),
        ]
    };
    for (action, fields, behind, namespace) in [
        ("install", r#""name": "x", "chart": "c""#, 2, "default"),
        (
            "install",
            r#""name": "x", "chart": "c", "namespace": "retail""#,
            2,
            "retail",
        ),
        (
            "upgrade",
            r#""name": "x", "chart": "c", "namespace": "retail""#,
            2,
            "retail",
        ),
        ("status", r#""namespace": "retail""#, 1, "default"),
    ] {
        let tasks = plan(action, &format!("{{{fields}, {outputs}}}")).unwrap();
        assert_eq!(tasks[behind..], expected(namespace), "{action} {fields}");
    }
}

#[test]
fn refusals_name_their_place() {
    let secret = |key: &str| {
        format!(
            r#"{{"name": "a", "chart": "b", "outputs": [{{"name": "o", "secret": "s", "key": {key}}}]}}"#
        )
    };
    let key = "`outputs[0].key` may hold letters, digits, `.`, `_` and `-` only, as every key of a secret";
    for (action, step, code, place, title) in [
        (
            "install",
            "null".to_owned(),
            "helm3-001",
            "",
            "the value must not be empty",
        ),
        (
            "status",
            "null".to_owned(),
            "helm3-001",
            "",
            "the value must not be empty",
        ),
        (
            "upgrade",
            "{}".to_owned(),
            "helm3-001",
            "/name",
            "`name` is missing",
        ),
        (
            "install",
            r#"{"name": "a", "set": {"image": {"tag": 1}}}"#.to_owned(),
            "helm3-001",
            "/set/image",
            "`set.image` must be text, but is a mapping",
        ),
        (
            "install",
            r#"{"name": "a", "values": "x.yaml"}"#.to_owned(),
            "helm3-001",
            "/values",
            "`values` must be a list, but is the text `x.yaml`",
        ),
        (
            "install",
            r#"{"name": "a", "wait": "maybe"}"#.to_owned(),
            "helm3-001",
            "/wait",
            "`wait` must be true or false, but is the text `maybe`",
        ),
        (
            "uninstall",
            r#"{"releases": "shop"}"#.to_owned(),
            "helm3-001",
            "/releases",
            "`releases` must be a list, but is the text `shop`",
        ),
        (
            "status",
            r#"{"arguments": "status shop"}"#.to_owned(),
            "helm3-001",
            "/arguments",
            "`arguments` must be a list, but is the text `status shop`",
        ),
        (
            "install",
            secret(r#""a\" | print .metadata }}{{ \"""#),
            "helm3-001",
            "/outputs/0/key",
            key,
        ),
        (
            "install",
            secret("\"\u{FDD0}0\u{FDD1}\""),
            "needs-value",
            "/outputs/0/key",
            "`outputs[0].key` must be known before the step runs",
        ),
        (
            "install",
            r#"{"name": "a", "outputs": [{"name": "../o", "secret": "s", "key": "k"}]}"#.to_owned(),
            "helm3-001",
            "/outputs/0/name",
            "`outputs[0].name` may hold letters, digits, `.`, `_` and `-` only",
        ),
    ] {
        let Failure(found) = plan(action, &step).unwrap_err();
        assert_eq!(said(&found), [(code, place.to_owned(), title)], "{step}");
    }
}

#[test]
fn lint_finds_misuse_early() {
    let fine =
        r#"{"name": "${ bundle.parameters.n }", "chart": "c", "wait": "${ bundle.parameters.w }"}"#;
    assert_eq!(lint("null", "install", fine), []);
    assert_eq!(lint("null", "upgrade", fine), []);
    assert_eq!(lint("null", "status", r#"{"arguments": ["list"]}"#), []);
    for (config, action, step, expected) in [
        (
            "null",
            "install",
            r#"{"description": "d"}"#,
            vec![
                ("helm3-100", "/name", "`name` is missing"),
                ("helm3-100", "/chart", "`chart` is missing"),
            ],
        ),
        (
            "null",
            "uninstall",
            r#"{"purge": true}"#,
            vec![(
                "helm3-100",
                "/releases",
                "`releases` is empty: nothing is removed",
            )],
        ),
        (
            "null",
            "install",
            r#"{"name": "a", "chart": "b", "username": "me", "password": "pw"}"#,
            vec![(
                "helm3-101",
                "/username",
                "`repo`, `username` and `password` have an effect together only",
            )],
        ),
        (
            "null",
            "install",
            r#"{"name": "a", "chart": "b", "repo": "r", "username": "me", "password": "pw"}"#,
            vec![(
                "helm3-101",
                "/password",
                "`password` is shown in the list of processes while helm runs",
            )],
        ),
        (
            "null",
            "upgrade",
            r#"{"name": "a", "chart": "b", "devel": true, "repo": "r", "nohooks": true}"#,
            vec![
                (
                    "helm3-003",
                    "/nohooks",
                    "`nohooks` is not known and has no effect",
                ),
                ("helm3-102", "/devel", "`devel` has no effect in `upgrade`"),
                ("helm3-102", "/repo", "`repo` has no effect in `upgrade`"),
            ],
        ),
        (
            "null",
            "status",
            r#"{"outputs": [{"name": "o", "secret": "s"}]}"#,
            vec![("helm3-103", "/outputs/0", "the output `o` takes nothing")],
        ),
        (
            r#"{"repositories": {"a": {"url": "https://a"}, "b": {}, "c": null}}"#,
            "status",
            "{}",
            vec![
                (
                    "helm3-104",
                    "config/repositories/b",
                    "the repository `b` has no `url` and is left out",
                ),
                (
                    "helm3-104",
                    "config/repositories/c",
                    "the repository `c` has no `url` and is left out",
                ),
            ],
        ),
    ] {
        let found = lint(config, action, step);
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(code, place, title)| (code, place.to_owned(), title))
            .collect();
        assert_eq!(said(&found), expected, "{step}");
    }
}

fn downloads(instructions: &[Instruction]) -> Vec<&Download> {
    let downloads = instructions
        .iter()
        .filter_map(|instruction| match instruction {
            Instruction::Download(download) => Some(download),
            _ => None,
        });
    downloads.collect()
}

#[test]
fn helm_for_the_platform_of_the_image() {
    for (config, version, architectures) in [
        (
            "null",
            "v3.8.2",
            vec![("linux/amd64", "amd64"), ("linux/arm64", "arm64")],
        ),
        (
            r#"{"clientVersion": 3.14, "clientPlatform": "linux"}"#,
            "v3.14.0",
            vec![("linux/amd64", "amd64"), ("linux/arm64", "arm64")],
        ),
        (
            r#"{"clientVersion": "v3.9.0", "clientArchitecture": "arm64"}"#,
            "v3.9.0",
            vec![("linux/amd64", "arm64"), ("linux/arm64", "arm64")],
        ),
        (
            r#"{"clientArchitecture": "s390x"}"#,
            "v3.8.2",
            vec![
                ("linux/amd64", "s390x"),
                ("linux/arm64", "s390x"),
                ("linux/s390x", "s390x"),
            ],
        ),
    ] {
        let instructions = build(config).unwrap();
        let env = Instruction::Env {
            name: "HELM_EXPERIMENTAL_OCI".to_owned(),
            value: "1".to_owned(),
        };
        assert_eq!(instructions.len(), 2);
        assert_eq!(instructions[0], env);
        let found = downloads(&instructions);
        assert_eq!(found[0].archive, Archive::TarGz);
        assert_eq!(
            (found[0].to.path.as_str(), found[0].to.mode),
            ("/usr/local/bin/helm3", 0o755)
        );
        assert_eq!(found[0].entries.len(), architectures.len());
        for (entry, (platform, architecture)) in found[0].entries.iter().zip(architectures) {
            let url = format!("https://get.helm.sh/helm-{version}-linux-{architecture}.tar.gz");
            assert_eq!(entry.platform, platform);
            assert_eq!(
                entry.source.checksum,
                Checksum::Sums(format!("{url}.sha256"))
            );
            assert_eq!(entry.source.url, url);
            assert_eq!(entry.member, format!("linux-{architecture}/helm"));
        }
    }
}

#[test]
fn kubectl_only_for_outputs() {
    let secret =
        r#"{"outputs": [{"name": "o", "secret": "s", "key": "${ bundle.parameters.k }"}]}"#;
    let resource = r#"{"outputs": [{"name": "o", "resourceType": "a", "resourceName": "b", "jsonPath": "c"}]}"#;
    for (action, step, is_there) in [
        ("install", secret, true),
        ("upgrade", resource, true),
        ("status", secret, true),
        ("uninstall", secret, false),
        (
            "install",
            r#"{"outputs": [{"name": "o", "secret": "s"}]}"#,
            false,
        ),
    ] {
        let instructions = evaluate::build::<Helm3>(request("null", action, step)).unwrap();
        let found = downloads(&instructions);
        let kubectl = "https://dl.k8s.io/release/v1.22.1/bin/linux/amd64/kubectl";
        let urls: Vec<&str> = found
            .iter()
            .map(|found| found.entries[0].source.url.as_str())
            .collect();
        assert_eq!(urls.contains(&kubectl), is_there, "{action} {step}");
    }
}

#[test]
fn repositories_belong_to_the_user_of_the_bundle() {
    let instructions = build(
        r#"{"repositories": {"b": {"url": "https://b?x=$(y)", "username": "u"}, "n": {}, "a": {"url": "oci://a"}}}"#,
    )
    .unwrap();
    let words = |line: &str| line.split(' ').map(str::to_owned).collect();
    let run = Run {
        commands: vec![
            words("helm3 repo add a oci://a"),
            words("helm3 repo add b https://b?x=$(y)"),
            words("helm3 repo update"),
        ],
        dir: String::new(),
        user: User::Bundle,
        network: true,
    };
    assert_eq!(instructions.last(), Some(&Instruction::Run(run)));
    for config in [
        r#"{"repositories": {"n": {}, "m": null}}"#,
        r#"{"repositories": {}}"#,
    ] {
        assert_eq!(build(config).unwrap().len(), 2, "{config}");
    }
}

#[test]
fn configurations_that_are_refused() {
    for (config, places) in [
        (
            r#"{"clientVersion": "v2.17.0"}"#,
            vec!["config/clientVersion"],
        ),
        (
            r#"{"clientVersion": " v3.8.2"}"#,
            vec!["config/clientVersion"],
        ),
        (
            r#"{"clientPlatform": "darwin", "clientArchitecture": "x/y", "clientVersion": "x"}"#,
            vec![
                "config/clientPlatform",
                "config/clientArchitecture",
                "config/clientVersion",
            ],
        ),
        (
            r#"{"repositories": {"-x": {"url": "https://a"}, "b": {"url": "--post-renderer=x"}}}"#,
            vec!["config/repositories/-x", "config/repositories/b/url"],
        ),
        (
            r#"{"repositories": {"acme": "https://a"}}"#,
            vec!["config/repositories/acme"],
        ),
    ] {
        let Failure(found) = build(config).unwrap_err();
        let found: Vec<String> = said(&found)
            .into_iter()
            .map(|(_, place, _)| place)
            .collect();
        assert_eq!(found, places, "{config}");
    }
}

#[test]
fn the_schema_is_json_with_a_definition_per_action() {
    let schema = Json::parse(&Helm3::describe().schema).unwrap();
    let definitions = schema.get("definitions").unwrap();
    for name in [
        "config",
        "installStep",
        "upgradeStep",
        "invokeStep",
        "uninstallStep",
    ] {
        assert!(definitions.get(name).is_some(), "{name}");
    }
}
