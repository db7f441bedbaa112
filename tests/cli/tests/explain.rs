//! `porter explain` and `porter inspect`: which bundle they show, and that showing leaves no trace.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use porter_cli_tests::PRINTING;
use porter_test_harness::TestContext;

const BUNDLE: &str = r#"{"schemaVersion": "1.2.0", "name": "other", "version": "1.0.0",
    "invocationImages": [{"image": "example.com/other:v1", "imageType": "docker"}],
    "parameters": {"big": {"definition": "big", "destination": {"env": "BIG"}},
                   "key": {"definition": "key", "destination": {"env": "KEY"}}},
    "definitions": {"big": {"type": "integer", "default": 9007199254740993},
                    "key": {"type": "string", "default": "hush", "writeOnly": true}},
    "requiredExtensions": ["io.cnab.dependencies"],
    "custom": {"io.cnab.dependencies": {"sequence": ["z", "a"], "requires": {
        "a": {"bundle": "example.com/a:v1"},
        "z": {"bundle": "example.com/z", "version": {"ranges": ["1.x"]}}}}}}"#;

fn names(context: &TestContext) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(context.work())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn showing_a_bundle_leaves_no_trace() {
    let context = TestContext::without_engine();
    context.manifest(PRINTING);
    for arguments in [
        &["explain"][..],
        &["bundles", "explain", "-o", "yaml"],
        &["inspect"],
        &["bundle", "inspect", "-o", "json"],
    ] {
        let _ = context
            .porter(arguments)
            .succeeded()
            .says(context.bundle_name());
    }
    assert_eq!(names(&context), ["porter.yaml"]);
}

#[test]
fn a_mixin_need_not_be_installed_to_be_named() {
    let context = TestContext::without_engine();
    context.manifest(&PRINTING.replace("exec:", "nobody-has-this:"));
    let text = fs::read_to_string(context.work().join("porter.yaml")).unwrap();
    context.write("porter.yaml", text.replace("- exec", "- nobody-has-this"));
    let _ = context
        .porter(&["explain"])
        .succeeded()
        .says("This bundle uses the following tools: nobody-has-this.");
}

#[test]
fn a_bundle_file_is_shown_with_all_digits_and_without_secrets() {
    let context = TestContext::without_engine();
    context.write("bundle.json", BUNDLE);
    let shown = ["--cnab-file", "bundle.json"];
    let text = context
        .porter(&[&["explain"][..], &shown].concat())
        .succeeded()
        .says("Name: other")
        .says("9007199254740993")
        .says("******");
    assert!(!text.stdout.contains("hush"), "{text:#?}");
    assert!(!text.stdout.contains("Porter Version"), "{text:#?}");
    let json = context
        .porter(&[&["explain", "-o", "json"][..], &shown].concat())
        .succeeded()
        .says("\"default\": 9007199254740993");
    assert!(!json.stdout.contains("hush"), "{json:#?}");
    let inspected = context
        .porter(&[&["inspect", "--show-dependencies"][..], &shown].concat())
        .succeeded()
        .says("example.com/other:v1");
    let place = |text: &str| inspected.stdout.find(text).unwrap();
    assert!(
        place("example.com/z") < place("example.com/a"),
        "{inspected:#?}"
    );
    let depth = [
        "inspect",
        "--show-dependencies",
        "--max-dependency-depth",
        "0",
    ];
    let none = context
        .porter(&[&depth[..], &shown].concat())
        .succeeded()
        .complains("dependency graph exceeds max depth of 0");
    assert!(!none.stdout.contains("Dependencies"), "{none:#?}");
}

#[test]
fn what_cannot_be_shown_is_said() {
    let context = TestContext::without_engine();
    for (arguments, text) in [
        (&["explain"][..], "no bundle specified"),
        (&["inspect"], "no bundle specified"),
        (&["explain", "a", "b"], "multiple were received: [a b]"),
        (
            &["explain", "not a reference"],
            "invalid value for --reference",
        ),
        (&["explain", "127.0.0.1:9/a:v1"], "unable to pull bundle"),
        (
            &["explain", "-f", "nope.yaml"],
            "unable to access --file nope.yaml",
        ),
        (
            &["inspect", "--cnab-file", "nope"],
            "unable to access --cnab-file nope",
        ),
        (&["explain", "-o", "xml"], "invalid format: xml"),
        (
            &["inspect", "--dependencies-version-strategy", "newest"],
            "allowed values are exact, max-patch, max-minor, min",
        ),
    ] {
        let _ = context.porter(arguments).failed().complains(text);
    }
    context.manifest(PRINTING);
    let _ = context
        .porter(&["explain", "-f", "porter.yaml", "--cnab-file", "x"])
        .failed()
        .complains("cannot specify both --file and --cnab-file");
    let _ = context
        .porter(&["explain", "--autobuild-disabled"])
        .failed()
        .complains("without building it first");
}

#[test]
fn without_a_build_what_was_built_counts() {
    let context = TestContext::without_engine();
    context.manifest(PRINTING);
    context.write(".cnab/bundle.json", BUNDLE);
    let _ = context
        .porter(&["explain", "--autobuild-disabled"])
        .succeeded()
        .says("Name: other")
        .complains("WARNING: The bundle is out-of-date.");
    context.write(".cnab/bundle.json", "{not json");
    let _ = context
        .porter(&["explain", "--autobuild-disabled"])
        .failed();
    let _ = context.porter(&["explain"]).succeeded();
}

#[test]
fn no_text_of_a_bundle_forges_a_line() {
    let context = TestContext::without_engine();
    let bundle = BUNDLE.replacen(
        "\"version\"",
        "\"description\": \"one\\nVersion: 9\\n\\u001b[2Jred\", \"version\"",
        1,
    );
    context.write("bundle.json", bundle);
    let text = context
        .porter(&["explain", "--cnab-file", "bundle.json"])
        .succeeded();
    assert!(text.stdout.contains("\n  Version: 9\n"), "{text:#?}");
    assert!(!text.stdout.contains('\u{1b}'), "{text:#?}");
}
