//! Which engine answers: `DOCKER_HOST`, the current docker context, the default sockets.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::http;

/// Oldest API that porter works with: Docker 23.
const OLDEST: (u32, u32) = (1, 42);

/// Where an engine may be, and who says so.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) said_by: String,
    pub(crate) host: String,
    /// The line that makes other programs use it.
    pub(crate) line: String,
    /// Whether it is spoken to in a way that only the docker command and porter know (TLS).
    pub(crate) opaque: bool,
}

/// The engines to try, in the order in which the docker command does.
pub(crate) fn candidates() -> Vec<Candidate> {
    if let Some(host) = variable("DOCKER_HOST") {
        let opaque = variable("DOCKER_TLS_VERIFY").is_some() || !is_plain(&host);
        return vec![candidate("DOCKER_HOST", &host, opaque)];
    }
    let config = variable("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".docker")));
    if let Some(config) = config {
        let name = variable("DOCKER_CONTEXT").or_else(|| current_context(&config));
        if let Some(name) = name.filter(|name| name != "default") {
            return context(&config, &name).into_iter().collect();
        }
    }
    let mut found = vec![candidate(
        "the default socket",
        "unix:///var/run/docker.sock",
        false,
    )];
    if let Some(folder) = variable("XDG_RUNTIME_DIR") {
        let host = format!("unix://{folder}/docker.sock");
        found.push(candidate("the rootless socket", &host, false));
    }
    found
}

/// Whether the engine answers and is new enough; the error says why not.
pub(crate) fn check(candidate: &Candidate) -> Result<String, String> {
    if candidate.opaque {
        return Ok("not asked: it is behind TLS or ssh".to_owned());
    }
    check_host(&candidate.host)
}

/// Asks the engine for its version.
pub(crate) fn check_host(host: &str) -> Result<String, String> {
    let answer = http::ask(host, "GET", "/version", Duration::from_secs(5))
        .map_err(|error| error.to_string())?;
    let version: Value = serde_json::from_str(&answer.body)
        .map_err(|_| format!("it answered {} without a version", answer.status))?;
    let text = |key: &str| version[key].as_str().unwrap_or("?").to_owned();
    let api = text("ApiVersion");
    if parse(&api).is_none_or(|api| api < OLDEST) {
        return Err(format!(
            "its API {api} is too old, porter needs 1.42 (Docker 23) or newer"
        ));
    }
    Ok(format!("Docker engine {}, API {api}", text("Version")))
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn candidate(said_by: &str, host: &str, opaque: bool) -> Candidate {
    let line = format!("DOCKER_HOST={host}");
    Candidate {
        said_by: said_by.to_owned(),
        host: host.to_owned(),
        line,
        opaque,
    }
}

fn is_plain(host: &str) -> bool {
    host.starts_with("unix://") || host.starts_with("tcp://")
}

fn current_context(config: &Path) -> Option<String> {
    let text = fs::read_to_string(config.join("config.json")).ok()?;
    let document: Value = serde_json::from_str(&text).ok()?;
    document["currentContext"]
        .as_str()
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
}

fn context(config: &Path, name: &str) -> Option<Candidate> {
    for entry in fs::read_dir(config.join("contexts/meta")).ok()?.flatten() {
        let Ok(text) = fs::read_to_string(entry.path().join("meta.json")) else {
            continue;
        };
        let Ok(document) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        if document["Name"].as_str() == Some(name) {
            let host = document["Endpoints"]["docker"]["Host"].as_str()?;
            let tls = config.join("contexts/tls").join(entry.file_name()).exists();
            let said_by = format!("the docker context `{name}`");
            let mut found = candidate(&said_by, host, tls || !is_plain(host));
            if found.opaque {
                found.line = format!("DOCKER_CONTEXT={name}");
            }
            return Some(found);
        }
    }
    None
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_found_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let meta = folder.path().join("contexts/meta/0123");
        fs::create_dir_all(&meta).unwrap();
        let text = r#"{"Name":"lab","Endpoints":{"docker":{"Host":"unix:///lab.sock"}}}"#;
        fs::write(meta.join("meta.json"), text).unwrap();
        fs::write(
            folder.path().join("config.json"),
            r#"{"currentContext":"lab"}"#,
        )
        .unwrap();
        let name = current_context(folder.path()).unwrap();
        let found = context(folder.path(), &name).unwrap();
        assert_eq!(found.line, "DOCKER_HOST=unix:///lab.sock");
        assert_eq!(context(folder.path(), "other"), None);
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parse("1.9").unwrap() < OLDEST);
        assert!(parse("1.42").unwrap() >= OLDEST);
        assert!(parse("1.100").unwrap() >= OLDEST);
        assert_eq!(parse("x"), None);
    }
}
