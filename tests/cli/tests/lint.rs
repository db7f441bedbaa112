//! `porter lint`: the examples of `docs/lint.md`, formats, levels and exit codes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use porter_manifest::lint::levels::RULES;
use porter_test_harness::TestContext;
use serde_json::Value;

const REST: [(&str, &str); 6] = [
    ("schemaVersion:", "schemaVersion: 1.0.1\n"),
    ("name:", "name: linted\n"),
    ("version:", "version: 0.1.0\n"),
    ("registry:", "registry: localhost:5000\n"),
    ("mixins:", "mixins: [exec]\n"),
    ("install:", "install:\n  - exec: {command: echo}\n"),
];

/// A bundle of a part of a manifest, with what is missing.
fn write(context: &TestContext, part: &str) {
    let mut manifest = part.to_owned();
    for (key, text) in REST {
        if !part.lines().any(|line| line.starts_with(key)) {
            manifest.push_str(text);
        }
    }
    manifest.push_str("uninstall:\n  - exec: {command: echo}\n");
    context.write("porter.yaml", manifest);
}

/// The findings as SARIF has them: code and level, and the message.
fn found(context: &TestContext) -> Vec<(String, String, String)> {
    let finished = context.porter(&["lint", "-o", "sarif"]).succeeded();
    let document: Value = serde_json::from_str(&finished.stdout).unwrap();
    let results = document["runs"][0]["results"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    results
        .iter()
        .map(|result| {
            let region = &result["locations"][0]["physicalLocation"]["region"];
            assert!(region["startLine"].as_u64() > Some(0), "{result}");
            let message = text(&result["message"]["text"]);
            (text(&result["ruleId"]), text(&result["level"]), message)
        })
        .collect()
}

/// An example: its manifest and its Dockerfile.
type Example = BTreeMap<String, String>;

/// The examples of the page: code, `Bad` or `Good`, blocks by language.
fn examples() -> Vec<(String, String, Example)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lint.md");
    let mut examples: Vec<(String, String, Example)> = Vec::new();
    let mut code = String::new();
    let page = fs::read_to_string(page).unwrap();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut code);
        } else if let Some((kind @ ("Bad" | "Good"), _)) = line.split_once(':') {
            examples.push((code.clone(), kind.to_owned(), Example::new()));
        } else if let (Some(language), false) = (line.strip_prefix("```"), code.is_empty()) {
            let block = lines.by_ref().take_while(|line| *line != "```");
            let text = block.flat_map(|line| [line, "\n"]).collect();
            let (_, _, example) = examples.last_mut().unwrap();
            assert!(
                example.insert(language.to_owned(), text).is_none(),
                "{code}"
            );
        }
    }
    examples
}

#[test]
fn every_rule_has_a_bad_and_a_good_example() {
    let examples = examples();
    let has = |code: &str, kind: &str| examples.iter().any(|one| one.0 == code && one.1 == kind);
    for rule in RULES {
        assert!(
            has(rule.code, "Bad") && has(rule.code, "Good"),
            "{}",
            rule.code
        );
    }
    for (code, kind, example) in &examples {
        let context = TestContext::without_engine();
        write(&context, &example["yaml"]);
        if let Some(dockerfile) = example.get("dockerfile") {
            context.write("template.Dockerfile", dockerfile);
        }
        let found = found(&context);
        let is_found = found.iter().any(|one| one.0 == *code);
        assert_eq!(is_found, kind == "Bad", "{code} {kind}: {found:#?}");
        // A good example has no other fault; `exec-100` is the lesser one of `exec-101`.
        if kind == "Good" {
            let others: Vec<_> = found.iter().filter(|one| one.0 != "exec-100").collect();
            assert!(others.is_empty(), "{code}: {others:#?}");
        }
    }
}

const UNUSED: &str = "parameters:\n  - name: unused\n    type: string\n";

