//! Bundles by reference: explained, inspected and run, from the registry and from the cache.
#![expect(
    clippy::expect_used,
    reason = "a test helper ends the test that uses it wrongly"
)]

use porter_registry_tests::{
    PRINTING, blob, bundle, digest, document, push_tiny, raw, reference, run,
};
use porter_test_harness::{Finished, Registry, TestContext, tools};
use serde_json::Value;

fn json(finished: Finished) -> Value {
    serde_json::from_str(&finished.succeeded().stdout).expect("it prints a document")
}

#[test]
fn a_published_bundle_lives_elsewhere() {
    let mut registry = Registry::start();
    let author = TestContext::new();
    push_tiny(&author, &format!("{}/base/tiny:v1", registry.address()));
    let images = format!(
        "images:\n  tiny:\n    description: tiny\n    imageType: docker\n    repository: \
         {}/base/tiny\n    tag: v1\n{PRINTING}",
        registry.address()
    );
    bundle(&author, &registry, &images);
    let _ = author.porter(&["publish"]).succeeded();
    let reference = reference(&author, &registry);
    let name = reference.rsplit_once(':').unwrap().0;

    // A home elsewhere, with nothing of the bundle but its reference.
    let user = TestContext::new();
    let _ = user
        .porter(&["explain", &reference])
        .succeeded()
        .says(&format!("porter install --reference {reference}"));
    let inspected = json(user.porter(&["inspect", &reference, "-o", "json"]));
    let image = &inspected["images"][0];
    let moved = image["image"].as_str().unwrap();
    assert!(moved.starts_with(&format!("{name}@sha256:")), "{moved}");
    let original = image["originalImage"].as_str().unwrap();
    assert!(original.contains("/base/tiny@"), "{original}");

    let _ = user
        .porter(&["install", "shop", "--reference", &reference])
        .succeeded()
        .says("installed");
    let shown = json(user.porter(&["show", "shop", "-o", "json"]));
    assert_eq!(shown["bundle"]["repository"], *name);
    assert_eq!(shown["bundle"]["version"], "0.1.0");
    assert_eq!(shown["status"]["bundleReference"], *reference);
    assert_eq!(shown["status"]["bundleDigest"], *digest(&raw(&reference)));
    let _ = user
        .porter(&["upgrade", "shop"])
        .succeeded()
        .says("upgraded");

    // What is in the cache needs no registry.
    registry.kill();
    let _ = user.porter(&["explain", &reference]).succeeded();
    let _ = user
        .porter(&["explain", &reference, "--force"])
        .failed()
        .complains("unable to pull bundle");
    let _ = user
        .porter(&["uninstall", "shop", "--reference", &reference])
        .succeeded()
        .says("uninstalled");
}

#[test]
fn tags_digests_and_a_missing_v() {
    let registry = Registry::start();
    let author = TestContext::new();
    bundle(&author, &registry, PRINTING);
    let _ = author.porter(&["publish"]).succeeded();
    let reference = reference(&author, &registry);
    let name = reference.rsplit_once(':').unwrap().0;
    let user = TestContext::without_engine();

    let without = format!("{name}:0.1.0");
    let _ = user
        .porter(&["explain", &without])
        .succeeded()
        .complains(&format!(
            "using reference \"{reference}\" instead of \"{without}\" because missing v-prefix on tag"
        ));
    let pinned = format!("{name}@{}", digest(&raw(&reference)));
    let _ = user.porter(&["explain", &pinned]).succeeded();
    let wrong = format!("{name}@sha256:{}", "0".repeat(64));
    let _ = user
        .porter(&["explain", &wrong])
        .failed()
        .complains(&format!("{wrong}: not found"));
    let _ = user
        .porter(&["explain", &format!("{name}:v9.9.9")])
        .failed()
        .complains(&format!("{name}:v9.9.9: not found"));

    let image = format!("{}/base/tiny:v1", registry.address());
    push_tiny(&author, &image);
    let _ = user
        .porter(&["explain", &image])
        .failed()
        .complains("the provided reference must be a Porter bundle: invalid media type");
    let _ = user
        .porter(&["explain", "127.0.0.1:9/x/y:v1.0.0"])
        .failed()
        .complains("unable to pull bundle")
        .complains("refused");
}

