//! A folder with the collections of a Porter 1.x, as MongoDB's tools export them: `NAME.json` with a
//! document per line, or with one array of them, in extended JSON.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use porter_cnab::records::{Installation, Output, OutputValue, Run, RunResult, qualified_name};
use porter_cnab::store::{History, RunHistory};
use porter_cnab::{Json, Sensitive};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Found;
use super::read::{self, ReadError};
use crate::error::Error;

/// The collections; a file of each may be there.
const COLLECTIONS: [&str; 6] = [
    "installations",
    "runs",
    "results",
    "outputs",
    "credentials",
    "parameters",
];
/// Folder with a file for each secret of Porter's plugin `filesystem`.
const SECRETS: &str = "secrets";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OutputDocument {
    #[serde(default)]
    schema_version: String,
    name: String,
    namespace: String,
    installation: String,
    run_id: String,
    result_id: String,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    value: Option<String>,
}

/// Reads an export.
pub(super) fn read(folder: &Path) -> Result<Found, Error> {
    let is_there = |name: &&str| folder.join(format!("{name}.json")).is_file();
    if !COLLECTIONS.iter().any(is_there) {
        return Err(Error::NoExport {
            path: folder.to_path_buf(),
        });
    }
    let mut found = Found::default();
    let problems = &mut found.problems;
    let installations: Vec<Installation> = collection(folder, "installations", problems);
    let mut runs: Vec<Run> = collection(folder, "runs", problems);
    let mut results: Vec<RunResult> = collection(folder, "results", problems);
    let outputs: Vec<OutputDocument> = collection(folder, "outputs", problems);
    found.credential_sets = collection(folder, "credentials", problems);
    found.parameter_sets = collection(folder, "parameters", problems);
    // Identities are ULIDs: their order is that of time.
    runs.sort_by(|one, other| one.id.cmp(&other.id));
    results.sort_by(|one, other| one.id.cmp(&other.id));
    let mut histories = joined(runs, results, outputs, problems);
    for installation in installations {
        let name = installation.qualified_name();
        let runs = histories.remove(&name).unwrap_or_default();
        found.histories.push(History { installation, runs });
    }
    for (name, runs) in histories {
        let count = runs.len();
        problems.push(format!(
            "{count} run(s) of {name}, which is not there, are left out"
        ));
    }
    for name in read::names(&folder.join(SECRETS))? {
        match read::bytes(&folder.join(SECRETS).join(&name)) {
            Ok(value) => {
                found.secrets.insert(name, Sensitive::new(value));
            }
            Err(error) => found.problems.push(error.to_string()),
        }
    }
    Ok(found)
}

/// Runs with what belongs to them, by the qualified name of the installation.
fn joined(
    runs: Vec<Run>,
    results: Vec<RunResult>,
    outputs: Vec<OutputDocument>,
    problems: &mut Vec<String>,
) -> BTreeMap<String, Vec<RunHistory>> {
    let mut by_run: BTreeMap<String, (Vec<RunResult>, Vec<Output>)> = BTreeMap::new();
    let mut lost = 0;
    for result in results {
        let entry = by_run.entry(result.run_id.clone()).or_default();
        entry.0.push(result);
    }
    for document in outputs {
        let entry = by_run.entry(document.run_id.clone()).or_default();
        if !entry.0.iter().any(|result| result.id == document.result_id) {
            lost += 1;
            continue;
        }
        match output(document) {
            Ok(output) => entry.1.push(output),
            Err(error) => problems.push(error.to_string()),
        }
    }
    let mut histories: BTreeMap<String, Vec<RunHistory>> = BTreeMap::new();
    for run in runs {
        let (results, outputs) = by_run.remove(&run.id).unwrap_or_default();
        let name = qualified_name(&run.namespace, &run.installation);
        histories.entry(name).or_default().push(RunHistory {
            run,
            results,
            outputs,
        });
    }
    lost += by_run
        .values()
        .map(|(results, outputs)| results.len() + outputs.len())
        .sum::<usize>();
    if lost > 0 {
        tracing::warn!("{lost} result(s) and output(s) belong to no run and are left out");
    }
    histories
}

