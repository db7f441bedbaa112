//! The recordings of Porter 1.6.1: what it accepts gives the same bundle.json, what it rejects is
//! rejected. The recordings are beside the project, or where `PORTER_CORPUS` says.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails"
)]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{same_json, stamp};
use porter_manifest::{Features, LoadOptions, Manifest, SchemaCheck, Severity};
use serde_json::{Value, json};

/// Accepted by Porter, refused here for a reason.
const STRICTER: &[(&str, &str)] = &[(
    "134-templates-undefined",
    "a template that names nothing is an error",
)];

/// Cases whose bundle.json cannot or shall not be the same.
const WAITING: &[(&str, &str)] = &[
    ("157-images-lookup", "needs a registry"),
    (
        "175-mixinproto-version-odd",
        "a mixin whose version is none is left out of the stamp",
    ),
    ("199-build-custom-types", "a date stays a text"),
];

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("PORTER_CORPUS").map_or(beside, PathBuf::from);
    let cases = root.join("bundles/cases");
    if cases.is_dir() {
        return Some(cases);
    }
    eprintln!(
        "the recordings are not at {}: nothing is compared with Porter",
        cases.display()
    );
    None
}

struct Case {
    name: String,
    folder: PathBuf,
    description: Value,
}

fn cases(kind: &str) -> Vec<Case> {
    let Some(root) = corpus() else {
        return Vec::new();
    };
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let read = |folder: PathBuf| {
        let text = std::fs::read_to_string(folder.join("case.json")).unwrap();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        Case {
            name,
            folder,
            description: serde_json::from_str(&text).unwrap(),
        }
    };
    folders
        .into_iter()
        .map(read)
        .filter(|case| case.description["kind"] == kind)
        .collect()
}

impl Case {
    /// The commands of one kind, in order.
    fn commands(&self, command: &str) -> Vec<&Value> {
        let all = self.description["commands"].as_array().unwrap();
        all.iter()
            .filter(|one| one["argv"][0] == "porter" && one["argv"][1] == command)
            .collect()
    }

    /// The manifest: stored, or made of pieces.
    fn manifest(&self) -> Option<Vec<u8>> {
        for file in self.description["generate"]
            .as_array()
            .into_iter()
            .flatten()
        {
            if file["path"] == "porter.yaml" {
                let parts = file["parts"].as_array().unwrap().iter();
                let text: String = parts
                    .map(|part| {
                        let times = usize::try_from(part[1].as_u64().unwrap()).unwrap();
                        part[0].as_str().unwrap().repeat(times)
                    })
                    .collect();
                return Some(text.into_bytes());
            }
        }
        std::fs::read(self.folder.join("input/porter.yaml")).ok()
    }
}

fn options(command: &Value) -> (LoadOptions, bool) {
    let mut options = LoadOptions::default();
    let mut preserve_tags = false;
    let argv: Vec<&str> = command["argv"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    let mut words = argv.iter();
    while let Some(word) = words.next() {
        match *word {
            "--experimental" => {
                options.features = Features::new(words.next().unwrap().split(','));
            }
            "--custom" => {
                let (name, value) = words.next().unwrap().split_once('=').unwrap_or_default();
                options
                    .custom
                    .push((name.trim().to_owned(), value.trim().to_owned()));
            }
            "--preserve-tags" => preserve_tags = true,
            _ => {}
        }
    }
    if let Some(mode) = command["env"]["PORTER_SCHEMA_CHECK"].as_str() {
        options.schema_check = SchemaCheck::parse(mode).unwrap_or_default();
    }
    (options, preserve_tags)
}

/// Compares one good case; an `Err` begins with `waiting` or tells the difference.
fn compare(case: &Case) -> Result<(), String> {
    let waiting = |reason: &str| Err(format!("waiting: {reason}"));
    if let Some((_, reason)) = WAITING.iter().find(|(name, _)| *name == case.name) {
        return waiting(reason);
    }
    let expected = ["bundle.json", "first.bundle.json", "spaced.bundle.json"]
        .iter()
        .find_map(|file| std::fs::read_to_string(case.folder.join("expected").join(file)).ok());
    let Some(expected) = expected else {
        return waiting("no bundle.json recorded");
    };
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let builds = case.commands("build");
    let spaced = case.name.starts_with("032");
    let fits = |build: &&&Value| {
        build["exit"] == 0 && (!spaced || build["argv"].to_string().contains("spaced"))
    };
    let Some(build) = builds.iter().find(fits).or(builds.first()) else {
        return waiting("no build");
    };
    let Some(manifest) = case.manifest() else {
        return waiting("no porter.yaml");
    };
    let (options, preserve_tags) = options(build);
    let loaded = match Manifest::load("porter.yaml", &manifest, &options) {
        Ok(loaded) => loaded,
        Err(problems) if problems.to_string().contains("not supported yet") => {
            return waiting("a section that is not supported yet");
        }
        Err(problems) => return Err(problems.to_string()),
    };
    let found = loaded
        .manifest
        .bundle(&stamp(&loaded.manifest, preserve_tags))
        .unwrap();
    found.validate().map_err(|error| error.to_string())?;
    let found: Value = serde_json::from_str(&found.to_canonical_json().unwrap()).unwrap();
    same_json(&found, &expected, "")?;
    compare_lint(case, &loaded.manifest)
}

/// Porter's own findings, as `lint -o json` shows them; those of mixins are not ours to find.
fn compare_lint(case: &Case, manifest: &Manifest) -> Result<(), String> {
    let recorded = std::fs::read_to_string(case.folder.join("expected/lint.json"));
    let recorded: Vec<Value> =
        serde_json::from_str(&recorded.unwrap_or_default()).unwrap_or_default();
    let expected: Vec<Value> = recorded
        .into_iter()
        .filter(|finding| {
            finding["Code"]
                .as_str()
                .is_some_and(|code| code.starts_with("porter-"))
        })
        .collect();
    let found: Vec<Value> = manifest
        .lint()
        .into_iter()
        .map(|finding| {
            let step = finding.step.as_ref();
            json!({
                "Level": if finding.severity == Severity::Error { 0 } else { 2 },
                "Location": {
                    "Action": step.map_or("", |step| &step.action),
                    "Mixin": step.map_or("", |step| &step.mixin),
                    "StepNumber": step.map_or(0, |step| step.number),
                    "StepDescription": step.map_or("", |step| &step.description),
                },
                "Code": finding.code, "Title": finding.title, "Message": finding.message,
                "URL": finding.url,
            })
        })
        .collect();
    same_json(&Value::Array(found), &Value::Array(expected), "lint")
}

#[test]
fn what_porter_accepts_gives_the_same_bundle() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in cases("good") {
        let stricter = STRICTER.iter().find(|(name, _)| *name == case.name);
        let (kind, text) = match (compare(&case), stricter) {
            (Ok(()), Some(_)) => ("failing", "is accepted, but listed as refused".to_owned()),
            (Ok(()), None) => ("equal", String::new()),
            (Err(_), Some((_, reason))) => ("stricter", (*reason).to_owned()),
            (Err(text), None) => match text.strip_prefix("waiting: ") {
                Some(reason) => ("waiting", reason.to_owned()),
                None => ("failing", text),
            },
        };
        println!("{kind:9} {} {text}", case.name);
        *counts.entry(kind).or_default() += 1;
        if kind == "failing" {
            failures.push(case.name);
        }
    }
    println!("{counts:?}");
    assert!(failures.is_empty(), "{failures:?}");
    assert!(counts.is_empty() || counts["equal"] >= 70, "{counts:?}");
}

