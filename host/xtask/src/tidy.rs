//! `cargo xtask tidy`: the house rules that no compiler checks.
//!
//! Imports point down only, each heavy dependency has one owner, every file says what it is, the
//! product's texts never name the place where it was built, and what is made from the interface is
//! current.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{Outcome, root};

/// Floor of each crate, as in `ARCHITECTURE.md`. A crate may use crates of lower floors, and
/// crates of floor 0 one another as `FLOOR_0_EDGES` lists.
const FLOORS: &[(&str, u8)] = &[
    ("cnab", 0),
    ("config", 0),
    ("dockerfile", 0),
    ("manifest", 0),
    ("mixin", 0),
    ("runbook", 0),
    ("component", 1),
    ("docker", 1),
    ("registry", 1),
    ("sandbox", 1),
    ("storage", 1),
    ("runtime", 2),
    ("adapter", 3),
    ("ops", 3),
    ("cli", 4),
];

/// The only edges inside floor 0.
const FLOOR_0_EDGES: &[(&str, &str)] = &[
    ("config", "cnab"),
    ("dockerfile", "mixin"),
    ("manifest", "cnab"),
    ("manifest", "mixin"),
    ("manifest", "runbook"),
    ("runbook", "cnab"),
    ("runbook", "mixin"),
];

/// Crates that the adapter must not reach: no compiler, no network.
const NOT_IN_ADAPTER: &[&str] = &["ops", "cli", "config", "docker", "registry", "storage"];

/// Crates that the program inside the image must not reach: no compiler, no network, no YAML.
const NOT_IN_RUNTIME: &[&str] = &[
    "ops", "cli", "config", "manifest", "docker", "registry", "storage",
];

/// Heavy dependencies and their only owners.
const OWNERS: &[(&str, &str)] = &[
    ("bollard", "docker"),
    ("bollard-buildkit-proto", "docker"),
    ("clap", "cli"),
    ("clap_complete", "cli"),
    ("oci-client", "registry"),
    ("quick-xml", "registry"),
    ("reqwest", "registry"),
    ("saphyr-parser", "manifest"),
    ("serde_yaml", "config"),
    ("sqlx", "storage"),
    ("tonic", "docker"),
    ("wasmtime", "sandbox"),
    ("wasmtime-wasi", "sandbox"),
    ("wit-component", "component"),
];

/// Lines that a file may have before somebody has to ask whether it is two files.
const MAX_LINES: usize = 700;

pub(crate) fn run() -> Outcome {
    let mut findings = Vec::new();
    check_edges(&root().join("host"), &mut findings)?;
    for folder in ["host", "tests", "mixins-wasm"] {
        check_files(&root().join(folder), &mut findings)?;
    }
    crate::interface::check(&mut findings)?;
    if findings.is_empty() {
        println!("tidy: all rules hold");
        return Ok(());
    }
    findings.sort();
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    Err(format!("{} house rule(s) broken", findings.len()))
}

fn check_edges(host: &Path, findings: &mut Vec<String>) -> Outcome {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    for folder in children(host)? {
        let name = file_name(&folder);
        let manifest = folder.join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&manifest) else {
            continue;
        };
        let dependencies = dependencies(&text);
        check_owners(&name, &dependencies, findings);
        if name == "xtask" {
            continue;
        }
        let Some(&floor) = floors.get(name.as_str()) else {
            findings.push(format!(
                "host/{name} has no floor: add it to FLOORS in tidy.rs"
            ));
            continue;
        };
        for dependency in dependencies
            .iter()
            .filter_map(|name| name.strip_prefix("porter-"))
        {
            let Some(&below) = floors.get(dependency) else {
                continue;
            };
            let allowed = below < floor
                || (floor == 0 && FLOOR_0_EDGES.contains(&(name.as_str(), dependency)));
            if !allowed {
                findings.push(format!(
                    "host/{name} (floor {floor}) imports {dependency} (floor {below}): imports point down only"
                ));
            }
            if name == "adapter" && NOT_IN_ADAPTER.contains(&dependency) {
                findings.push(format!("host/adapter must not reach {dependency}"));
            }
            if name == "runtime" && NOT_IN_RUNTIME.contains(&dependency) {
                findings.push(format!("host/runtime must not reach {dependency}"));
            }
        }
    }
    Ok(())
}

