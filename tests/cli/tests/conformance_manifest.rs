//! Rows 16 to 44 of the conformance list: what a manifest may say, through the real binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use porter_test_harness::{Finished, TestContext};
use serde_json::Value;

const HEAD: &str = "schemaVersion: 1.0.1\n";
const ID: &str = "name: rows\nversion: 0.1.0\nregistry: localhost:5000\n";
const REST: &str = "mixins: [exec]\ninstall:\n  - exec: {command: echo}\n\
                    uninstall:\n  - exec: {command: echo}\n";

/// A whole manifest around a part of one.
fn around(part: &str) -> String {
    format!("{HEAD}{ID}{part}{REST}")
}

fn build(manifest: &str, flags: &[&str]) -> (TestContext, Finished) {
    let context = TestContext::without_engine();
    context.write("porter.yaml", manifest);
    let finished = context.porter(&[&["build", "--no-image"], flags].concat());
    (context, finished)
}

/// What is built of a manifest, and what is said.
fn built(manifest: &str, flags: &[&str]) -> (Value, String) {
    let (context, finished) = build(manifest, flags);
    let finished = finished.succeeded();
    let text = fs::read(context.work().join(".cnab/bundle.json")).unwrap();
    let bundle = serde_json::from_slice(&text).unwrap();
    (bundle, format!("{}{}", finished.stdout, finished.stderr))
}

#[track_caller]
fn refused(manifest: &str, flags: &[&str], messages: &[&str]) {
    let (_, finished) = build(manifest, flags);
    let finished = finished.failed();
    for message in messages {
        assert!(
            finished.stderr.contains(message),
            "{message}: {finished:#?}"
        );
    }
}

#[test]
fn b16_a_manifest_says_its_version() {
    let message = "(none) is not a valid semantic version: invalid schema version";
    refused(&format!("{ID}{REST}"), &[], &[message]);
}

#[test]
fn b17_how_strictly_the_version_is_checked() {
    let manifest = format!("schemaVersion: 1.0.2\n{ID}{REST}");
    refused(&manifest, &["--schema-check", "exact"], &["1.0.2"]);
    let (_, said) = built(&manifest, &["--schema-check", "minor"]);
    assert!(said.contains("WARNING: "), "{said}");
}

#[test]
fn b18_a_feature_opens_a_version() {
    let manifest = format!("schemaVersion: 1.1.0\n{ID}{REST}");
    refused(&manifest, &[], &["1.1.0"]);
    let _ = built(&manifest, &["--experimental", "dependencies-v2"]);
}

#[test]
fn b19_further_keys_are_actions() {
    let (bundle, _) = built(&around("status:\n  - exec: {command: echo}\n"), &[]);
    assert!(bundle["actions"]["status"].is_object(), "{bundle}");
    let message = "unsupported property set or a custom action is defined incorrectly";
    refused(&around("status: yes\n"), &[], &[message]);
}

#[test]
fn b20_a_tag_of_its_own_is_ignored() {
    let (bundle, said) = built(&around("tag: v9.9.9\n"), &[]);
    assert!(said.contains("deprecated"), "{said}");
    let image = bundle["invocationImages"][0]["image"].as_str().unwrap();
    assert!(image.starts_with("localhost:5000/rows:"), "{image}");
}

#[test]
fn b21_a_bundle_has_a_name_and_a_place() {
    let nameless = ID.replace("name: rows\n", "");
    refused(
        &format!("{HEAD}{nameless}{REST}"),
        &[],
        &["bundle name must be set"],
    );
    let nowhere = ID.replace("registry: localhost:5000\n", "");
    let message = "a registry or reference value must be provided";
    refused(&format!("{HEAD}{nowhere}{REST}"), &[], &[message]);
}

#[test]
fn b22_a_reference_goes_before_a_registry() {
    let (bundle, said) = built(&around("reference: localhost:5000/other:v1\n"), &[]);
    assert!(
        said.contains("both registry and reference were provided"),
        "{said}"
    );
    let image = bundle["invocationImages"][0]["image"].as_str().unwrap();
    assert!(image.starts_with("localhost:5000/other:"), "{image}");
}

