//! What the kubernetes mixin makes of a step and of a configuration, and what it refuses and where.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use porter_mixin_kubernetes::Kubernetes;
use porter_mixin_sdk::evaluate::{self, BuildRequest, PlanRequest};
use porter_mixin_sdk::{
    Archive, Checksum, Command, Diagnostic, Failure, Instruction, Json, Mixin, Output, Place,
    Severity, Task,
};

fn plan(action: &str, step: &str) -> Result<Vec<Task>, Failure> {
    evaluate::plan::<Kubernetes>(PlanRequest {
        action: action.to_owned(),
        step: step.to_owned(),
        ..Default::default()
    })
}

fn build(config: &str) -> Result<Vec<Instruction>, Failure> {
    evaluate::build::<Kubernetes>(BuildRequest {
        config: config.to_owned(),
        ..Default::default()
    })
}

fn lint(action: &str, step: &str) -> Vec<Diagnostic> {
    let request = BuildRequest {
        actions: vec![(action.to_owned(), vec![step.to_owned()])],
        ..Default::default()
    };
    match evaluate::lint::<Kubernetes>(request) {
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

/// The argument lists of the commands of a step, each joined by blanks.
fn lines(action: &str, step: &str) -> Vec<String> {
    let tasks = plan(action, step).unwrap();
    let line = |task: &Task| match task {
        Task::Run(command) => format!("{} {}", command.program, command.args.join(" ")),
        other => format!("{other:?}"),
    };
    tasks.iter().map(line).collect()
}

const EVERYTHING: &str = r#"{"description": "d", "manifests": ["a.yaml"], "namespace": "retail", "record": true,
    "selector": "app=shop", "context": "prod", "kubeConfig": "kc", "validate": false, "wait": true,
    "force": true, "prune": true, "overwrite": false, "timeout": 60, "colour": "red"}"#;

#[test]
fn every_field_has_its_place() {
    let base = "-f a.yaml -n retail";
    let context = "--selector=app=shop --context=prod --kubeconfig=kc";
    for (action, expected) in [
        (
            "install",
            format!("kubectl apply {base} --record=true {context} --validate=false --wait"),
        ),
        (
            "upgrade",
            format!(
                "kubectl apply {base} --record=true {context} --validate=false --wait --force \
                 --grace-period=0 --prune=true --overwrite=false --timeout=60s"
            ),
        ),
        (
            "patch",
            format!(
                "kubectl apply {base} --record=true {context} --validate=false --wait --force \
                 --grace-period=0 --prune=true --overwrite=false --timeout=60s"
            ),
        ),
        (
            "uninstall",
            format!(
                "kubectl delete --ignore-not-found=true {base} --force --grace-period=0 {context} \
                 --timeout=60s --wait"
            ),
        ),
    ] {
        assert_eq!(lines(action, EVERYTHING), [expected], "{action}");
    }
}

#[test]
fn defaults_and_numbers() {
    for (fields, expected) in [
        (r"", " --wait"),
        (r#""wait": false"#, ""),
        (r#""wait": null"#, " --wait"),
        (r#""wait": "no""#, ""),
        (
            r#""record": false, "validate": true, "prune": false, "overwrite": true"#,
            " --wait",
        ),
        (r#""namespace": 0, "context": """#, " -n 0 --wait"),
        (r#""timeout": 0"#, " --wait --timeout=0s"),
        (r#""timeout": "30""#, " --wait --timeout=30s"),
        (r#""timeout": 30.0"#, " --wait --timeout=30s"),
        (r#""timeout": 1.5"#, " --wait --timeout=1s"),
        (r#""timeout": -1"#, " --wait --timeout=-1s"),
        (r#""gracePeriod": 15"#, " --wait --grace-period=15"),
        (r#""gracePeriod": 0"#, " --wait --grace-period=0 --force"),
        (r#""force": true"#, " --wait --force --grace-period=0"),
        (
            r#""force": true, "gracePeriod": 0"#,
            " --wait --force --grace-period=0 --force",
        ),
        (
            r#""force": false, "gracePeriod": 9"#,
            " --wait --grace-period=9",
        ),
    ] {
        let comma = if fields.is_empty() { "" } else { ", " };
        let step = format!(r#"{{"manifests": ["m"]{comma}{fields}}}"#);
        assert_eq!(
            lines("upgrade", &step),
            [format!("kubectl apply -f m{expected}")],
            "{fields}"
        );
    }
}

#[test]
fn manifests_in_order_then_outputs() {
    let step = r#"{"manifests": ["z", null, 2.50, "a b"], "namespace": "retail", "outputs": [
        {"name": "ip", "resourceType": "service", "resourceName": "shop", "namespace": "x", "jsonPath": "{.spec.clusterIP}"},
        {"name": "n", "resourceType": "pod", "resourceName": "p", "jsonPath": "{.a}"}]}"#;
    let tasks = plan("install", step).unwrap();
    let apply = |manifest: &str| -> Task {
        Command::new("kubectl")
            .args(["apply", "-f", manifest, "-n", "retail", "--wait"])
            .into()
    };
    let ip = Command::new("kubectl")
        .args([
            "get",
            "service",
            "shop",
            "-o=jsonpath={.spec.clusterIP}",
            "--namespace=x",
        ])
        .quiet(true)
        .output(Output::stdout("ip"));
    let n = Command::new("kubectl")
        .args(["get", "pod", "p", "-o=jsonpath={.a}"])
        .quiet(true)
        .output(Output::stdout("n"));
    let expected = [
        apply("z"),
        apply(""),
        apply("2.50"),
        apply("a b"),
        ip.into(),
        n.into(),
    ];
    assert_eq!(tasks, expected);
    assert_eq!(
        lines(
            "uninstall",
            r#"{"manifests": ["a"], "outputs": [{"name": "../x"}]}"#
        ),
        ["kubectl delete --ignore-not-found=true -f a --wait"]
    );
    assert_eq!(plan("upgrade", "null"), Ok(Vec::new()));
}

#[test]
fn fields_of_other_actions_do_no_harm() {
    let step = r#"{"manifests": ["a"], "timeout": "soon", "force": true, "gracePeriod": 9}"#;
    assert_eq!(lines("install", step), ["kubectl apply -f a --wait"]);
}

#[test]
fn refusals_name_their_place() {
    let contradiction = "grace period must be zero when force is specified: 10";
    for (action, step, code, place, title) in [
        (
            "install",
            r#""x""#,
            "kubernetes-001",
            "",
            "the value must be a mapping, but is the text `x`",
        ),
        (
            "install",
            r#"{"manifests": "a.yaml"}"#,
            "kubernetes-001",
            "/manifests",
            "`manifests` must be a list, but is the text `a.yaml`",
        ),
        (
            "upgrade",
            r#"{"manifests": ["a"], "force": true, "gracePeriod": 10}"#,
            "kubernetes-001",
            "/gracePeriod",
            contradiction,
        ),
        (
            "uninstall",
            r#"{"force": true, "gracePeriod": "10"}"#,
            "kubernetes-001",
            "/gracePeriod",
            contradiction,
        ),
        (
            "patch",
            r#"{"timeout": "30s"}"#,
            "kubernetes-001",
            "/timeout",
            "`timeout` must be a whole number of seconds",
        ),
        (
            "patch",
            r#"{"timeout": "010"}"#,
            "kubernetes-001",
            "/timeout",
            "`timeout` must be a whole number of seconds",
        ),
        (
            "patch",
            r#"{"timeout": true}"#,
            "kubernetes-001",
            "/timeout",
            "`timeout` must be a whole number of seconds",
        ),
        (
            "patch",
            r#"{"gracePeriod": 99999999999}"#,
            "kubernetes-001",
            "/gracePeriod",
            "`gracePeriod` must be a whole number of seconds",
        ),
        (
            "patch",
            "{\"gracePeriod\": \"\u{FDD0}0\u{FDD1}\"}",
            "needs-value",
            "/gracePeriod",
            "`gracePeriod` must be known before the step runs",
        ),
        (
            "install",
            r#"{"outputs": [{"name": "../x", "resourceType": "a"}]}"#,
            "kubernetes-001",
            "/outputs/0/name",
            "`outputs[0].name` may hold letters, digits, `.`, `_` and `-` only",
        ),
        (
            "install",
            r#"{"namespace": ["a"]}"#,
            "kubernetes-001",
            "/namespace",
            "`namespace` must be text, but is a list",
        ),
    ] {
        let Failure(found) = plan(action, step).unwrap_err();
        assert_eq!(said(&found), [(code, place.to_owned(), title)], "{step}");
    }
}

#[test]
fn lint_finds_misuse_early() {
    let template =
        r#"{"manifests": ["a"], "force": true, "gracePeriod": "${ bundle.parameters.g }"}"#;
    assert_eq!(lint("upgrade", template), []);
    assert_eq!(lint("upgrade", EVERYTHING), []);
    for (action, step, expected) in [
        (
            "install",
            r#"{"description": "d"}"#,
            vec![(
                "kubernetes-100",
                "/manifests",
                "`manifests` is empty: kubectl does not run",
            )],
        ),
        (
            "upgrade",
            r#"{"manifests": ["a"], "force": true, "gracePeriod": 5, "timeout": "1h"}"#,
            vec![
                (
                    "kubernetes-101",
                    "/gracePeriod",
                    "grace period must be zero when force is specified: 5",
                ),
                (
                    "kubernetes-101",
                    "/timeout",
                    "`timeout` must be a whole number of seconds",
                ),
            ],
        ),
        (
            "uninstall",
            r#"{"manifests": ["a"], "timeout": 1.5, "prune": true, "outputs": [{"name": "a"}]}"#,
            vec![
                (
                    "kubernetes-103",
                    "/prune",
                    "`prune` has no effect in `uninstall`",
                ),
                (
                    "kubernetes-103",
                    "/outputs",
                    "`outputs` has no effect in `uninstall`",
                ),
                (
                    "kubernetes-101",
                    "/timeout",
                    "`timeout` is taken as 1 seconds",
                ),
            ],
        ),
        (
            "install",
            r#"{"manifests": ["a"], "timeout": 5, "outputs": [{"name": "a", "resourceType": "b"}]}"#,
            vec![
                (
                    "kubernetes-103",
                    "/timeout",
                    "`timeout` has no effect in `install`",
                ),
                (
                    "kubernetes-102",
                    "/outputs/0/resourceName",
                    "`outputs[0].resourceName` is missing",
                ),
                (
                    "kubernetes-102",
                    "/outputs/0/jsonPath",
                    "`outputs[0].jsonPath` is missing",
                ),
            ],
        ),
        (
            "install",
            r#"{"manifests": ["a"], "kubeconfig": "x"}"#,
            vec![(
                "kubernetes-003",
                "/kubeconfig",
                "`kubeconfig` is not known and has no effect",
            )],
        ),
    ] {
        let found = lint(action, step);
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(code, place, title)| (code, place.to_owned(), title))
            .collect();
        assert_eq!(said(&found), expected, "{step}");
    }
    let errors = |step| {
        let found = lint("upgrade", step);
        found
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .count()
    };
    assert_eq!(
        errors(r#"{"manifests": ["a"], "timeout": "1h", "force": 1.5}"#),
        1
    );
    assert_eq!(errors(r#"{"timeout": 1.5}"#), 0);
}

#[test]
fn kubectl_in_the_wanted_version() {
    for (config, version) in [
        ("null", "v1.25.1"),
        (r#"{"clientVersion": null}"#, "v1.25.1"),
        (r#"{"clientVersion": "v1.28.4"}"#, "v1.28.4"),
        (r#"{"clientVersion": "1.30.0", "flavour": "x"}"#, "v1.30.0"),
        (r#"{"CLIENTversion": 1.28}"#, "v1.28.0"),
    ] {
        let instructions = build(config).unwrap();
        let [Instruction::Download(download)] = instructions.as_slice() else {
            panic!("{instructions:?}");
        };
        let found: Vec<_> = download
            .entries
            .iter()
            .map(|entry| {
                (
                    entry.platform.as_str(),
                    entry.source.url.clone(),
                    entry.source.checksum.clone(),
                )
            })
            .collect();
        let entry = |platform, architecture| {
            let url =
                format!("https://dl.k8s.io/release/{version}/bin/linux/{architecture}/kubectl");
            let sums = Checksum::Sums(format!("{url}.sha256"));
            (platform, url, sums)
        };
        assert_eq!(
            found,
            [entry("linux/amd64", "amd64"), entry("linux/arm64", "arm64")]
        );
        assert_eq!(download.archive, Archive::None);
        assert_eq!(
            (download.to.path.as_str(), download.to.mode),
            ("/usr/local/bin/kubectl", 0o755)
        );
    }
    for config in [
        r#"{"clientVersion": "v1.29.0-alpha.1"}"#,
        r#"{"clientVersion": "v1.27.3 "}"#,
        r#"{"clientVersion": "2"}"#,
        r#"{"clientVersion": "1/../../x"}"#,
    ] {
        let Failure(found) = build(config).unwrap_err();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (said(&found)[0].0, said(&found)[0].1.as_str()),
            ("kubernetes-001", "config/clientVersion")
        );
    }
    assert!(build(r#""hello""#).is_err());
}

#[test]
fn the_schema_is_json_with_a_definition_per_action() {
    let schema = Json::parse(&Kubernetes::describe().schema).unwrap();
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
