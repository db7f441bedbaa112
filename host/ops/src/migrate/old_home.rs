//! The home of a Porter 0.38: a folder per kind, a file per record.
//!
//! Source: `storage-and-state.md` §16 of the compatibility reference.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use porter_cnab::bundle::Bundle;
use porter_cnab::parameter::to_text;
use porter_cnab::records::{
    Installation, NamedSource, Output, OutputMetadata, OutputValue, ParameterSet, ResultStatus,
    Run, RunResult, Source, SourceSet, Timestamp,
};
use porter_cnab::store::{History, RunHistory};
use porter_cnab::{Json, Sensitive};
use serde::Deserialize;

use super::Found;
use super::read::{self, ReadError};
use crate::error::Error;

#[derive(Deserialize)]
struct Claim {
    id: String,
    #[serde(default)]
    revision: String,
    created: Timestamp,
    action: String,
    #[serde(default)]
    bundle: Json,
    #[serde(default, rename = "bundleReference")]
    bundle_reference: String,
    #[serde(default)]
    parameters: Option<BTreeMap<String, Json>>,
    #[serde(default)]
    custom: Json,
}

#[derive(Deserialize)]
struct ClaimResult {
    id: String,
    created: Timestamp,
    status: ResultStatus,
    #[serde(default)]
    message: String,
    #[serde(default)]
    outputs: Option<BTreeMap<String, OutputMetadata>>,
    #[serde(default)]
    custom: Json,
}

#[derive(Deserialize)]
struct OldSet {
    name: String,
    #[serde(default)]
    created: Option<Timestamp>,
    #[serde(default)]
    modified: Option<Timestamp>,
    #[serde(default, alias = "parameters")]
    credentials: Option<Vec<OldEntry>>,
}

#[derive(Deserialize)]
struct OldEntry {
    name: String,
    source: BTreeMap<String, Json>,
}

/// Reads a home.
pub(super) fn read(home: &Path, namespace: &str) -> Result<Found, Error> {
    let claims = home.join("claims");
    let mut installations: BTreeSet<String> = read::names(&claims)?.into_iter().collect();
    for name in read::names(&home.join("installations"))? {
        installations.insert(name.trim_end_matches(".json").to_owned());
    }
    let credentials = read::names(&home.join("credentials"))?;
    let parameters = read::names(&home.join("parameters"))?;
    let is_home = !installations.is_empty() || home.join("schema.json").is_file();
    if !is_home && credentials.is_empty() && parameters.is_empty() {
        return Err(Error::NoOldHome {
            path: home.to_path_buf(),
        });
    }
    let mut found = Found::default();
    for name in installations {
        match history(home, namespace, &name, &mut found.secrets) {
            Ok(history) => found.histories.push(history),
            Err(error) => found.problems.push(format!("installation {name}: {error}")),
        }
    }
    sets(
        home,
        "credentials",
        namespace,
        &credentials,
        &mut found.credential_sets,
        &mut found.problems,
    );
    sets(
        home,
        "parameters",
        namespace,
        &parameters,
        &mut found.parameter_sets,
        &mut found.problems,
    );
    Ok(found)
}

type Secrets = BTreeMap<String, Sensitive<Vec<u8>>>;

fn history(
    home: &Path,
    namespace: &str,
    name: &str,
    secrets: &mut Secrets,
) -> Result<History, ReadError> {
    let mut installation = Installation::new(namespace, name);
    let mut runs = Vec::new();
    for path in records(&home.join("claims").join(name))? {
        let claim: Claim = parsed(&path)?;
        runs.push(run(home, &installation, claim, secrets)?);
    }
    runs.sort_by(|one, other| one.run.id.cmp(&other.run.id));
    let Some(first) = runs.first() else {
        return Err(ReadError::Wrong(format!(
            "installation {name} has no claims to derive a stable id from"
        )));
    };
    installation.id.clone_from(&first.run.id);
    installation.parameters = ParameterSet::internal(namespace, &installation.id);
    let times = || runs.iter().map(|run| run.run.created);
    if let (Some(created), Some(modified)) = (times().min(), times().max()) {
        installation.status.created = created;
        installation.status.modified = modified;
        installation.parameters.status.created = Some(created);
        installation.parameters.status.modified = Some(modified);
    }
    for run in &runs {
        for result in &run.results {
            installation.status.apply(&run.run, result);
        }
    }
    Ok(History { installation, runs })
}