fn check_owners(name: &str, dependencies: &[String], findings: &mut Vec<String>) {
    for (dependency, owner) in OWNERS {
        if name != *owner && dependencies.iter().any(|found| found == dependency) {
            findings.push(format!(
                "host/{name} names {dependency}, which belongs to host/{owner}"
            ));
        }
    }
}

/// Names under `[dependencies]` and `[target.….dependencies]`; build and dev dependencies do not
/// reach the product.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section == "dependencies"
                || (section.starts_with("target.") && section.ends_with(".dependencies"));
        } else if inside
            && !line.starts_with('#')
            && let Some((name, _)) = line.split_once('=')
        {
            let name = name.trim();
            names.push(name.split('.').next().unwrap_or(name).to_owned());
        }
    }
    names
}

fn check_files(folder: &Path, findings: &mut Vec<String>) -> Outcome {
    if !folder.is_dir() {
        return Ok(());
    }
    for path in children(folder)? {
        let name = file_name(&path);
        if path.is_dir() {
            if name != "target" && name != "golden" && !name.starts_with('.') {
                check_files(&path, findings)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            check_file(&path, findings)?;
        }
    }
    Ok(())
}

fn check_file(path: &Path, findings: &mut Vec<String>) -> Outcome {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let shown = path.strip_prefix(root()).unwrap_or(path).display();
    if !text.starts_with("//!") {
        findings.push(format!("{shown} does not begin with a `//!` line"));
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        findings.push(format!(
            "{shown} has {lines} lines, more than {MAX_LINES}: split it"
        ));
    }
    // Spelled in two halves so that this file does not find itself.
    for word in [
        concat!("TO", "DO"),
        concat!("FIX", "ME: later"),
        concat!("todo", "!("),
    ] {
        if text.contains(word) && !path.ends_with("tidy.rs") && !is_quoted_only(&text, word) {
            findings.push(format!("{shown} holds `{word}`"));
        }
    }
    Ok(())
}

/// Porter's own output has the word in it (`--param X=TODO`): inside a string literal it is data.
fn is_quoted_only(text: &str, word: &str) -> bool {
    text.lines().filter(|line| line.contains(word)).all(|line| {
        line.split(word)
            .next()
            .is_some_and(|before| before.matches('"').count() % 2 == 1)
            || line.trim_start().starts_with("///") && line.contains('`')
    })
}

fn children(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let failed = |error| format!("cannot list `{}`: {error}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        found.push(entry.map_err(failed)?.path());
    }
    found.sort();
    Ok(found)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_dependencies_of_every_kind_that_reaches_the_product() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\nporter-cnab.workspace = true\n\
            wasmtime = { version = \"1\" }\n[dev-dependencies]\nclap = \"4\"\n\
            [target.'cfg(unix)'.dependencies]\nbollard = \"0\"\n";
        assert_eq!(
            dependencies(manifest),
            ["porter-cnab", "wasmtime", "bollard"]
        );
    }

    #[test]
    fn a_second_owner_is_found() {
        let mut findings = Vec::new();
        check_owners("cli", &["wasmtime".to_owned()], &mut findings);
        assert_eq!(
            findings,
            ["host/cli names wasmtime, which belongs to host/sandbox"]
        );
    }

    #[test]
    fn an_upward_import_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let crate_folder = folder.path().join("cnab");
        fs::create_dir(&crate_folder).unwrap();
        fs::write(
            crate_folder.join("Cargo.toml"),
            "[dependencies]\nporter-ops = {}\n",
        )
        .unwrap();
        let mut findings = Vec::new();
        check_edges(folder.path(), &mut findings).unwrap();
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].contains("imports point down only"));
    }

    #[test]
    fn a_file_without_its_line_is_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.rs"), "fn a() {}\n").unwrap();
        let mut findings = Vec::new();
        check_files(folder.path(), &mut findings).unwrap();
        assert_eq!(findings.len(), 1, "{findings:?}");
    }
}
