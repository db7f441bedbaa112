//! Credential and parameter sets: a folder of documents, each with what it is read as (`.out`,
//! written as `show -o yaml` does) or the chain of errors (`.err`).

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use porter_config::documents::{self, load_credential_set, load_parameter_set};
use porter_config::{SchemaCheck, to_yaml};

#[test]
fn are_read_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents");
    let mut seen = 0;
    let mut differences = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let extension = path.extension().unwrap().to_string_lossy().into_owned();
        if extension == "out" || extension == "err" {
            let has_input = ["yaml", "json", "toml", "txt"]
                .iter()
                .any(|extension| path.with_extension(extension).exists());
            assert!(has_input, "{} belongs to nothing", path.display());
            continue;
        }
        seen += 1;
        differences.extend(check(&path, &folder));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(seen > 15, "only {seen} documents");
}

fn check(path: &Path, folder: &Path) -> Option<String> {
    let is_parameters = path.to_string_lossy().contains(".parameters.");
    let read = if is_parameters {
        documents::parameter_set(path).map(|set| to_yaml(&set).unwrap())
    } else {
        documents::credential_set(path).map(|set| to_yaml(&set).unwrap())
    };
    let (expected, found): (PathBuf, String) = match read {
        Ok(text) => (path.with_extension("out"), text),
        Err(error) => (path.with_extension("err"), chain(&error)),
    };
    let found = found.replace(&format!("{}/", folder.display()), "");
    let golden = fs::read_to_string(&expected).unwrap_or_default();
    let name = expected.file_name().unwrap().to_string_lossy();
    (found != golden).then(|| format!("{name} should be\n{golden}but is\n{found}"))
}

fn chain(error: &dyn Error) -> String {
    let mut text = format!("{error}\n");
    let mut error = error.source();
    while let Some(cause) = error {
        writeln!(text, "{cause}").unwrap();
        error = cause.source();
    }
    text
}

#[test]
fn the_check_of_the_version_can_be_loosened() {
    let folder = tempfile::tempdir().unwrap();
    let read = |version: &str, check: SchemaCheck| {
        let path = folder.path().join("c.yaml");
        fs::write(&path, format!("schemaVersion: {version}\nname: c\n")).unwrap();
        load_credential_set(&path, check)
            .map(|document| document.warning)
            .map_err(|error| error.source().unwrap().to_string())
    };
    let says = "the schema version is";
    // Version, and whether it passes under exact, minor, major and none.
    let table = [
        ("1.0.1", [true, true, true, true]),
        ("1.0.9", [false, true, true, true]),
        ("1.7.0", [false, false, true, true]),
        ("2.0.0", [false, false, false, true]),
    ];
    let checks = [
        SchemaCheck::Exact,
        SchemaCheck::Minor,
        SchemaCheck::Major,
        SchemaCheck::None,
    ];
    for (version, passes) in table {
        for (check, passes) in checks.into_iter().zip(passes) {
            match read(version, check) {
                Ok(warning) => {
                    assert!(passes, "{version} under {check:?}");
                    let warned = warning.unwrap_or_default();
                    assert_eq!(
                        warned.starts_with(&format!("WARNING: {says}")),
                        version != "1.0.1"
                    );
                }
                Err(text) => {
                    assert!(!passes, "{version} under {check:?}: {text}");
                    assert!(text.contains(says) && text.ends_with(": invalid schema version"));
                }
            }
        }
    }
    assert!(read("one", SchemaCheck::Major).is_err());
    let warning = read("one", SchemaCheck::None).unwrap().unwrap();
    assert_eq!(
        warning,
        "WARNING: one is not a valid semantic version: invalid schema version"
    );
    for (text, check) in [("exact", Some(SchemaCheck::Exact)), ("sometimes", None)] {
        assert_eq!(SchemaCheck::parse(text), check);
    }
}

#[test]
fn a_namespace_in_the_file_is_told_from_none() {
    let folder = tempfile::tempdir().unwrap();
    for (line, namespace, has_namespace) in [
        ("", "", false),
        ("namespace: ''", "", true),
        ("namespace: dev", "dev", true),
    ] {
        let path = folder.path().join("p.yaml");
        fs::write(&path, format!("schemaVersion: 1.1.0\n{line}\n")).unwrap();
        let document = load_parameter_set(&path, SchemaCheck::Exact).unwrap();
        assert_eq!(document.value.namespace, namespace);
        assert_eq!(document.has_namespace, has_namespace);
    }
}
