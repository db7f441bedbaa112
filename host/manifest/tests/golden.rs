//! Golden folders: a porter.yaml beside the bundle.json, runbook.json, lint and warnings it gives,
//! or the errors. `UPDATE_GOLDEN=1` writes the expectations; read them before they are committed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::stamp;
use porter_manifest::{Features, LoadOptions, Manifest, Problem, Problems};
use porter_runbook::Runbook;
use porter_runbook::document::MixinCode;

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let entries = std::fs::read_dir(root).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// `# experimental: A, B` in the first line turns features on.
fn options(text: &str) -> LoadOptions {
    let first = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("# experimental: "));
    let features = first
        .map(|list| Features::new(list.split(", ")))
        .unwrap_or_default();
    LoadOptions {
        features,
        ..LoadOptions::default()
    }
}

fn mixins(manifest: &Manifest) -> BTreeMap<String, MixinCode> {
    let code = |name: &str| MixinCode {
        version: "1.0.0".to_owned(),
        tier: "pure".to_owned(),
        reads: Vec::new(),
        digest: format!("sha256:{name}"),
        code: BTreeMap::new(),
        config: serde_json::Value::Null,
        environment: Vec::new(),
        sees_secrets: false,
    };
    manifest
        .mixin_names()
        .into_iter()
        .map(|name| (name.to_owned(), code(name)))
        .collect()
}

/// Everything that a manifest gives, by name of the file that has it.
fn outcome(bytes: &[u8]) -> BTreeMap<&'static str, String> {
    let mut files = BTreeMap::new();
    let loaded = match Manifest::load(
        "porter.yaml",
        bytes,
        &options(&String::from_utf8_lossy(bytes)),
    ) {
        Ok(loaded) => loaded,
        Err(problems) => {
            files.insert("errors.txt", format!("{problems}\n"));
            return files;
        }
    };
    let manifest = loaded.manifest;
    let bundle = manifest.bundle(&stamp(&manifest, false)).unwrap();
    bundle.validate().unwrap();
    // Made of texts: making values of documents directly would respell their numbers.
    let pretty = |text: &str| {
        let value = porter_cnab::spelling::read(text).unwrap();
        serde_json::to_string_pretty(&value).unwrap() + "\n"
    };
    files.insert("bundle.json", pretty(&bundle.to_canonical_json().unwrap()));
    let runbook = manifest.runbook(mixins(&manifest));
    let text = serde_json::to_string(&runbook).unwrap();
    assert_eq!(Runbook::from_json(text.as_bytes()).unwrap(), runbook);
    files.insert("runbook.json", pretty(&text));
    let show = |problems: Vec<Problem>| format!("{}\n", Problems(problems));
    if !loaded.warnings.is_empty() {
        files.insert("warnings.txt", show(loaded.warnings));
    }
    let findings = manifest.lint();
    if !findings.is_empty() {
        let problems = findings.iter().map(|finding| {
            let problem = finding.to_problem();
            Problem {
                message: format!("{}: {}", finding.code, problem.message),
                ..problem
            }
        });
        files.insert("lint.txt", show(problems.collect()));
    }
    files
}

#[test]
fn manifests_give_what_stands_beside_them() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut differences = Vec::new();
    let folders = folders();
    assert!(folders.len() >= 10);
    for folder in folders {
        let bytes = std::fs::read(folder.join("porter.yaml")).unwrap();
        let found = outcome(&bytes);
        for name in [
            "bundle.json",
            "runbook.json",
            "warnings.txt",
            "lint.txt",
            "errors.txt",
        ] {
            let path = folder.join(name);
            let expected = std::fs::read_to_string(&path).ok();
            if expected.as_ref() == found.get(name) {
                continue;
            }
            if !update {
                let found = found.get(name).map_or("nothing", String::as_str);
                differences.push(format!("{}: found\n{found}", path.display()));
            } else if let Some(text) = found.get(name) {
                std::fs::write(&path, text).unwrap();
            } else {
                std::fs::remove_file(&path).unwrap();
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_examples_are_without_fault() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut count = 0;
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path().join("porter.yaml");
        let bytes = porter_manifest::source::read(&path).unwrap();
        let loaded = Manifest::load("porter.yaml", &bytes, &LoadOptions::default());
        let loaded = loaded.unwrap_or_else(|problems| panic!("{}: {problems}", path.display()));
        assert_eq!(loaded.warnings, [], "{}", path.display());
        assert_eq!(loaded.manifest.lint(), [], "{}", path.display());
        count += 1;
    }
    assert!(count >= 2);
}
