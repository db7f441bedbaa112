//! From settings to the addresses to try.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tokio_rustls::rustls::ClientConfig;

use super::settings::EngineSettings;
use super::tls;
use crate::DockerError;

/// Where an engine listens.
#[derive(Debug, Clone)]
pub(super) enum Address {
    Unix(PathBuf),
    Tcp {
        host: String,
        port: u16,
    },
    Tls {
        host: String,
        port: u16,
        config: Arc<ClientConfig>,
    },
}

/// An engine to try.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) address: Address,
    pub(super) host: String,
    pub(super) said_by: String,
}

/// Certificates for a `tcp://` host, as files.
struct Certificates {
    authority: Option<PathBuf>,
    /// Certificate and key of the client.
    client: Option<(PathBuf, PathBuf)>,
}

/// The engines to try: one when it is named, the usual sockets otherwise.
pub(super) fn candidates(settings: &EngineSettings) -> Result<Vec<Candidate>, DockerError> {
    if let Some(host) = &settings.host {
        let certificates = settings.tls_verify.then(|| from_folder(settings)).flatten();
        return Ok(vec![candidate(host, "DOCKER_HOST", certificates)?]);
    }
    if let Some(name) = context_name(settings)? {
        return Ok(vec![context(settings, &name)?]);
    }
    let mut found = vec![candidate(
        "unix:///var/run/docker.sock",
        "the default socket",
        None,
    )?];
    if let Some(folder) = &settings.runtime_directory {
        let host = format!("unix://{}", folder.join("docker.sock").display());
        found.push(candidate(&host, "the rootless socket", None)?);
    }
    Ok(found)
}

fn candidate(
    host: &str,
    said_by: &str,
    certificates: Option<Certificates>,
) -> Result<Candidate, DockerError> {
    let refused = |reason: &str| DockerError::UnusableHost {
        host: host.to_owned(),
        said_by: said_by.to_owned(),
        reason: reason.to_owned(),
    };
    let address = match host.split_once("://") {
        Some(("unix", path)) if path.starts_with('/') => Address::Unix(PathBuf::from(path)),
        Some(("unix", _)) => return Err(refused("the path of the socket must be absolute")),
        Some((scheme @ ("tcp" | "http" | "https"), rest)) => {
            let secure = certificates.is_some() || scheme == "https";
            let (name, port) = split_port(rest, if secure { 2376 } else { 2375 })
                .ok_or_else(|| refused("it must be a name or an address, and a port"))?;
            if secure {
                let found = certificates.unwrap_or(Certificates {
                    authority: None,
                    client: None,
                });
                let config = tls::config(found.authority.as_deref(), found.client.as_ref())?;
                Address::Tls {
                    host: name,
                    port,
                    config,
                }
            } else {
                Address::Tcp { host: name, port }
            }
        }
        Some(("ssh", _)) => {
            return Err(refused(
                "ssh is not supported; forward the socket instead: `ssh -nNT -L \
                 /tmp/docker.sock:/var/run/docker.sock HOST`, then \
                 DOCKER_HOST=unix:///tmp/docker.sock",
            ));
        }
        Some((scheme, _)) => return Err(refused(&format!("`{scheme}://` is not supported"))),
        None => return Err(refused("it has no scheme such as unix:// or tcp://")),
    };
    Ok(Candidate {
        address,
        host: host.to_owned(),
        said_by: said_by.to_owned(),
    })
}

/// `name`, `name:port`, `[address]` or `[address]:port`, with nothing behind but a slash.
fn split_port(text: &str, default: u16) -> Option<(String, u16)> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (name, rest) = rest.split_once(']')?;
            (name, rest.strip_prefix(':'))
        }
        None => match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        },
    };
    let plain = !name.is_empty() && !name.contains(['/', '@', '?', '#', ' ']);
    let port = port.map_or(Some(default), |port| port.parse().ok())?;
    plain.then(|| (name.to_owned(), port))
}

fn from_folder(settings: &EngineSettings) -> Option<Certificates> {
    let folder = settings
        .certificates
        .as_ref()
        .or(settings.configuration.as_ref())?;
    Some(Certificates {
        authority: Some(folder.join("ca.pem")),
        client: Some((folder.join("cert.pem"), folder.join("key.pem"))),
    })
}

/// Name of the context in force; `None` for the default one.
fn context_name(settings: &EngineSettings) -> Result<Option<String>, DockerError> {
    let named = match (&settings.context, &settings.configuration) {
        (Some(name), _) => Some(name.clone()),
        (None, Some(folder)) => {
            let path = folder.join("config.json");
            read_json(&path)?
                .and_then(|document| document.get("currentContext")?.as_str().map(str::to_owned))
        }
        (None, None) => None,
    };
    Ok(named.filter(|name| !name.is_empty() && name != "default"))
}

