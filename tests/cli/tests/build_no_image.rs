//! `porter build --no-image`: all of `.cnab`, no engine, the same bytes everywhere.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use porter_cli_tests::PRINTING;
use porter_test_harness::TestContext;
use serde_json::Value;

const HEAD: &str = "schemaVersion: 1.0.1\n# what it is called\nname: same # here\nversion: 0.1.0\n\
                    registry: localhost:5000\nmixins: [exec]\ncustom: {a: 1e6}\n";

/// Every file below a folder with its content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let inside = path.strip_prefix(folder).unwrap().to_path_buf();
                found.insert(inside, fs::read(path).unwrap());
            }
        }
    }
    found
}

fn bundle(context: &TestContext) {
    context.write("porter.yaml", format!("{HEAD}{PRINTING}"));
    context.write("helpers/data.txt", "x\n");
}

#[test]
fn the_same_bytes_in_another_folder_time_zone_and_language() {
    let mut outcomes = Vec::new();
    for (zone, language) in [("UTC", "C"), ("Pacific/Kiritimati", "de_DE.UTF-8")] {
        let context = TestContext::without_engine();
        bundle(&context);
        let output = context
            .command(&["build", "--no-image"])
            .env("TZ", zone)
            .env("LC_ALL", language)
            .env("USER", zone)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        outcomes.push(files(&context.work().join(".cnab")));
    }
    let [one, other] = outcomes.as_slice() else {
        panic!("two builds");
    };
    let names = one.keys().collect::<Vec<_>>();
    assert_eq!(names, other.keys().collect::<Vec<_>>());
    for (name, content) in one {
        assert!(content == &other[name], "{} differs", name.display());
    }
    for name in [
        "Dockerfile",
        "bundle.json",
        "app/run",
        "app/porter.yaml",
        "app/porter/runbook.json",
        "app/porter/mixins/exec.wasm",
    ] {
        assert!(one.contains_key(Path::new(name)), "{name}");
    }
    let packaged = &one[Path::new("app/porter.yaml")];
    assert_eq!(*packaged, format!("{HEAD}{PRINTING}").into_bytes());
    let document = String::from_utf8(one[Path::new("bundle.json")].clone()).unwrap();
    assert!(document.contains("\"a\":1e6"), "{document}");
}

#[test]
fn the_outcome_as_json_is_all_there_is_on_stdout() {
    let context = TestContext::without_engine();
    bundle(&context);
    let build = |flags: &[&str]| -> Value {
        let words = [&["build", "--no-image", "-o", "json"], flags].concat();
        let finished = context.porter(&words).succeeded();
        serde_json::from_str(&finished.stdout).unwrap()
    };
    let first = build(&[]);
    assert_eq!(first["name"], "same");
    assert_eq!(first["upToDate"], false);
    assert_eq!(first["image"]["id"], Value::Null);
    let reference = first["image"]["reference"].as_str().unwrap();
    assert!(
        reference.starts_with("localhost:5000/same:porter-"),
        "{reference}"
    );
    assert_eq!(first["mixins"][0]["name"], "exec");
    assert_eq!(first["mixins"][0]["source"], "builtin");
    for file in ["bundle", "dockerfile"] {
        let path = context.work().join(first[file].as_str().unwrap());
        assert!(path.is_file(), "{}", path.display());
    }
    assert_eq!(build(&[])["upToDate"], true);

    let flags = [
        "--name",
        "other",
        "--version",
        "v0.2.0",
        "--custom",
        "b.c=d",
    ];
    let changed = build(&flags);
    assert_eq!(changed["upToDate"], false);
    assert_eq!(
        (&changed["name"], &changed["version"]),
        (&"other".into(), &"0.2.0".into())
    );
    let packaged = fs::read_to_string(context.work().join(".cnab/app/porter.yaml")).unwrap();
    assert!(
        packaged.contains("# what it is called\nname: other # here\nversion: 0.2.0\n"),
        "{packaged}"
    );
    assert!(
        packaged.contains("custom:\n  a: 1e6\n  b:\n    c: d\n"),
        "{packaged}"
    );
    // The author's own file stays.
    let own = fs::read_to_string(context.work().join("porter.yaml")).unwrap();
    assert!(own.starts_with(HEAD));
    assert_eq!(build(&["--force"])["upToDate"], false);
}

#[test]
fn what_needs_an_image_is_not_served_without_one() {
    let context = TestContext::without_engine();
    bundle(&context);
    let _ = context.porter(&["build", "--no-image"]).succeeded();
    // There is an up-to-date `.cnab`, and still an image to make.
    let _ = context.porter(&["build"]).failed();
    let _ = context.porter(&["install"]).failed();
}

#[test]
fn a_mistake_leaves_what_was_there() {
    let context = TestContext::without_engine();
    bundle(&context);
    let _ = context.porter(&["build", "--no-image"]).succeeded();
    let before = files(&context.work().join(".cnab"));
    context.write(
        "porter.yaml",
        format!(
            "{HEAD}{}",
            PRINTING.replace("command: echo", "command: [echo]")
        ),
    );
    let finished = context
        .porter(&["build", "--no-image", "-o", "json"])
        .failed();
    assert_eq!(finished.stdout, "");
    assert!(files(&context.work().join(".cnab")) == before);
}