#[test]
fn what_porter_does_not_find_stays_out_of_its_output() {
    let context = TestContext::without_engine();
    write(&context, UNUSED);
    let finished = context.porter(&["lint", "--deny", "warnings"]).succeeded();
    assert_eq!(finished.stdout, "✨ Bundle validation was successful!\n");
    assert!(
        finished
            .stderr
            .starts_with("info(porter-201) - Parameter is never used\n"),
        "{finished:#?}"
    );
    assert!(
        finished.stderr.contains("at porter.yaml:2:11\n"),
        "{finished:#?}"
    );
    let finished = context.porter(&["lint", "-o", "json"]).succeeded();
    assert_eq!(finished.stdout, "");
}

#[test]
fn levels_of_the_manifest_and_of_the_command_line() {
    let context = TestContext::without_engine();
    let levels = "custom:\n  sh.porter.lint: {all: warning, porter-206: off}\n";
    write(&context, &format!("{UNUSED}{levels}"));
    let finished = context.porter(&["lint", "-o", "json"]).succeeded();
    let findings: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(findings[0]["Level"], 2);
    assert_eq!(findings[0]["Code"], "porter-201");
    assert_eq!(findings[0]["Location"]["Action"], "");
    assert_eq!(
        findings[0]["Range"],
        serde_json::json!({
            "File": "porter.yaml",
            "Start": { "Line": 2, "Column": 11 },
            "End": { "Line": 2, "Column": 17 },
        })
    );
    let _ = context.porter(&["lint", "--strict"]).succeeded();
    let _ = context.porter(&["lint", "--deny", "warnings"]).failed();
    let off = ["lint", "--deny", "warnings", "--rule", "porter-201=off"];
    let finished = context.porter(&off).succeeded();
    assert_eq!(finished.stderr, "");
    let error = ["lint", "--strict", "--rule", "porter-201=error"];
    assert!(
        context
            .porter(&error)
            .failed()
            .stdout
            .starts_with("error(porter-201)")
    );
    // A warning is no reason not to build, an error is.
    let built = context.porter(&["build", "--no-image"]).succeeded();
    assert!(built.stdout.contains("warning(porter-201)"), "{built:#?}");
    write(
        &context,
        &format!("{UNUSED}{}", levels.replace("warning", "error")),
    );
    let _ = context.porter(&["build", "--no-image"]).failed();
}

#[test]
fn levels_that_are_none_are_refused() {
    let context = TestContext::without_engine();
    write(&context, "custom:\n  sh.porter.lint: {porter-201: loud}\n");
    let finished = context.porter(&["lint"]).failed();
    assert!(
        finished.stderr.contains("porter.yaml:2:32"),
        "{finished:#?}"
    );
    write(&context, "custom:\n  sh.porter.lint: {porter-299: off}\n");
    let finished = context.porter(&["lint"]).succeeded();
    assert!(
        finished
            .stderr
            .contains("there is no lint rule `porter-299`"),
        "{finished:#?}"
    );
    for rule in ["porter-201", "porter-201=loud", "porter-299=off", "=off"] {
        let finished = context.porter(&["lint", "--rule", rule]).failed();
        assert!(
            finished.stderr.contains("is no CODE=LEVEL"),
            "{finished:#?}"
        );
    }
}

#[test]
fn annotations_of_a_workflow() {
    let context = TestContext::without_engine();
    write(
        &context,
        "parameters:\n  - {name: porter-x, type: string}\n",
    );
    let finished = context.porter(&["lint", "-o", "github"]).succeeded();
    let expected = "::error file=porter.yaml,line=2,endLine=2,col=12,endColumn=20,\
                    title=porter-100%3A Reserved name error::porter-x has a reserved prefix. \
                    Parameters cannot start with porter- or porter_\n";
    assert!(finished.stdout.starts_with(expected), "{finished:#?}");
    let _ = context
        .porter(&["lint", "-o", "github", "--strict"])
        .failed();
}
