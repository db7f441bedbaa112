//! Version 1.0.0 of the interface: it stays as it was released, and components that were made for it
//! go on working for good.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

use std::path::Path;

use porter_mixin::task::{Command, Output, Source};
use porter_mixin::{ActionSteps, BuildRequest, Evaluate, EvaluateError, Json, PlanRequest, Task};
use porter_sandbox::{Admission, Compiler, Digest, Loader, Sandbox, Tier};
use porter_test_sandbox::WIT;
use serde_json::json;

/// A change of the interface is a new version in a folder of its own. This one is released.
const RELEASED: &str = "sha256:8e8ad28535b4d7066011f13fedf8592d669ba02f70c9a3b46a5925c67027a9f7";

/// Made by `porter mixins create` and `make` when it was released, a file for each language whose
/// components are small.
const GOLDEN: [(&str, Tier); 2] = [("rust", Tier::Pure), ("c", Tier::Pure)];

fn read(language: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/v1.0.0");
    std::fs::read(folder.join(format!("{language}.wasm"))).unwrap()
}

#[test]
fn the_released_interface_does_not_change() {
    assert_eq!(Digest::of(WIT.as_bytes()).to_string(), RELEASED);
}

#[test]
fn components_of_the_release_are_admitted() {
    for (language, tier) in GOLDEN {
        let component = read(language);
        let admitted = Admission::default().examine(&component).unwrap();
        assert_eq!(admitted.interface, "1.0.0", "{language}");
        assert_eq!(admitted.tier, tier, "{language}");
        assert_eq!(admitted.exports, ["porter:mixin/guest@1.0.0"], "{language}");
    }
}

#[test]
fn components_of_the_release_answer_every_question() {
    let compiler = Compiler::new(env!("CARGO_BIN_EXE_sandbox-probe"), ["compile"]);
    let loader = Loader::new(Sandbox::new().unwrap(), compiler);
    for (language, _) in GOLDEN {
        let mixin = loader.load(language, &read(language)).unwrap();
        let schema = mixin.describe().unwrap().schema;
        assert!(
            schema["definitions"]["installStep"].is_object(),
            "{language}"
        );

        let found = mixin.lint(&build(json!({"message": "x".repeat(1001)})));
        let found = found.unwrap();
        assert_eq!(found.len(), 1, "{language}");
        assert!(found[0].code.ends_with("-100"), "{language}: {found:?}");
        assert_eq!(
            mixin.build(&build(json!({"message": "Hello!"}))).unwrap(),
            [],
            "{language}"
        );

        let output = json!({"name": "greeting", "regex": "(Hello.*)"});
        let step = json!({"message": "Hello!", "outputs": [output]});
        assert_eq!(mixin.plan(&plan(step)).unwrap(), [echo()], "{language}");
        let refused = mixin.plan(&plan(json!({"message": ""})));
        let Err(EvaluateError::Refused { diagnostics, .. }) = refused else {
            panic!("{language}: {refused:?}");
        };
        assert!(diagnostics[0].code.ends_with("-101"), "{language}");
    }
}

fn build(step: Json) -> BuildRequest {
    BuildRequest {
        config: Json::Null,
        actions: vec![ActionSteps {
            action: "install".to_owned(),
            steps: vec![step],
        }],
        platforms: vec!["linux/amd64".to_owned()],
        environment: Vec::new(),
    }
}

fn plan(step: Json) -> PlanRequest {
    PlanRequest {
        config: Json::Null,
        action: "install".to_owned(),
        step,
        environment: Vec::new(),
    }
}

fn echo() -> Task {
    Task::Run(Command {
        program: "echo".to_owned(),
        args: vec!["Hello!".to_owned()],
        env: Vec::new(),
        dir: String::new(),
        stdin: None,
        quiet: false,
        when: None,
        ignore: Vec::new(),
        keep_going: false,
        outputs: vec![Output {
            name: "greeting".to_owned(),
            take: Source::Regex("(Hello.*)".to_owned()),
            sensitive: false,
            to: None,
        }],
    })
}