fn output(document: OutputDocument) -> Result<Output, ReadError> {
    let wrong = || ReadError::Wrong(format!("output {} is not base64", document.name));
    let value = match (&document.key, &document.value) {
        (Some(key), _) if !key.is_empty() => OutputValue::Secret { key: key.clone() },
        (_, Some(value)) => OutputValue::Clear(STANDARD.decode(value).map_err(|_| wrong())?),
        _ => OutputValue::Clear(Vec::new()),
    };
    Ok(Output {
        schema_version: document.schema_version,
        name: document.name,
        namespace: document.namespace,
        installation: document.installation,
        run_id: document.run_id,
        result_id: document.result_id,
        value,
    })
}

/// The documents of a collection; what cannot be read is named.
fn collection<T: DeserializeOwned>(
    folder: &Path,
    name: &str,
    problems: &mut Vec<String>,
) -> Vec<T> {
    let path = folder.join(format!("{name}.json"));
    if !path.is_file() {
        return Vec::new();
    }
    let documents = match documents(&path) {
        Ok(documents) => documents,
        Err(error) => {
            problems.push(error.to_string());
            return Vec::new();
        }
    };
    let mut read = Vec::new();
    for (index, document) in documents.into_iter().enumerate() {
        match serde_json::from_value(plain(document)) {
            Ok(record) => read.push(record),
            Err(error) => {
                let number = index + 1;
                problems.push(format!("{}: document {number}: {error}", path.display()));
            }
        }
    }
    read
}

fn documents(path: &Path) -> Result<Vec<Json>, ReadError> {
    let bytes = read::bytes(path)?;
    let mut documents = Vec::new();
    for value in serde_json::Deserializer::from_slice(&bytes).into_iter::<Json>() {
        let value = value.map_err(|source| ReadError::Json {
            path: path.to_path_buf(),
            source,
        })?;
        match value {
            Json::Array(several) => documents.extend(several),
            one => documents.push(one),
        }
    }
    Ok(documents)
}

/// Extended JSON as plain JSON: `{"$oid": "…"}` and its like become the value.
fn plain(value: Json) -> Json {
    match value {
        Json::Object(members) if members.len() == 1 => {
            let single = members.iter().next();
            let scalar = single.and_then(|(name, value)| scalar(name, value));
            scalar.unwrap_or_else(|| {
                let members = members.into_iter();
                Json::Object(members.map(|(name, value)| (name, plain(value))).collect())
            })
        }
        Json::Object(members) => {
            let members = members.into_iter();
            Json::Object(members.map(|(name, value)| (name, plain(value))).collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(plain).collect()),
        other => other,
    }
}

fn scalar(name: &str, value: &Json) -> Option<Json> {
    match name {
        "$oid" | "$symbol" => Some(value.clone()),
        "$date" => match value {
            Json::String(_) => Some(value.clone()),
            other => {
                let milliseconds = plain(other.clone()).as_i64()?;
                let time = porter_cnab::records::Timestamp::from_unix_nanoseconds(
                    milliseconds.checked_mul(1_000_000)?,
                );
                Some(Json::String(time.to_string()))
            }
        },
        "$numberInt" | "$numberLong" | "$numberDouble" | "$numberDecimal" => {
            serde_json::from_str(value.as_str()?).ok()
        }
        "$binary" => match value {
            Json::String(_) => Some(value.clone()),
            other => other.get("base64").cloned(),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn extended_json_is_made_plain() {
        let table = [
            (json!({"$oid": "5f"}), json!("5f")),
            (json!({"a": {"$numberLong": "5"}}), json!({"a": 5})),
            (
                json!({"$date": {"$numberLong": "0"}}),
                json!("1970-01-01T00:00:00Z"),
            ),
            (
                json!({"$date": "2020-01-01T00:00:00Z"}),
                json!("2020-01-01T00:00:00Z"),
            ),
            (
                json!([{"$binary": {"base64": "YQ==", "subType": "00"}}]),
                json!(["YQ=="]),
            ),
            (json!({"$other": 1}), json!({"$other": 1})),
            (json!({"$numberInt": "x"}), json!({"$numberInt": "x"})),
        ];
        for (extended, expected) in table {
            assert_eq!(plain(extended), expected);
        }
    }
}
