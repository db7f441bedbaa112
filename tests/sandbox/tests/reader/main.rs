//! Tier reader: what a component can try with the files it may read, and with those it may not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

mod guest;
mod host;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use porter_mixin::{Evaluate, EvaluateError, Task};
use porter_sandbox::{BundlePath, Compiler, Files, FilesError, Loader, Mixin, Sandbox, Tier};
use porter_test_sandbox::{Guest, Probe, plan_request};

fn paths(texts: &[&str]) -> Vec<BundlePath> {
    texts
        .iter()
        .map(|text| BundlePath::parse(text).unwrap())
        .collect()
}

fn read(folder: &Path, texts: &[&str]) -> Result<Files, FilesError> {
    Files::read(folder, &paths(texts))
}

/// Code and message.
fn refusal(folder: &Path, texts: &[&str]) -> (&'static str, String) {
    match read(folder, texts) {
        Err(error) => (error.code(), error.to_string()),
        Ok(files) => panic!("it was read: {files:?}"),
    }
}

/// A bundle with a chart, a dot file and things that are not granted.
fn bundle() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    fs::create_dir_all(at("charts/app/templates")).unwrap();
    fs::create_dir_all(at("charts/.git")).unwrap();
    fs::create_dir_all(at("secret")).unwrap();
    fs::write(at("charts/app/Chart.yaml"), "name: app").unwrap();
    fs::write(at("charts/app/templates/a.yaml"), "a").unwrap();
    fs::write(at("charts/.env"), "TOKEN=hidden").unwrap();
    fs::write(at("charts/.git/config"), "hidden").unwrap();
    fs::write(at("secret/key"), "hidden").unwrap();
    fs::write(at("values.yaml"), "replicas: 1").unwrap();
    folder
}
