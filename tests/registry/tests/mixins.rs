//! Mixins as OCI artifacts: other tools read ours, we read theirs.

use std::process::Command;

use porter_registry_tests::{blob, digest, document, push_tiny, raw, run};
use porter_test_harness::{Registry, TestContext, root, tools};

#[test]
fn mixins_travel() {
    let registry = Registry::start();
    let context = TestContext::without_engine();
    let file = root().join("target/embed/mixins/exec.wasm");
    let wasm = std::fs::read(&file).unwrap();
    let file = file.to_str().unwrap();
    let reference = format!("{}/mixins/shout:v1", registry.address());
    let publish = ["mixins", "publish", file, &reference];
    let _ = context
        .porter(&publish)
        .succeeded()
        .says(&format!("component: {}", digest(&wasm)));
    let manifest = raw(&reference);
    let read = document(&reference);
    assert_eq!(
        read["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    assert_eq!(read["layers"][0]["mediaType"], "application/wasm");
    let repository = reference.rsplit_once(':').unwrap().0;
    assert!(blob(repository, &digest(&wasm)) == wasm);
    let _ = context
        .porter(&publish)
        .failed()
        .complains("already exists in the destination registry");
    let _ = context
        .porter(&[&publish[..], &["--force"]].concat())
        .succeeded();
    assert!(raw(&reference) == manifest, "it is not the same again");

    let _ = context
        .porter(&["mixins", "install", &reference])
        .succeeded()
        .says("installed shout mixin")
        .says("trusted on first use");
    let pinned = format!("{repository}@{}", digest(&manifest));
    let _ = context
        .porter(&["mixins", "install", &pinned, "--name", "louder"])
        .succeeded()
        .says("as the reference says");
    let _ = context
        .porter(&["mixins", "list"])
        .succeeded()
        .says("shout")
        .says("louder");

    // One that oras pushed.
    let theirs = format!("{}/mixins/theirs:v1", registry.address());
    std::fs::write(context.path("theirs.wasm"), &wasm).unwrap();
    run(Command::new(tools::oras())
        .args(["push", "--plain-http", &theirs])
        .arg("theirs.wasm:application/wasm")
        .current_dir(context.path(".")));
    let _ = context
        .porter(&["mixins", "install", &theirs])
        .succeeded()
        .says(&digest(&wasm));

    let image = format!("{}/base/tiny:v1", registry.address());
    push_tiny(&context, &image);
    let _ = context
        .porter(&["mixins", "install", &image])
        .failed()
        .complains("that is no mixin");
    let _ = context
        .porter(&["mixins", "install", &format!("{repository}:v9")])
        .failed()
        .complains("not found");
}
