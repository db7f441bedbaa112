//! What the tests of registries share: bundles, and other tools that look at what was written.
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test helper ends the test that uses it wrongly"
)]

use std::fs;
use std::process::{Command, Stdio};

pub use porter_test_harness::PRINTING;
use porter_test_harness::{Registry, TestContext, tools};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The bundle of a test, for a registry.
pub fn bundle(context: &TestContext, registry: &Registry, rest: &str) {
    context.write(
        "porter.yaml",
        format!(
            "schemaType: Bundle\nschemaVersion: 1.0.1\nname: {}\nversion: 0.1.0\n\
             description: it travels\nregistry: {}/acme\nmixins:\n  - exec\n{rest}",
            context.bundle_name(),
            registry.address()
        ),
    );
}

/// The reference under which [`bundle`] is published.
pub fn reference(context: &TestContext, registry: &Registry) -> String {
    format!(
        "{}/acme/{}:v0.1.0",
        registry.address(),
        context.bundle_name()
    )
}

/// What skopeo finds at a reference, byte for byte.
///
/// # Panics
/// When it finds nothing.
pub fn raw(reference: &str) -> Vec<u8> {
    let mut command = Command::new(tools::skopeo());
    command
        .args(["inspect", "--raw", "--tls-verify=false"])
        .arg(format!("docker://{reference}"));
    run(&mut command)
}

/// The same as JSON.
///
/// # Panics
/// When it is none.
pub fn document(reference: &str) -> Value {
    serde_json::from_slice(&raw(reference)).expect("a manifest is JSON")
}

/// The blob of a repository, as oras reads it.
///
/// # Panics
/// When it cannot.
pub fn blob(repository: &str, digest: &str) -> Vec<u8> {
    let mut command = Command::new(tools::oras());
    command
        .args(["blob", "fetch", "--plain-http", "--output", "-"])
        .arg(format!("{repository}@{digest}"));
    run(&mut command)
}

/// `sha256:…` of bytes.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

/// An image with one small layer, made without any tool of ours.
///
/// # Panics
/// When it cannot be made.
pub fn push_tiny(context: &TestContext, to: &str) {
    let folder = context.path("tiny");
    fs::create_dir(&folder).expect("it can be written");
    fs::write(folder.join("file"), "tiny").expect("it can be written");
    run(Command::new("tar")
        .args(["-czf", "layer.tgz", "file"])
        .current_dir(&folder));
    fs::write(
        folder.join("config.json"),
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}",
    )
    .expect("it can be written");
    run(Command::new(tools::oras())
        .args(["push", "--plain-http", to])
        .args([
            "--config",
            "config.json:application/vnd.oci.image.config.v1+json",
        ])
        .arg("layer.tgz:application/vnd.oci.image.layer.v1.tar+gzip")
        .current_dir(&folder));
}

/// Nothing of an archive that is not whole is pushed.
///
/// # Panics
/// When something is.
pub fn refuses_broken(context: &TestContext, archive: &[u8], target: &str) {
    let path = context.path("bad.tgz");
    let arguments = [
        "publish",
        "--archive",
        path.to_str().expect("it is UTF-8"),
        "--reference",
    ];
    for length in [archive.len() / 2, archive.len() - 4] {
        fs::write(&path, &archive[..length]).expect("it can be written");
        let _ = context
            .porter(&[&arguments[..], &[target]].concat())
            .failed()
            .complains("the archive cannot be used");
    }
    let uploads = context.porter(&["explain", target]).failed();
    let _ = uploads.complains("not found");
}

/// Runs a command to its end and returns what it prints.
///
/// # Panics
/// When it fails.
pub fn run(command: &mut Command) -> Vec<u8> {
    let shown = format!("{command:?}");
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert!(
        output.status.success(),
        "{shown}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}
