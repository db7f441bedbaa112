//! What the tests leave on an engine: told, and where it is build cache, removed.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::http;
use crate::process::Outcome;

/// How long the engine may take for one answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Records whose children were removed in one pass can be removed in the next.
const PASSES: usize = 12;

/// What an engine holds at one moment.
pub(crate) struct Holdings {
    host: String,
    images: BTreeSet<String>,
    containers: BTreeSet<String>,
    cache: BTreeSet<String>,
}

impl Holdings {
    /// What the engine at `host` holds now.
    pub(crate) fn of(host: &str) -> Outcome<Self> {
        Ok(Self {
            host: host.to_owned(),
            images: names(&list(host, "/images/json")?, "Id"),
            containers: names(&list(host, "/containers/json?all=1")?, "Id"),
            cache: cache(host)?,
        })
    }

    /// Removes the build cache that came since, and fails when images or containers did.
    pub(crate) fn restore(&self) -> Outcome {
        for _ in 0..PASSES {
            let mut came: BTreeSet<String> = cache(&self.host)?;
            came.retain(|id| !self.cache.contains(id));
            let before = came.len();
            for id in &came {
                // One that is in use or has children stays for now.
                let filters = format!("%7B%22id%22%3A%5B%22{id}%22%5D%7D");
                let path = format!("/build/prune?all=1&filters={filters}");
                http::ask(&self.host, "POST", &path, PATIENCE)
                    .map_err(|error| format!("cannot remove build cache: {error}"))?;
            }
            if came.is_empty() || cache(&self.host)?.len() >= self.cache.len() + before {
                break;
            }
        }
        let now = Self::of(&self.host)?;
        let images: Vec<_> = now.images.difference(&self.images).collect();
        let containers: Vec<_> = now.containers.difference(&self.containers).collect();
        if images.is_empty() && containers.is_empty() {
            return Ok(());
        }
        Err(format!(
            "the tests left images {images:?} and containers {containers:?} on the engine"
        ))
    }
}

fn cache(host: &str) -> Outcome<BTreeSet<String>> {
    let usage = json(host, "/system/df?type=build-cache")?;
    Ok(names(&usage["BuildCache"], "ID"))
}

fn list(host: &str, path: &str) -> Outcome<Value> {
    json(host, path)
}

fn json(host: &str, path: &str) -> Outcome<Value> {
    // In the engine's newest version: in 1.42 it panics when asked for the build cache alone.
    let answer = http::ask(host, "GET", path, PATIENCE)
        .map_err(|error| format!("cannot ask the engine for `{path}`: {error}"))?;
    if answer.status != 200 {
        return Err(format!("the engine answered {} to `{path}`", answer.status));
    }
    serde_json::from_str(&answer.body)
        .map_err(|error| format!("the engine's answer to `{path}` is no JSON: {error}"))
}

fn names(list: &Value, key: &str) -> BTreeSet<String> {
    let entries = list.as_array().map(Vec::as_slice).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| entry[key].as_str().map(str::to_owned))
        .collect()
}