/// Accepted by Porter though nothing good comes of it; refused here.
const SILENT_IN_PORTER: &[&str] = &[
    "230-bad-mixin-null",
    "296-bad-credential-no-destination",
    "307-bad-output-reserved-name",
    "321-bad-dep-version-invalid",
    "326-bad-dep-sharing-no-group",
    "359-bad-template-partial",
    // Nested deeper than what reads bundle.json afterwards.
    "390-bad-deep-flow-10000",
    "391-bad-deep-flow-9999",
];

#[test]
fn what_porter_rejects_is_rejected() {
    let mut failures = Vec::new();
    for case in cases("bad") {
        let Some(manifest) = case.manifest() else {
            println!("waiting   {} no porter.yaml", case.name);
            continue;
        };
        let Some(command) = case.commands("lint").first().copied() else {
            println!("waiting   {} no lint", case.name);
            continue;
        };
        if command["argv"]
            .as_array()
            .unwrap()
            .iter()
            .any(|word| word == "-f")
        {
            println!("waiting   {} another file", case.name);
            continue;
        }
        let (options, _) = options(command);
        let started = Instant::now();
        let outcome = Manifest::load("porter.yaml", &manifest, &options);
        let elapsed = started.elapsed();
        let rejected = command["exit"] != 0;
        let kind = match (&outcome, rejected) {
            (Err(_), true) => "rejected",
            (Ok(_), false) => "accepted",
            (Err(_), false) if SILENT_IN_PORTER.contains(&case.name.as_str()) => "stricter",
            _ => "failing",
        };
        println!("{kind:9} {} {elapsed:?}", case.name);
        if let Err(problems) = &outcome {
            println!(
                "          {}",
                problems.to_string().replace('\n', "\n          ")
            );
            assert!(problems.errors().count() > 0, "{} has no error", case.name);
            assert!(
                problems.errors().all(|problem| problem.place.is_some()),
                "{}",
                case.name
            );
        }
        if kind == "failing" || elapsed > Duration::from_secs(2) {
            failures.push(case.name);
        }
    }
    assert!(failures.is_empty(), "{failures:?}");
}

/// What messages say where bundles of the lifecycle recordings are refused here. Templates that
/// name nothing fail in Porter too, but only when the step is run.
const REFUSED: &[&str] = &["not supported yet", "names nothing"];

fn manifests_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            manifests_below(&path, found);
        } else if path.file_name().is_some_and(|name| name == "porter.yaml") {
            found.push(path);
        }
    }
}

#[test]
fn bundles_of_the_lifecycle_recordings_load() {
    let Some(cases) = corpus() else { return };
    let mut failures = Vec::new();
    let mut manifests = Vec::new();
    manifests_below(&cases.join("../../lifecycle"), &mut manifests);
    manifests.sort();
    let mut loaded = 0;
    for path in manifests {
        let bytes = std::fs::read(&path).unwrap();
        match Manifest::load("porter.yaml", &bytes, &LoadOptions::default()) {
            Ok(_) => loaded += 1,
            Err(problems)
                if REFUSED
                    .iter()
                    .any(|text| problems.to_string().contains(text)) => {}
            Err(problems) => failures.push(format!("{}: {problems}", path.display())),
        }
    }
    println!("{loaded} bundles load");
    assert!(loaded >= 90);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