#[test]
fn b23_versions_become_tags() {
    for (version, in_bundle, tag) in [
        ("v1.2.3", "1.2.3", "v1.2.3"),
        ("1.2.3+b1", "1.2.3+b1", "v1.2.3_b1"),
    ] {
        let manifest = around("").replace("0.1.0", version);
        let (context, finished) = build(&manifest, &[]);
        let _ = finished.succeeded();
        let shown = context.porter(&["inspect", "-o", "json"]).succeeded();
        assert!(
            shown
                .stdout
                .contains(&format!("\"version\": \"{in_bundle}\"")),
            "{shown:#?}"
        );
        // The image is named after the whole reference, tag included.
        let (other, _) = built(
            &around(&format!("reference: localhost:5000/rows:{tag}\n"))
                .replace("registry: localhost:5000\n", "")
                .replace("0.1.0", version),
            &[],
        );
        let (bundle, _) = built(&manifest, &[]);
        let image = |bundle: &Value| bundle["invocationImages"][0]["image"].clone();
        assert_eq!(image(&other), image(&bundle), "{version}");
    }
}

#[test]
fn b24_what_is_missing_is_told_together() {
    let messages = [
        "no mixins declared",
        "no install action defined",
        "no uninstall action defined",
    ];
    refused(&format!("{HEAD}{ID}"), &[], &messages);
}

#[test]
fn b26_a_step_has_one_mixin() {
    let manifest = around("").replace(
        "install:\n  - exec: {command: echo}\nuninstall",
        "install:\n  - exec: {command: echo}\n    helm3: {}\nuninstall",
    );
    let message = "malformed step, possibly incorrect indentation";
    refused(&manifest, &[], &[message, "1st step"]);
}

#[test]
fn b27_a_step_is_of_a_declared_mixin() {
    let manifest = around("").replacen("- exec: {command: echo}", "- helm3: {}", 1);
    refused(&manifest, &[], &["mixin (helm3) was not declared"]);
}

#[test]
fn b28_a_template_is_not_named_as_what_is_made_of_it() {
    for name in ["dockerfile", "Dockerfile", "DOCKERFILE"] {
        let message = "Dockerfile template cannot be named 'Dockerfile'";
        refused(&around(&format!("dockerfile: {name}\n")), &[], &[message]);
    }
}

#[test]
fn b29_of_two_parameters_the_later_one_counts() {
    let part = "parameters:\n  - {name: a, type: string, default: x}\n  - {name: a, type: integer, default: 1}\n";
    let (bundle, said) = built(&around(part), &[]);
    assert_eq!(bundle["definitions"]["a-parameter"]["type"], "integer");
    // Porter says nothing of it.
    assert!(said.contains("porter.yaml:7:"), "{said}");
}

#[test]
fn b30_b36_files_have_a_path() {
    let part = "parameters:\n  - {name: a, type: file}\n";
    refused(
        &around(part),
        &[],
        &["no destination path supplied for parameter a"],
    );
    let part = "outputs:\n  - {name: a, type: file}\n";
    refused(&around(part), &[], &["no path supplied for output a"]);
}

#[test]
fn b31_the_default_of_a_file_is_base64() {
    let part = |default: &str| {
        around(&format!(
            "parameters:\n  - {{name: a, type: file, path: /a, default: '{default}'}}\n"
        ))
    };
    refused(&part("%"), &[], &["parameter \"a\"", "not valid base64"]);
    let _ = built(&part(""), &[]);
    let _ = built(&part("YQ=="), &[]);
}

#[test]
fn b32_where_a_parameter_goes_by_itself() {
    let part = "parameters:\n  - {name: file, path: /a}\n  - {name: log-level.x, default: a}\n";
    let (bundle, _) = built(&around(part), &[]);
    assert_eq!(
        bundle["definitions"]["file-parameter"]["contentEncoding"],
        "base64"
    );
    assert_eq!(bundle["parameters"]["file"]["destination"]["path"], "/a");
    assert_eq!(
        bundle["definitions"]["log-level.x-parameter"]["type"],
        "string"
    );
    assert_eq!(
        bundle["parameters"]["log-level.x"]["destination"]["env"],
        "LOG_LEVEL_X"
    );
}

