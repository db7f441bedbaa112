//! `porter publish` into a real registry, looked at with other tools.

use porter_registry_tests::{
    PRINTING, blob, bundle, digest, document, push_tiny, raw, reference, run,
};
use porter_test_harness::{Registry, RegistryKind, TestContext, corpus, tools};
use serde_json::Value;

#[test]
fn other_tools_read_what_was_published() {
    let registry = Registry::start();
    let context = TestContext::new();
    bundle(&context, &registry, PRINTING);
    let reference = reference(&context, &registry);
    let published = context.porter(&["publish", "-o", "json"]).succeeded();
    let published: Value = serde_json::from_str(&published.stdout).unwrap();
    assert_eq!(published["reference"], *reference);

    let index = raw(&reference);
    assert_eq!(published["digest"], *digest(&index));
    let index: Value = serde_json::from_slice(&index).unwrap();
    let repository = format!("{}/acme/{}", registry.address(), context.bundle_name());
    let entries = index["manifests"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let named = format!("{repository}@{}", entry["digest"].as_str().unwrap());
        let bytes = raw(&named);
        assert_eq!(entry["digest"], *digest(&bytes));
        assert_eq!(entry["size"], bytes.len());
    }
    let config = document(&format!(
        "{repository}@{}",
        entries[0]["digest"].as_str().unwrap()
    ));
    let text = blob(&repository, config["config"]["digest"].as_str().unwrap());
    let bundle: Value = serde_json::from_slice(&text).unwrap();
    let image = &bundle["invocationImages"][0];
    assert_eq!(image["contentDigest"], entries[1]["digest"]);
    let expected = format!("{repository}@{}", entries[1]["digest"].as_str().unwrap());
    assert_eq!(image["image"], *expected);

    // skopeo copies the whole image, which checks every layer against its digest.
    let copied = context.path("copied");
    run(std::process::Command::new(tools::skopeo())
        .args(["--insecure-policy", "copy", "--src-tls-verify=false"])
        .arg(format!("docker://{expected}"))
        .arg(format!("dir:{}", copied.display())));
}

#[test]
fn an_index_has_the_fields_of_porters() {
    let registry = Registry::start();
    let context = TestContext::new();
    bundle(&context, &registry, PRINTING);
    let _ = context.porter(&["publish"]).succeeded();
    let reference = reference(&context, &registry);
    let ours = document(&reference);
    let Some(folder) = corpus("oci/corpuslife_shop/v0.1.0") else {
        return;
    };
    let read = |name: &str| -> Value {
        serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
    };
    let theirs = read("index.json");
    assert_eq!(shape(&ours["manifests"]), shape(&theirs["manifests"]));
    assert_eq!(ours.get("mediaType"), theirs.get("mediaType"));
    let keys = |value: &Value| -> Vec<String> {
        let all = value["annotations"].as_object().unwrap().keys();
        let own = |name: &&String| !name.ends_with("authors");
        all.filter(own).cloned().collect()
    };
    assert_eq!(keys(&ours), keys(&theirs));
    let name = reference.rsplit_once(':').unwrap().0;
    let config = format!(
        "{name}@{}",
        ours["manifests"][0]["digest"].as_str().unwrap()
    );
    assert_eq!(shape(&document(&config)), shape(&read("config.json")));
}

/// A document with its values taken out, except those that say what something is.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| match name.as_str() {
                "mediaType" | "annotations" | "schemaVersion" => (name.clone(), member.clone()),
                _ => (name.clone(), shape(member)),
            })
            .collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Null => Value::Null,
        _ => Value::String("…".to_owned()),
    }
}

#[test]
fn a_tag_that_exists_is_not_taken() {
    let registry = Registry::start();
    let context = TestContext::new();
    bundle(&context, &registry, PRINTING);
    let reference = reference(&context, &registry);
    let _ = context.porter(&["publish"]).succeeded();
    let before = raw(&reference);
    let refused = context.porter(&["publish"]).failed();
    let _ = refused.complains(&format!(
        "Publish stopped because {reference} already exists in the destination registry. To \
         overwrite it, repeat the command with --force specified."
    ));
    // Nothing changed, so the same comes out, and nothing is sent again.
    let uploads = |log: &str| log.matches("PUT /v2/").count();
    let sent = uploads(&registry.log());
    let again = context.porter(&["publish", "--force"]).succeeded();
    let _ = again.says("already published with matching content");
    assert_eq!(raw(&reference), before);
    assert!(uploads(&registry.log()) <= sent + 2, "{}", registry.log());

    let _ = context.porter(&["publish", "--tag", "other"]).succeeded();
    let name = reference.rsplit_once(':').unwrap().0;
    assert_eq!(raw(&format!("{name}:other")), before);
    let other = format!("{}/elsewhere/x:v9", registry.address());
    let _ = context
        .porter(&["publish", "--reference", &other])
        .succeeded();
    let _ = raw(&other);
    let refused = context.porter(&["publish", "--tag", "a:b"]).failed();
    let _ = refused.complains("use --reference for the full bundle reference instead");
}

#[test]
fn an_image_that_a_bundle_uses_comes_along() {
    let registry = Registry::start();
    let context = TestContext::new();
    let source = format!("{}/base/tiny:v1", registry.address());
    push_tiny(&context, &source);
    bundle(
        &context,
        &registry,
        &format!(
            "images:\n  tiny:\n    description: tiny\n    imageType: docker\n    repository: \
             {}/base/tiny\n    tag: v1\n{PRINTING}",
            registry.address()
        ),
    );
    let _ = context
        .porter(&["publish"])
        .succeeded()
        .says(&format!("Completed image {source} copy"));
    let index = document(&reference(&context, &registry));
    let entry = &index["manifests"][2];
    assert_eq!(entry["annotations"]["io.cnab.component.name"], "tiny");
    let repository = format!("{}/acme/{}", registry.address(), context.bundle_name());
    let copied = raw(&format!(
        "{repository}@{}",
        entry["digest"].as_str().unwrap()
    ));
    assert_eq!(copied, raw(&source));
}

#[test]
fn tls_and_passwords() {
    let context = TestContext::new();
    let registry = Registry::start_as(RegistryKind::Tls);
    bundle(&context, &registry, PRINTING);
    let untrusted = context.porter(&["publish"]).failed();
    let _ = untrusted.complains("cannot reach the registry");
    let mut command = context.command(&["publish"]);
    let output = command
        .env("SSL_CERT_FILE", registry.certificate())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let _ = context
        .porter(&["publish", "--force", "--insecure-registry"])
        .succeeded();

    let locked = Registry::start_as(RegistryKind::Password);
    let target = format!("{}/acme/locked:v1", locked.address());
    let arguments = ["publish", "--reference", &target];
    let refused = context.command(&arguments);
    let denied = { refused }
        .env("DOCKER_CONFIG", context.path("nothing"))
        .output()
        .unwrap();
    assert!(!denied.status.success());
    let said = String::from_utf8_lossy(&denied.stderr).into_owned();
    assert!(said.contains("denies access"), "{said}");
    assert!(said.contains("docker login"), "{said}");
    let output = context
        .command(&arguments)
        .env("DOCKER_CONFIG", locked.docker_config())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
}
