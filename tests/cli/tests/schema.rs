//! `porter schema` in the hands of a JSON schema validator.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stderr, reason = "a test says what it looked at")]

use std::collections::BTreeMap;
use std::fs;

use jsonschema::Validator;
use porter_cli_tests::corpus::cases;
use porter_manifest::source::Source;
use porter_manifest::yaml;
use porter_test_harness::{TestContext, corpus, root};
use serde_json::Value;

/// What is done to a manifest that is valid.
type Change = &'static dyn Fn(&mut Value);

fn schema(context: &TestContext, arguments: &[&str]) -> Value {
    let finished = context
        .porter(&[arguments, &["schema"]].concat())
        .succeeded();
    assert_eq!(finished.stderr, "");
    serde_json::from_str(&finished.stdout).unwrap()
}

/// A validator that may fetch nothing.
fn validator(schema: &Value) -> Validator {
    jsonschema::meta::validate(schema).unwrap();
    jsonschema::draft7::new(schema).unwrap()
}

/// A manifest as an editor's validator sees it.
fn value(text: &[u8]) -> Option<Value> {
    let source = Source::new("porter.yaml", text).ok()?;
    Some(yaml::load(&source).ok()?.to_json())
}

fn mistakes(validator: &Validator, manifest: &Value) -> Vec<String> {
    let errors = validator.iter_errors(manifest);
    errors
        .map(|error| format!("{}: {}", error.instance_path(), error.masked()))
        .collect()
}

fn every_example_is_valid(context: &TestContext) {
    let validator = validator(&schema(context, &[]));
    let mut count = 0;
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path().join("porter.yaml");
        let manifest = value(&fs::read(&path).unwrap()).unwrap();
        let mistakes = mistakes(&validator, &manifest);
        assert!(mistakes.is_empty(), "{}: {mistakes:?}", path.display());
        count += 1;
    }
    assert!(count >= 10);
}

/// The list of what is known, `CASE: reason` a line.
fn listed(text: &str) -> BTreeMap<&str, &str> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(": ").unwrap()).collect()
}