fn context(settings: &EngineSettings, name: &str) -> Result<Candidate, DockerError> {
    let failed = |reason: &str| DockerError::Context {
        name: name.to_owned(),
        reason: reason.to_owned(),
    };
    let folder = settings
        .configuration
        .as_ref()
        .ok_or_else(|| failed("there is no home directory"))?
        .join("contexts");
    // The folder's name is the digest of the context's name.
    let id = sha256(name);
    let meta = read_json(&folder.join("meta").join(&id).join("meta.json"))?
        .ok_or_else(|| failed("it does not exist"))?;
    let endpoint = meta
        .get("Endpoints")
        .and_then(|endpoints| endpoints.get("docker"))
        .ok_or_else(|| failed("it has no docker endpoint"))?;
    if endpoint.get("SkipTLSVerify").and_then(Value::as_bool) == Some(true) {
        return Err(failed(
            "it skips the verification of TLS, which is not supported",
        ));
    }
    let host = endpoint
        .get("Host")
        .and_then(Value::as_str)
        .filter(|host| !host.is_empty())
        .ok_or_else(|| failed("it names no host"))?;
    let folder = folder.join("tls").join(&id).join("docker");
    let certificates = folder.is_dir().then(|| from_context(&folder));
    candidate(host, &format!("the docker context `{name}`"), certificates)
}

fn from_context(folder: &Path) -> Certificates {
    let file = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
    Certificates {
        authority: file("ca.pem"),
        client: file("cert.pem").zip(file("key.pem")),
    }
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    use std::fmt::Write;
    sha2::Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// The document, or nothing where the file does not exist.
fn read_json(path: &Path) -> Result<Option<Value>, DockerError> {
    let failed = |reason: String| DockerError::Configuration {
        path: path.to_owned(),
        reason,
    };
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| failed(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(settings: &EngineSettings) -> Vec<String> {
        candidates(settings)
            .unwrap()
            .into_iter()
            .map(|found| found.host)
            .collect()
    }

    fn refusal(host: &str) -> String {
        let settings = EngineSettings {
            host: Some(host.to_owned()),
            ..Default::default()
        };
        candidates(&settings).unwrap_err().to_string()
    }

    fn with_context(endpoint: &str) -> (tempfile::TempDir, EngineSettings) {
        let folder = tempfile::tempdir().unwrap();
        let meta = folder.path().join("contexts/meta").join(sha256("lab"));
        fs::create_dir_all(&meta).unwrap();
        let text = format!(r#"{{"Name":"lab","Endpoints":{{"docker":{endpoint}}}}}"#);
        fs::write(meta.join("meta.json"), text).unwrap();
        fs::write(
            folder.path().join("config.json"),
            r#"{"currentContext":"lab"}"#,
        )
        .unwrap();
        let settings = EngineSettings {
            configuration: Some(folder.path().to_owned()),
            ..Default::default()
        };
        (folder, settings)
    }

    #[test]
    fn without_settings_the_usual_sockets_are_tried() {
        let settings = EngineSettings {
            runtime_directory: Some(PathBuf::from("/run/user/7")),
            ..Default::default()
        };
        assert_eq!(
            hosts(&settings),
            [
                "unix:///var/run/docker.sock",
                "unix:///run/user/7/docker.sock"
            ]
        );
    }

    #[test]
    fn the_host_wins_over_contexts() {
        let (_folder, mut settings) = with_context(r#"{"Host":"unix:///lab.sock"}"#);
        assert_eq!(hosts(&settings), ["unix:///lab.sock"]);
        settings.context = Some("default".to_owned());
        assert_eq!(hosts(&settings), ["unix:///var/run/docker.sock"]);
        settings.context = Some("lab".to_owned());
        settings.host = Some("tcp://10.0.0.1".to_owned());
        assert_eq!(hosts(&settings), ["tcp://10.0.0.1"]);
    }

    #[test]
    fn a_context_that_cannot_be_used_is_an_error() {
        let (_folder, mut settings) = with_context(r#"{"Host":"tcp://a:1","SkipTLSVerify":true}"#);
        let message = candidates(&settings).unwrap_err().to_string();
        assert!(message.contains("skips the verification"), "{message}");
        settings.context = Some("gone".to_owned());
        let message = candidates(&settings).unwrap_err().to_string();
        assert_eq!(
            message,
            "cannot use the docker context `gone`: it does not exist"
        );
    }

    #[test]
    fn broken_configuration_is_named() {
        let (folder, settings) = with_context("{}");
        fs::write(folder.path().join("config.json"), "{").unwrap();
        let message = candidates(&settings).unwrap_err().to_string();
        assert!(message.contains("config.json"), "{message}");
    }

    #[test]
    fn hosts_that_are_refused() {
        assert!(refusal("ssh://me@host").contains("ssh is not supported"));
        assert!(refusal("npipe:////./pipe/docker").contains("`npipe://` is not supported"));
        assert!(refusal("unix://docker.sock").contains("must be absolute"));
        assert!(refusal("localhost:2375").contains("no scheme"));
        assert!(refusal("tcp://host:99999").contains("a port"));
        assert!(refusal("tcp://host/path").contains("a port"));
    }

    #[test]
    fn ports_and_addresses() {
        assert_eq!(split_port("a", 1), Some(("a".to_owned(), 1)));
        assert_eq!(split_port("a:2/", 1), Some(("a".to_owned(), 2)));
        assert_eq!(split_port("[::1]:3", 1), Some(("::1".to_owned(), 3)));
        assert_eq!(split_port("", 1), None);
    }

    #[test]
    fn tls_without_its_files_says_which_is_missing() {
        let settings = EngineSettings {
            host: Some("tcp://10.0.0.1".to_owned()),
            tls_verify: true,
            certificates: Some(PathBuf::from("/nonexistent")),
            ..Default::default()
        };
        let message = candidates(&settings).unwrap_err().to_string();
        assert!(message.contains("/nonexistent/ca.pem"), "{message}");
    }
}