#[test]
fn a_cache_that_was_changed_is_not_used() {
    let registry = Registry::start();
    let author = TestContext::new();
    bundle(&author, &registry, PRINTING);
    let _ = author.porter(&["publish"]).succeeded();
    let reference = reference(&author, &registry);
    let user = TestContext::without_engine();
    let _ = user.porter(&["explain", &reference]).succeeded();
    let cache = user.home().join("cache");
    let entry = std::fs::read_dir(&cache)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut files: Vec<String> = ["metadata.json", "porter.yaml", "cnab/bundle.json"]
        .map(str::to_owned)
        .to_vec();
    files.push("cnab/relocation-mapping.json".to_owned());
    for file in &files {
        assert!(entry.join(file).is_file(), "{file}");
    }
    let path = entry.join("cnab/bundle.json");
    let changed = std::fs::read_to_string(&path)
        .unwrap()
        .replace("it travels", "it lies");
    std::fs::write(&path, changed).unwrap();
    let explained = user.porter(&["explain", &reference]).succeeded();
    let _ = explained.says("it travels");
}

#[test]
fn what_a_registry_changes_is_refused() {
    let registry = Registry::start();
    let author = TestContext::new();
    bundle(&author, &registry, PRINTING);
    let _ = author.porter(&["publish"]).succeeded();
    let reference = reference(&author, &registry);
    let index: Value = serde_json::from_slice(&raw(&reference)).unwrap();
    let config = index["manifests"][0]["digest"].as_str().unwrap();
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(registry.blob(config)).unwrap()).unwrap();
    let blob = registry.blob(manifest["config"]["digest"].as_str().unwrap());
    let text = std::fs::read_to_string(&blob).unwrap();
    std::fs::write(&blob, text.replace("it travels", "it lies  2")).unwrap();
    let user = TestContext::without_engine();
    let _ = user
        .porter(&["explain", &reference])
        .failed()
        .complains("has the digest");
}

#[test]
fn a_bundle_without_the_stamp_of_porter_runs() {
    let registry = Registry::start();
    let author = TestContext::new();
    bundle(&author, &registry, PRINTING);
    let _ = author.porter(&["publish"]).succeeded();
    let reference = reference(&author, &registry);
    let name = reference.rsplit_once(':').unwrap().0;
    let mut index = document(&reference);
    let config = index["manifests"][0]["digest"].as_str().unwrap();
    let mut config = document(&format!("{name}@{config}"));
    let text = blob(name, config["config"]["digest"].as_str().unwrap());
    let mut foreign: Value = serde_json::from_slice(&text).unwrap();
    for member in ["custom", "requiredExtensions"] {
        foreign.as_object_mut().unwrap().remove(member);
    }
    // As another tool would: its bundle.json under another media type.
    let text = foreign.to_string();
    let put = |what: &str, target: &str, arguments: &[&str], content: &str| {
        let file = author.path("content");
        std::fs::write(&file, content).unwrap();
        run(std::process::Command::new(tools::oras())
            .args([what, "push", "--plain-http"])
            .args(arguments)
            .arg(target)
            .arg(&file));
    };
    put(
        "blob",
        &format!("{name}@{}", digest(text.as_bytes())),
        &[],
        &text,
    );
    config["config"]["digest"] = digest(text.as_bytes()).into();
    config["config"]["size"] = text.len().into();
    config["config"]["mediaType"] = "application/vnd.oci.image.config.v1+json".into();
    config["layers"] = Value::Array(Vec::new());
    let config = config.to_string();
    let media_type = ["--media-type", "application/vnd.oci.image.manifest.v1+json"];
    put(
        "manifest",
        &format!("{name}@{}", digest(config.as_bytes())),
        &media_type,
        &config,
    );
    index["manifests"][0]["digest"] = digest(config.as_bytes()).into();
    index["manifests"][0]["size"] = config.len().into();
    let media_type = ["--media-type", "application/vnd.oci.image.index.v1+json"];
    put(
        "manifest",
        &format!("{name}:foreign"),
        &media_type,
        &index.to_string(),
    );

    let user = TestContext::new();
    let foreign = format!("{name}:foreign");
    let _ = user
        .porter(&["install", "f", "--reference", &foreign])
        .succeeded()
        .says("installed");
    let _ = user.porter(&["uninstall", "f"]).succeeded();
}
