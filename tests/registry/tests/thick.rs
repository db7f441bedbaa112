//! Bundles on their way: copied, archived, published from the archive, and run at the end.

use std::path::Path;
use std::process::Command;

use porter_registry_tests::{
    PRINTING, bundle, digest, push_tiny, raw, reference, refuses_broken, run,
};
use porter_test_harness::{Registry, TestContext};

#[test]
fn from_registry_to_file_to_registry() {
    let mut first = Registry::start();
    let second = Registry::start();
    let author = TestContext::new();
    push_tiny(&author, &format!("{}/base/tiny:v1", first.address()));
    let images = format!(
        "images:\n  tiny:\n    description: tiny\n    imageType: docker\n    repository: \
         {}/base/tiny\n    tag: v1\n{PRINTING}",
        first.address()
    );
    bundle(&author, &first, &images);
    let _ = author.porter(&["publish"]).succeeded();
    let reference = reference(&author, &first);
    let original = digest(&raw(&reference));

    // Within a registry and to another one the digest stays.
    let name = author.bundle_name();
    let beside = format!("{}/copies", first.address());
    let copy = ["copy", "--source", &reference, "--destination"];
    let _ = author
        .porter(&[&copy[..], &[&beside]].concat())
        .succeeded()
        .says(&format!("Beginning bundle copy to {beside}/{name}:v0.1.0."));
    assert_eq!(digest(&raw(&format!("{beside}/{name}:v0.1.0"))), original);
    let across = format!("{}/acme/copy:v1", second.address());
    let arguments = [&copy[..], &[&across]].concat();
    let _ = author.porter(&arguments).succeeded();
    assert_eq!(digest(&raw(&across)), original);
    let _ = author
        .porter(&arguments)
        .failed()
        .complains(&format!("Copy stopped because {across} already exists"));
    let _ = author
        .porter(&[&arguments[..], &["--force"]].concat())
        .succeeded();

    // The same bundle is the same archive.
    let [one, two] = ["one.tgz", "two.tgz"].map(|name| author.path(name));
    for file in [&one, &two] {
        let file = file.to_str().unwrap();
        let _ = author
            .porter(&["archive", file, "--reference", &reference])
            .succeeded();
    }
    let bytes = std::fs::read(&one).unwrap();
    assert!(bytes == std::fs::read(&two).unwrap(), "the archives differ");
    let listed = run(Command::new("tar").arg("-tzf").arg(&one));
    let listed = String::from_utf8_lossy(&listed).into_owned();
    for name in [
        "./",
        "./artifacts/layout/index.json",
        "./artifacts/layout/oci-layout",
        "./bundle.json",
        "./relocation-mapping.json",
    ] {
        assert!(listed.lines().any(|line| line == name), "{name}: {listed}");
    }

    // Without the registry that it comes from.
    first.kill();
    let target = format!("{}/fromarchive/x:v1", second.address());
    refuses_broken(&author, &bytes, &target);
    let publish = ["publish", "--archive", one.to_str().unwrap(), "--reference"];
    let _ = author
        .porter(&[&publish[..], &[&target]].concat())
        .succeeded()
        .says("pushed successfully");
    assert_eq!(digest(&raw(&target)), original);

    let user = TestContext::new();
    let _ = user
        .porter(&["install", "x", "--reference", &target])
        .succeeded()
        .says("installed");
    let _ = user.porter(&["uninstall", "x"]).succeeded();
}

#[test]
fn mistakes() {
    let context = TestContext::without_engine();
    let missing = Path::new("nodir/x.tgz").to_str().unwrap();
    let reference = "127.0.0.1:9/x/y:v1.0.0";
    let table: &[(&[&str], &str)] = &[
        (&["archive"], "destination file is required"),
        (
            &["archive", "x.tgz"],
            "must provide a value for --reference of the form REGISTRY/bundle:tag",
        ),
        (
            &["archive", missing, "--reference", reference],
            "parent directory \"nodir\" does not exist",
        ),
        (
            &["archive", "x.tgz", "--reference", reference, "-c", "Bogus"],
            "invalid compression level: Bogus",
        ),
        (
            &["archive", "x.tgz", "--reference", reference],
            "unable to pull bundle",
        ),
        (
            &["copy", "--source", reference],
            "--destination is required",
        ),
        (
            &[
                "copy",
                "--source",
                reference,
                "--destination",
                "127.0.0.1:9/z:v1",
                "--force",
            ],
            "unable to pull bundle before copying",
        ),
        (
            &["publish", "--archive", "none.tgz", "--reference", reference],
            "unable to access --archive none.tgz",
        ),
    ];
    for (arguments, expected) in table {
        let _ = context.porter(arguments).failed().complains(expected);
    }
    assert!(!context.work().join("x.tgz").exists());
}
