//! What a run gave against what was recorded.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::place::{Place, Ran};

const OUTPUTS: &str = "/cnab/app/outputs";

/// All differences in exit, standard output, outputs and, where the run succeeded, standard error.
/// Messages of failures are ours.
pub(crate) fn differences(step: &Value, ran: &Ran, place: &Place) -> Vec<String> {
    let mut found = Vec::new();
    let mut accepted = vec![step];
    accepted.extend(step["alternatives"].as_array().into_iter().flatten());
    if step["exit"].as_i64() != Some(ran.exit) {
        found.push(format!(
            "exit {} instead of {}; stderr: {}",
            ran.exit, step["exit"], ran.stderr
        ));
    }
    let fits = |one: &&Value| {
        one["stdout"]
            .as_str()
            .is_some_and(|text| text == ran.stdout)
    };
    if !accepted.iter().any(fits) {
        found.push(format!(
            "stdout {:?} instead of {}",
            ran.stdout, step["stdout"]
        ));
    }
    let stderr = step["stderr"].as_str().unwrap_or_default();
    if ran.exit == 0 && stderr != ran.stderr {
        found.push(format!("stderr {:?} instead of {stderr:?}", ran.stderr));
    }
    let (expected, given) = (recorded(&step["outputs"]), left(place));
    for (path, content) in &expected {
        if given.get(path) != Some(content) {
            found.push(format!(
                "{path} is {:?} instead of {content:?}",
                given.get(path)
            ));
        }
    }
    for path in given.keys().filter(|path| !expected.contains_key(*path)) {
        found.push(format!("{path} was left and should not be there"));
    }
    found
}

/// Mode and content of each output; a state archive as a listing.
type Outputs = BTreeMap<String, (String, String)>;

fn recorded(outputs: &Value) -> Outputs {
    let mut all = Outputs::new();
    for (path, output) in outputs.as_object().into_iter().flatten() {
        let mode = output["mode"].as_str().unwrap_or_default().to_owned();
        let content = match output["tgz"]["entries"].as_array() {
            Some(entries) => {
                let line = |entry: &Value| {
                    let content = bytes(&entry["content"]);
                    format!(
                        "{} {} {content:?}",
                        text(&entry["name"]),
                        text(&entry["mode"])
                    )
                };
                entries.iter().map(line).collect::<Vec<_>>().join("\n")
            }
            None => format!("{:?}", bytes(&output["content"])),
        };
        all.insert(path.clone(), (mode, content));
    }
    all
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::Object(object) => STANDARD.decode(text(&object["base64"])).unwrap(),
        other => text(other).as_bytes().to_vec(),
    }
}

fn left(place: &Place) -> Outputs {
    let mut all = Outputs::new();
    for entry in std::fs::read_dir(place.path(OUTPUTS)).into_iter().flatten() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let mode = format!(
            "{:04o}",
            entry.metadata().unwrap().permissions().mode() & 0o7777
        );
        let bytes = std::fs::read(entry.path()).unwrap();
        let content = if name == "porter-state" {
            listing(&bytes)
        } else {
            format!("{bytes:?}")
        };
        all.insert(format!("{OUTPUTS}/{name}"), (mode, content));
    }
    all
}

fn listing(archive: &[u8]) -> String {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let mut lines = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let name = entry.path().unwrap().display().to_string();
        lines.push(format!(
            "{name} {:04o} {content:?}",
            entry.header().mode().unwrap()
        ));
    }
    lines.join("\n")
}