#[test]
fn b33_a_default_fits_its_schema() {
    let part = "parameters:\n  - {name: speed, type: integer, default: fast}\n";
    refused(&around(part), &[], &["speed"]);
}

#[test]
fn b34_a_parameter_of_an_output_waits_for_it() {
    let part = "parameters:\n  - {name: a, type: string, source: {output: o}}\n\
                outputs:\n  - {name: o, type: string, path: /o}\n";
    let (bundle, _) = built(&around(part), &[]);
    let actions = bundle["parameters"]["a"]["applyTo"].as_array().unwrap();
    assert!(
        !actions.is_empty() && !actions.contains(&"install".into()),
        "{bundle}"
    );
}

#[test]
fn b35_a_credential_is_required() {
    let part = "credentials:\n  - {name: a, env: A}\n  - {name: b, env: B, required: false}\n";
    let (bundle, _) = built(&around(part), &[]);
    assert_eq!(bundle["credentials"]["a"]["required"], true);
    assert_ne!(bundle["credentials"]["b"]["required"], true);
}

#[test]
fn b37_b38_what_an_action_of_ones_own_is() {
    let steps = "\n  - exec: {command: echo}\n";
    let part = format!(
        "customActions:\n  told: {{description: t}}\ntold:{steps}untold:{steps}status:{steps}help:{steps}"
    );
    let (bundle, _) = built(&around(&part), &[]);
    let actions = &bundle["actions"];
    assert_ne!(actions["told"]["modifies"], true);
    assert_eq!(actions["untold"]["modifies"], true);
    assert_eq!(actions["untold"]["description"], "untold");
    assert_ne!(actions["status"]["modifies"], true);
    assert_ne!(actions["status"]["stateless"], true);
    assert_eq!(actions["help"]["stateless"], true);
}

#[test]
fn b39_persistent_parameters() {
    let part = "parameters:\n  - {name: a, type: string, persistent: true}\n";
    let newer = around(part).replace("1.0.1", "1.3.0");
    let feature = ["--experimental", "persistent-parameters"];
    refused(&around(part), &[], &["persistent"]);
    refused(&around(part), &feature, &["persistent"]);
    let (bundle, _) = built(&newer, &feature);
    assert!(
        bundle["parameters"]["a"]["destination"]["path"].is_string(),
        "{bundle}"
    );
    assert!(
        bundle["outputs"]
            .as_object()
            .is_some_and(|outputs| !outputs.is_empty()),
        "{bundle}"
    );
}

#[test]
fn b43_a_mixin_has_the_version_that_is_asked_for() {
    let manifest = around("").replace("mixins: [exec]", "mixins: ['exec@>=99']");
    refused(&manifest, &[], &["mixin exec is installed at version"]);
    let _ = built(&manifest, &["--no-lint"]);
}

#[test]
fn b40_files_stay_in_the_bundle_directory() {
    let part = "files:\n  - {url: 'https://example.com/x', destination: ../x}\n";
    let manifest = around(part).replace("1.0.1", "1.3.0");
    let message = "files[0].destination must not escape the bundle directory, got \"../x\"";
    refused(&manifest, &["--experimental", "file-sources"], &[message]);
}

#[test]
fn b41_b42_dependencies() {
    let part = |more: &str| {
        around(&format!(
            "dependencies:\n  requires:\n    - name: db\n      bundle: {{reference: localhost:5000/db}}\n{more}"
        ))
    };
    let message = "reference for dependency \"db\" can specify only a repository";
    refused(&part(""), &[], &[message]);
    let sharing = part("      sharing: {mode: group}\n");
    refused(
        &sharing,
        &["--experimental", "dependencies-v2"],
        &["error unmarshaling the typed manifest"],
    );
}
