//! `porter.lock`: which mixin a bundle gets, `build --locked` and `porter mixins update`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use porter_cli_tests::mixins::{component_with, digest};
use porter_test_harness::TestContext;
use serde_json::Value;

const STEPS: &str = "install:\n  - exec:\n      command: ls\n  - greet:\n      command: ls\n\
                     uninstall:\n  - exec:\n      command: ls\n";

/// A bundle that uses exec and greet.
fn bundle() -> TestContext {
    let context = TestContext::without_engine();
    context.manifest(STEPS);
    let manifest = fs::read_to_string(context.work().join("porter.yaml")).unwrap();
    context.write(
        "porter.yaml",
        manifest.replace("  - exec\n", "  - exec\n  - greet\n"),
    );
    install(&context, "greet", "one");
    context
}

/// Installs a mixin whose content is marked.
fn install(context: &TestContext, name: &str, mark: &str) {
    let file = context.path("file.wasm");
    fs::write(&file, component_with(mark)).unwrap();
    let file = file.display().to_string();
    let arguments = [
        "mixins",
        "install",
        &file,
        "--name",
        name,
        "--replace-builtin",
    ];
    let _ = context.porter(&arguments).succeeded();
}

fn lock(context: &TestContext) -> Value {
    let text = fs::read_to_string(context.work().join("porter.lock")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn update_writes_what_a_build_needs() {
    let context = bundle();
    let _ = context
        .porter(&["build", "--locked"])
        .failed()
        .complains("there is no `./porter.lock`, and --locked asks for it")
        .complains("porter mixins update");
    let finished = context.porter(&["mixins", "update"]).succeeded();
    assert!(finished.stdout.starts_with("+ exec "), "{finished:?}");
    let _ = finished
        .says(&format!(
            "(home, pure) {}\n",
            digest(&component_with("one"))
        ))
        .says("wrote porter.lock\n");
    let lock = lock(&context);
    let keys: Vec<_> = lock["mixins"][1]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        keys,
        ["digest", "interface", "name", "source", "tier", "version"]
    );
    assert_eq!(lock["mixins"][0]["source"], "builtin");
    assert_eq!(lock["mixins"][1]["source"], "home");
    let _ = context
        .porter(&["mixins", "update"])
        .succeeded()
        .says("porter.lock is up-to-date");
    // With the right lock the build goes on, to the engine that is not there.
    let built = context.porter(&["build", "--locked"]).failed();
    assert!(!built.stderr.contains("porter.lock"), "{built:?}");
}

#[test]
fn locked_refuses_any_difference() {
    let context = bundle();
    let _ = context.porter(&["mixins", "update"]).succeeded();
    let path = context.work().join("porter.lock");
    let good = fs::read_to_string(&path).unwrap();
    let change = |pointer: &str, value: &str| {
        let mut lock: Value = serde_json::from_str(&good).unwrap();
        *lock.pointer_mut(pointer).unwrap() = value.into();
        lock.to_string()
    };
    let mut fewer: Value = serde_json::from_str(&good).unwrap();
    fewer["mixins"].as_array_mut().unwrap().pop();
    let mut more: Value = serde_json::from_str(&good).unwrap();
    let mut extra = more["mixins"][0].clone();
    extra["name"] = "other".into();
    more["mixins"].as_array_mut().unwrap().push(extra);
    let table = [
        (
            change("/mixins/0/version", "9.9.9"),
            "~ exec\n        version: 9.9.9 -> ",
        ),
        (
            change("/mixins/0/digest", "sha256:00"),
            "digest: sha256:00 -> sha256:",
        ),
        (change("/mixins/1/tier", "sealed"), "tier: sealed -> pure"),
        (
            change("/mixins/1/interface", "porter:mixin@9.0.0"),
            "interface: porter:mixin@9.0.0 -> ",
        ),
        (
            change("/mixins/1/source", "builtin"),
            "source: builtin -> home",
        ),
        (fewer.to_string(), "+ greet "),
        (more.to_string(), "- other "),
    ];
    for (text, expected) in table {
        fs::write(&path, &text).unwrap();
        let _ = context
            .porter(&["build", "--locked"])
            .failed()
            .complains("the mixins are not those of `porter.lock`")
            .complains(expected);
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            text,
            "the lock is not touched"
        );
    }
}

#[test]
fn update_shows_the_difference_and_touches_what_is_named() {
    let context = bundle();
    let _ = context.porter(&["mixins", "update"]).succeeded();
    install(&context, "greet", "two");
    install(&context, "exec", "mine");
    // The lock says which: the built-in exec, and a greet that is there no more.
    let before = lock(&context);
    let finished = context.porter(&["mixins", "update", "exec"]).succeeded();
    assert!(finished.stdout.starts_with("~ exec\n"), "{finished:?}");
    let _ = finished.says("source: builtin -> home");
    assert_eq!(
        lock(&context)["mixins"][1],
        before["mixins"][1],
        "greet stays"
    );
    let (one, two) = (
        digest(&component_with("one")),
        digest(&component_with("two")),
    );
    let _ = context
        .porter(&["mixins", "update"])
        .succeeded()
        .says(&format!("~ greet\n    digest: {one} -> {two}\n"));
    let _ = context
        .porter(&["mixins", "update", "nobody"])
        .failed()
        .complains("the manifest has no mixin `nobody`");
    // A mixin that the bundle does not use any more leaves the lock.
    context.manifest(porter_cli_tests::PRINTING);
    let _ = context
        .porter(&["mixins", "update"])
        .succeeded()
        .says("- greet ");
}

#[test]
fn the_lock_comes_first_then_the_home_then_what_is_built_in() {
    let context = bundle();
    let warning = "not the built-in one";
    let _ = context.porter(&["mixins", "update"]).succeeded();
    install(&context, "exec", "mine");
    let linted = context.porter(&["lint"]).succeeded();
    assert!(
        !linted.stderr.contains(warning),
        "the lock says builtin: {linted:?}"
    );
    fs::remove_file(context.work().join("porter.lock")).unwrap();
    let _ = context.porter(&["lint"]).succeeded().complains(warning);
    let _ = context.porter(&["mixins", "uninstall", "exec"]).succeeded();
    let linted = context.porter(&["lint"]).succeeded();
    assert!(!linted.stderr.contains(warning), "{linted:?}");
}