fn what_porter_builds_is_valid(context: &TestContext) {
    let Some(corpus) = corpus("bundles") else {
        return;
    };
    let plain = validator(&schema(context, &[]));
    let wide = validator(&schema(
        context,
        &["--experimental", "dependencies-v2,persistent-parameters"],
    ));
    let listed = listed(include_str!("../data/schema.deviations"));
    let (mut valid, mut seen, mut wrong) = (0, 0, Vec::new());
    for case in cases(&corpus) {
        let Some(manifest) = case.manifest() else {
            continue;
        };
        let builds = |command: &&porter_cli_tests::corpus::Command| {
            command.exit == 0 && command.verb() == "build"
        };
        let Some(build) = case.commands().iter().find(builds) else {
            continue;
        };
        seen += 1;
        let experimental = build.argv.iter().any(|word| word == "--experimental")
            || build.env.contains_key("PORTER_EXPERIMENTAL");
        let validator = if experimental { &wide } else { &plain };
        let mistakes = match value(&manifest) {
            Some(manifest) => mistakes(validator, &manifest),
            None => vec!["is no YAML for us".to_owned()],
        };
        match (mistakes.is_empty(), listed.get(case.name.as_str())) {
            (true, None) => valid += 1,
            (false, Some(reason)) => eprintln!("{}: {reason}", case.name),
            (true, Some(_)) => wrong.push(format!("{} is listed, but is valid", case.name)),
            (false, None) => wrong.push(format!("{}: {mistakes:?}", case.name)),
        }
    }
    eprintln!("{valid} of {seen} manifests that Porter builds are valid");
    assert!(seen > 90, "only {seen} manifests were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Names of members at every place of a schema that describes values, mixins left out.
fn places(schema: &Value, at: &str, found: &mut Vec<String>) {
    let Some(members) = schema.as_object() else {
        return;
    };
    for (key, member) in members {
        let is_named = matches!(key.as_str(), "properties" | "definitions");
        for (name, inner) in member
            .as_object()
            .into_iter()
            .flatten()
            .filter(|_| is_named)
        {
            found.push(format!("{at}/{key}/{name}"));
            places(inner, &format!("{at}/{key}/{name}"), found);
        }
    }
}

fn whatever_porters_schema_describes_is_described(context: &TestContext) {
    let Some(corpus) = corpus("bundles") else {
        return;
    };
    for (file, arguments) in [
        ("all-mixins.json", &[][..]),
        (
            "all-mixins.dependencies-v2.json",
            &["--experimental", "dependencies-v2"],
        ),
    ] {
        let text = fs::read(corpus.join("schema").join(file)).unwrap();
        let recorded: Value = serde_json::from_slice(&text).unwrap();
        let ours = schema(context, arguments);
        let mut wanted = Vec::new();
        places(&recorded, "", &mut wanted);
        assert!(wanted.len() > 60, "{}", wanted.len());
        let missing: Vec<_> = wanted
            .iter()
            .filter(|place| ours.pointer(place).is_none())
            .collect();
        assert!(missing.is_empty(), "{file}: {missing:?}");
        let mixins = |schema: &Value| -> Vec<String> {
            let names = schema.as_object().unwrap().keys();
            names
                .filter(|name| name.starts_with("mixin."))
                .cloned()
                .collect()
        };
        for mixin in mixins(&recorded) {
            for definition in recorded[&mixin]["definitions"].as_object().unwrap().keys() {
                let is_step = definition.ends_with("Step") || definition == "config";
                let found = &ours[&mixin]["definitions"][definition];
                assert!(!is_step || found.is_object(), "{mixin} {definition}");
            }
        }
    }
}

fn mistakes_are_found(context: &TestContext) {
    let validator = validator(&schema(context, &[]));
    let manifest = |change: &dyn Fn(&mut Value)| {
        let mut manifest = serde_json::json!({
            "schemaVersion": "1.0.1", "name": "a", "version": "0.1.0", "registry": "localhost:5000",
            "mixins": ["exec"],
            "parameters": [{"name": "p", "type": "string"}],
            "install": [{"exec": {"command": "a"}}],
            "uninstall": [{"exec": {"command": "a"}}],
        });
        change(&mut manifest);
        mistakes(&validator, &manifest)
    };
    assert_eq!(manifest(&|_| {}), Vec::<String>::new());
    let table: [(&str, Change); 7] = [
        ("a mixin that there is not", &|it| {
            it["mixins"][0] = "exce".into()
        }),
        ("a type that there is not", &|it| {
            it["parameters"][0]["type"] = "ship".into()
        }),
        ("no name", &|it| {
            it["parameters"][0] = serde_json::json!({"type": "string"})
        }),
        ("no command", &|it| {
            it["install"][0] = serde_json::json!({"exec": {}})
        }),
        ("a key of a step", &|it| {
            it["install"][0]["exec"]["comand"] = "a".into()
        }),
        ("a list", &|it| {
            it["credentials"] = serde_json::json!({"a": 1})
        }),
        ("no mixins", &|it| {
            drop(it.as_object_mut().unwrap().remove("mixins"))
        }),
    ];
    for (what, change) in table {
        assert!(!manifest(change).is_empty(), "{what}");
    }
}

/// One test, so that the mixins are compiled once.
#[test]
fn the_schema_is_of_use() {
    let context = TestContext::without_engine();
    mistakes_are_found(&context);
    every_example_is_valid(&context);
    what_porter_builds_is_valid(&context);
    whatever_porters_schema_describes_is_described(&context);
}

#[test]
fn the_home_may_have_another_one_and_mixins_are_found_there() {
    let context = TestContext::without_engine();
    let home = context.home();
    fs::create_dir_all(home.join("mixins/mine")).unwrap();
    fs::write(home.join("mixins/mine/mine.wasm"), b"no component").unwrap();
    let finished = context.porter(&["schema"]).succeeded();
    assert!(
        finished
            .stderr
            .contains("the schema of mixin mine is left out")
    );
    let document: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert!(document["mixin.mine"].is_null() && document["mixin.exec"].is_object());

    fs::write(home.join("porter.json"), br#"{"const": 1e6}"#).unwrap();
    let finished = context.porter(&["schema"]).succeeded();
    assert_eq!(finished.stdout, "{\n  \"const\": 1e6\n}\n");
}