fn run(
    home: &Path,
    installation: &Installation,
    claim: Claim,
    secrets: &mut Secrets,
) -> Result<RunHistory, ReadError> {
    let bundle: Option<Bundle> = serde_json::from_value(claim.bundle.clone()).ok();
    let mut run = Run::new(installation, &claim.action, claim.bundle.to_string());
    run.id = claim.id;
    run.revision = claim.revision;
    run.created = claim.created;
    run.modified = claim.created;
    run.bundle_reference = claim.bundle_reference;
    run.custom = claim.custom;
    run.parameters = ParameterSet::internal(&run.namespace, &run.id);
    run.parameters.status.created = Some(run.created);
    run.parameters.status.modified = Some(run.created);
    run.parameter_overrides.status = run.parameters.status.clone();
    for (name, value) in claim.parameters.unwrap_or_default() {
        let text = to_text(&value);
        // Of a bundle that cannot be read nobody knows what is sensitive.
        let is_sensitive = bundle.as_ref().is_none_or(|bundle| {
            let parameter = bundle.parameters.get(&name);
            parameter.is_some_and(|parameter| bundle.is_sensitive(&parameter.definition))
        });
        let source = if is_sensitive {
            let key = run.secret_key(&name);
            secrets.insert(key.clone(), Sensitive::new(text.into_bytes()));
            Source::secret(key)
        } else {
            Source::value(text)
        };
        run.parameters.set(NamedSource::new(name, source));
    }
    let mut history = RunHistory {
        run,
        results: Vec::new(),
        outputs: Vec::new(),
    };
    for path in records(&home.join("results").join(&history.run.id))? {
        let result = result(&history.run, parsed(&path)?);
        history.results.push(result);
    }
    history.results.sort_by(|one, other| one.id.cmp(&other.id));
    for result in &history.results {
        let outputs = outputs(home, bundle.as_ref(), &history.run, result, secrets)?;
        history.outputs.extend(outputs);
    }
    Ok(history)
}

fn result(run: &Run, old: ClaimResult) -> RunResult {
    RunResult {
        id: old.id,
        created: old.created,
        message: old.message,
        outputs: old.outputs.unwrap_or_default(),
        custom: old.custom,
        ..RunResult::new(run, old.status)
    }
}

fn outputs(
    home: &Path,
    bundle: Option<&Bundle>,
    run: &Run,
    result: &RunResult,
    secrets: &mut Secrets,
) -> Result<Vec<Output>, ReadError> {
    let beginning = format!("{}-", result.id);
    let mut outputs = Vec::new();
    for path in records(&home.join("outputs").join(&result.id))? {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(name) = file.strip_prefix(&beginning) else {
            return Err(ReadError::Wrong(format!(
                "error converting source output: invalid output key {file}"
            )));
        };
        let value = read::bytes(&path)?;
        let is_sensitive = bundle.is_none_or(|bundle| {
            let output = bundle.outputs.get(name);
            output.is_some_and(|output| bundle.is_sensitive(&output.definition))
        });
        let value = if is_sensitive {
            let key = run.secret_key(name);
            secrets.insert(key.clone(), Sensitive::new(value));
            OutputValue::Secret { key }
        } else {
            OutputValue::Clear(value)
        };
        outputs.push(Output::new(result, name, value));
    }
    Ok(outputs)
}

fn sets<T: SourceSet>(
    home: &Path,
    folder: &str,
    namespace: &str,
    files: &[String],
    into: &mut Vec<T>,
    problems: &mut Vec<String>,
) {
    for file in files {
        match parsed(&home.join(folder).join(file)).and_then(|old| set(namespace, old)) {
            Ok(set) => into.push(set),
            Err(error) => problems.push(format!("{} set {file}: {error}", T::WORD)),
        }
    }
}

fn set<T: SourceSet>(namespace: &str, old: OldSet) -> Result<T, ReadError> {
    let mut set = T::empty(namespace, &old.name);
    set.status_mut().created = old.created;
    set.status_mut().modified = old.modified;
    for entry in old.credentials.unwrap_or_default() {
        // `{"env": "NAME"}`, or `{"key": "env", "value": "NAME"}`.
        let text = |value: &Json| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let named = (entry.source.get("key"), entry.source.get("value"));
        let (strategy, hint) = match (named, entry.source.first_key_value()) {
            ((Some(key), value), _) => (text(key), value.map(text).unwrap_or_default()),
            (_, Some((key, value))) if entry.source.len() == 1 => (key.clone(), text(value)),
            _ => {
                return Err(ReadError::Wrong(format!(
                    "entry {} has no source or several",
                    entry.name
                )));
            }
        };
        let strategy = strategy
            .parse()
            .map_err(|error| ReadError::Wrong(format!("entry {}: {error}", entry.name)))?;
        let source = NamedSource::new(entry.name, Source::new(strategy, hint));
        set.sources_mut().push(source);
    }
    Ok(set)
}

fn parsed<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, ReadError> {
    serde_json::from_value(read::json(path)?).map_err(|source| ReadError::Json {
        path: path.to_path_buf(),
        source,
    })
}

/// The files in a folder; none when there is no such folder.
fn records(folder: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let names =
        read::names(folder).map_err(|error| ReadError::Wrong(crate::error::chain(&error)))?;
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}
