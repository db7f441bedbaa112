//! References, versions and ranges, requests for mixins, and where their diagnostics point.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use porter_manifest::version::{Constraint, parse_version};
use porter_manifest::{LoadOptions, Manifest, Reference, Severity};
use porter_mixin::{Diagnostic, Place};
use serde_json::json;

fn manifest() -> Manifest {
    let bytes = include_bytes!("golden/everything/porter.yaml");
    Manifest::load("porter.yaml", bytes, &LoadOptions::default())
        .unwrap()
        .manifest
}

#[test]
fn references_are_read_as_docker_does() {
    let digest = format!("sha256:{}", "5d1e".repeat(16));
    let good = [
        ("shop", "shop", "docker.io", "library/shop"),
        ("acme/shop:v1", "acme/shop:v1", "docker.io", "acme/shop"),
        (
            "docker.io/library/shop:v1",
            "shop:v1",
            "docker.io",
            "library/shop",
        ),
        (
            "index.docker.io/acme/shop",
            "acme/shop",
            "docker.io",
            "acme/shop",
        ),
        (
            "localhost:5000/a/b/c:v1.2_3",
            "localhost:5000/a/b/c:v1.2_3",
            "localhost:5000",
            "a/b/c",
        ),
        ("localhost/a", "localhost/a", "localhost", "a"),
        (
            "ghcr.io/a__b/c-d.e",
            "ghcr.io/a__b/c-d.e",
            "ghcr.io",
            "a__b/c-d.e",
        ),
        ("[::1]:5000/a", "[::1]:5000/a", "[::1]:5000", "a"),
    ];
    for (text, familiar, registry, repository) in good {
        let reference = Reference::parse(text).unwrap();
        assert_eq!(reference.to_string(), familiar);
        assert_eq!(
            (reference.registry(), reference.repository()),
            (registry, repository),
            "{text}"
        );
    }
    let pinned = Reference::parse(&format!("ghcr.io/a/b:v1@{digest}")).unwrap();
    assert_eq!(
        (pinned.tag(), pinned.digest()),
        (Some("v1"), Some(digest.as_str()))
    );
    for bad in [
        "",
        "/",
        "a//b",
        "acme/Shop",
        "a:b:c",
        "a b",
        "-a/b",
        "a-/b",
        "a/b_",
        "a/b..c",
        "a:",
        "a:.x",
        "a@sha256:12",
        "https://a/b",
        "localhost:port/a",
        "a/b:v1\n",
        "a/___b",
        "ghcr.io/",
    ] {
        assert!(Reference::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn bundle_images_are_named_after_the_reference() {
    // From the recordings: the hash is that of `corpusacme/hubby:v0.9.0`.
    let text = "schemaVersion: 1.0.1\nname: hubby\nversion: 0.9.0\nregistry: corpusacme\n\
                mixins: [exec]\ninstall: [exec: {}]\nuninstall: [exec: {}]\n";
    let load = |options| Manifest::load("porter.yaml", text.as_bytes(), &options);
    let manifest = load(LoadOptions::default()).unwrap().manifest;
    assert_eq!(manifest.reference.to_string(), "corpusacme/hubby:v0.9.0");
    assert_eq!(
        manifest.reference.installer_image(),
        "corpusacme/hubby:porter-3b3cf419a32635300f0d13178a7a905c"
    );
    let text = |value: &str| Some(value.to_owned());
    let table = [
        (
            LoadOptions {
                name: text("other"),
                ..LoadOptions::default()
            },
            "corpusacme/other:v0.9.0",
        ),
        (
            LoadOptions {
                version: text("v2"),
                ..LoadOptions::default()
            },
            "corpusacme/hubby:v2.0.0",
        ),
        (
            LoadOptions {
                tag: text("latest"),
                ..LoadOptions::default()
            },
            "corpusacme/hubby:latest",
        ),
        (
            LoadOptions {
                registry: text("ghcr.io/x"),
                ..LoadOptions::default()
            },
            "ghcr.io/x/hubby:v0.9.0",
        ),
        (
            LoadOptions {
                reference: text("ghcr.io/x/y:z"),
                ..LoadOptions::default()
            },
            "ghcr.io/x/y:z",
        ),
    ];
    for (options, expected) in table {
        assert_eq!(
            load(options).unwrap().manifest.reference.to_string(),
            expected
        );
    }
    let bad = load(LoadOptions {
        version: text("two"),
        ..LoadOptions::default()
    })
    .unwrap_err();
    assert!(
        bad.to_string()
            .contains("invalid bundle version: \"two\" is not a valid semantic version")
    );
}

#[test]
fn versions_are_read_leniently() {
    for (text, full) in [
        ("1", "1.0.0"),
        ("1.2", "1.2.0"),
        ("v1.2.3", "1.2.3"),
        ("1.2.3_build", "1.2.3+build"),
        ("1.2.3-beta.1+x", "1.2.3-beta.1+x"),
    ] {
        assert_eq!(parse_version(text).unwrap().to_string(), full);
    }
    for text in [
        "", "v", "one", "1.2.3.4", "1..2", "1.2.3-", "1.2.3+", "-1", "1.2.x", " 1",
    ] {
        assert!(parse_version(text).is_none(), "{text:?}");
    }
}

#[test]
fn ranges_are_those_of_masterminds() {
    let table = [
        ("1.2.3", "1.2.3", true),
        ("1.2.3", "1.2.4", false),
        ("1.2", "1.2.9", true),
        ("^1.2", "1.9.0", true),
        ("^1.2", "2.0.0", false),
        ("^0.2.3", "0.2.9", true),
        ("^0.2.3", "0.3.0", false),
        ("^0.0.3", "0.0.4", false),
        ("^0", "0.9.9", true),
        ("~1.2.3", "1.2.9", true),
        ("~1.2.3", "1.3.0", false),
        ("~1", "1.9.9", true),
        ("~1", "2.0.0", false),
        ("1.x", "1.5.0", true),
        ("*", "7.0.0", true),
        (">= 1.2, < 2", "1.5.0", true),
        (">=1.2 <2", "2.0.0", false),
        (">1.2", "1.2.5", false),
        ("<=1.2", "1.2.5", true),
        ("!=1.2.3", "1.2.3", false),
        ("1.0 - 1.5", "1.5.9", true),
        ("1.0 - 1.5", "1.6.0", false),
        ("1.0.0 || >=2", "3.0.0", true),
        ("1.0.0 || >=2", "1.1.0", false),
        (">=1.0.0", "1.1.0-beta", false),
        (">=1.0.0-0", "1.1.0-beta", true),
        ("v1.2.3", "v1.2.3", true),
    ];
    for (range, version, expected) in table {
        let version = parse_version(version).unwrap();
        let found = Constraint::parse(range).unwrap().matches(&version);
        assert_eq!(found, expected, "{range} of {version}");
    }
    for bad in ["", "newest", "1.2.3.4", ">=", "^x.1", "1 - ", "||", "1.x.2"] {
        let message = Constraint::parse(bad).unwrap_err();
        assert_eq!(message, format!("improper constraint: \"{bad}\""));
    }
}

#[test]
fn each_mixin_is_asked_about_its_own_steps() {
    let manifest = manifest();
    assert_eq!(manifest.mixin_names(), ["exec", "helm3"]);
    let request = manifest.build_request("helm3", vec!["linux/amd64".to_owned()], Vec::new());
    assert_eq!(request.config["clientVersion"], "v3.8.2");
    let actions: Vec<_> = request
        .actions
        .iter()
        .map(|action| (action.action.as_str(), action.steps.len()))
        .collect();
    assert_eq!(
        actions,
        [
            ("install", 1),
            ("upgrade", 0),
            ("ping", 0),
            ("uninstall", 0)
        ]
    );
    assert_eq!(
        request.actions[0].steps[0]["name"],
        "${ bundle.parameters.settings.a }"
    );
    assert_eq!(
        manifest
            .build_request("exec", Vec::new(), Vec::new())
            .config,
        json!(null)
    );
}

#[test]
fn diagnostics_of_mixins_point_into_the_manifest() {
    let manifest = manifest();
    let step = |action: &str, index, pointer: &str| Place::Step {
        action: action.to_owned(),
        index,
        pointer: pointer.to_owned(),
    };
    let config = |pointer: &str| Place::Config {
        pointer: pointer.to_owned(),
    };
    let table = [
        ("helm3", config(""), "  - helm3@^1.0:", "helm3@"),
        (
            "helm3",
            config("/clientVersion"),
            "      clientVersion: v3.8.2",
            "v3.8.2",
        ),
        (
            "helm3",
            step("install", 0, "/set/image"),
            "      set: {image",
            "\"${bundle.images.web.repository}",
        ),
        (
            "exec",
            step("install", 0, "/outputs/1/jsonPath"),
            "      outputs: [{name: conn",
            "$.x}",
        ),
        (
            "exec",
            step("install", 0, "/arguments/1/deeper"),
            "      arguments: [install",
            "\"${ bundle.parameters.replicas }",
        ),
        ("exec", step("install", 9, ""), "install:", "install"),
        (
            "exec",
            step("ping", 0, ""),
            "  - exec: {command: ./run.sh, arguments: [ping",
            "exec: ",
        ),
    ];
    for (mixin, place, expected, at) in table {
        let place = manifest.locate(mixin, &place);
        let index = usize::try_from(place.line).unwrap() - 1;
        let line = manifest.source().text().lines().nth(index).unwrap();
        assert!(line.starts_with(expected), "{line}");
        let rest: String = line
            .chars()
            .skip(usize::try_from(place.column).unwrap() - 1)
            .collect();
        assert!(rest.starts_with(at), "{rest}");
    }
    let place = manifest.locate("exec", &step("nowhere", 0, ""));
    assert_eq!((place.file.as_str(), place.line), ("porter.yaml", 0));

    let diagnostic = Diagnostic {
        severity: porter_mixin::Severity::Warning,
        code: "helm3-1".to_owned(),
        title: "t".to_owned(),
        message: "m\u{1b}[31m".to_owned(),
        hint: Some("https://example.com/x".to_owned()),
        at: step("install", 0, "/name"),
    };
    let finding = manifest.finding("helm3", &diagnostic);
    assert_eq!(
        (finding.severity, finding.url.as_str()),
        (Severity::Warning, "https://example.com/x")
    );
    let location = finding.step.clone().unwrap();
    assert_eq!(
        (location.number, location.description.as_str()),
        (2, "Release")
    );
    assert!(!finding.to_problem().to_string().contains('\u{1b}'));
}

#[test]
fn custom_values_become_build_arguments() {
    let arguments = manifest().custom_build_args();
    let arguments: Vec<(&str, &str)> = arguments
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        arguments,
        [
            ("CUSTOM_LIMITS_CORES", "2"),
            ("CUSTOM_LIMITS_MEMORY", "1.50"),
            ("CUSTOM_TIER", "gold")
        ]
    );
}

#[test]
fn versions_of_mixins_are_checked() {
    let manifest = manifest();
    let check = |installed: &str| -> Vec<String> {
        let known = |name: &str| (name == "helm3").then(|| installed.to_owned());
        let problems = manifest.check_mixin_versions(&known);
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    };
    assert!(check("v1.2.0").is_empty());
    assert_eq!(
        check("2.0.0"),
        ["mixin helm3 is installed at version 2.0.0 but your bundle requires version ^1.0"]
    );
    assert_eq!(
        check("new"),
        ["invalid version number from mixin helm3: new. invalid semantic version"]
    );
}
