//! Credentials as Docker keeps them: in its configuration, or behind a helper program.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use porter_cnab::Sensitive;
use porter_mixin::escape::escape;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::RegistryError;

/// How docker's configuration calls Docker's own registry.
const HUB: &str = "https://index.docker.io/v1/";
/// Largest configuration, and largest answer of a helper.
const LIMIT: u64 = 1024 * 1024;
/// How long a helper may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The user name with which a helper gives an identity token.
const TOKEN: &str = "<token>";

/// What a registry is told.
#[derive(Debug, Clone)]
pub struct Login {
    /// User name; empty with an identity token.
    pub username: String,
    /// Password, or the identity token.
    pub secret: Sensitive<String>,
}

impl Login {
    /// Whether the secret stands for a user, and is changed for a token.
    #[must_use]
    pub fn is_identity_token(&self) -> bool {
        self.username.is_empty() || self.username == TOKEN
    }

    /// The value of an `Authorization` header.
    pub(super) fn basic(&self) -> Sensitive<String> {
        let pair = format!("{}:{}", self.username, self.secret.expose());
        Sensitive::new(format!("Basic {}", STANDARD.encode(pair)))
    }
}

/// Docker's configuration.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    document: Value,
}

impl Credentials {
    /// Reads `config.json` of the folder of docker's configuration, where there is one.
    pub(super) fn read(folder: Option<PathBuf>) -> Result<Self, RegistryError> {
        let Some(path) = folder.map(|folder| folder.join("config.json")) else {
            return Ok(Self::default());
        };
        let failed = |source| RegistryError::Configuration {
            path: path.clone(),
            source,
        };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error)),
        };
        let document = serde_json::from_slice(&bytes)
            .map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        Ok(Self { document })
    }

    /// What to tell a registry: its own helper counts more than the one for all, and that more
    /// than what is written in the configuration.
    pub(super) async fn of(&self, registry: &str) -> Result<Option<Login>, RegistryError> {
        let key = if registry == "docker.io" {
            HUB
        } else {
            registry
        };
        let text = |value: Option<&Value>| {
            let text = value.and_then(Value::as_str).unwrap_or_default();
            Some(text.to_owned()).filter(|text| !text.is_empty())
        };
        let own = self
            .document
            .get("credHelpers")
            .and_then(|all| all.get(key));
        let helper = text(own).or_else(|| text(self.document.get("credsStore")));
        if let Some(helper) = helper
            && let Some(login) = ask(&helper, key).await?
        {
            return Ok(Some(login));
        }
        Ok(self.written(key))
    }

    fn written(&self, key: &str) -> Option<Login> {
        let all = self.document.get("auths")?.as_object()?;
        let same = |name: &&String| name.as_str() == key || host(name) == host(key);
        let name = all.keys().find(same)?;
        login(all.get(name)?)
    }
}

/// The host of `https://host/v1/`.
fn host(key: &str) -> &str {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn login(entry: &Value) -> Option<Login> {
    let text = |key: &str| {
        let text = entry.get(key).and_then(Value::as_str).unwrap_or_default();
        Some(text.to_owned()).filter(|text| !text.is_empty())
    };
    if let Some(token) = text("identitytoken") {
        return Some(Login {
            username: String::new(),
            secret: Sensitive::new(token),
        });
    }
    if let Some(encoded) = text("auth") {
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (username, password) = decoded.split_once(':')?;
        return Some(Login {
            username: username.to_owned(),
            secret: Sensitive::new(password.trim_end_matches('\0').to_owned()),
        });
    }
    Some(Login {
        username: text("username")?,
        secret: Sensitive::new(text("password")?),
    })
}

/// Asks `docker-credential-NAME get`. One that knows nothing of the registry is no failure.
async fn ask(name: &str, key: &str) -> Result<Option<Login>, RegistryError> {
    let program = format!("docker-credential-{name}");
    let failed = |reason: String| RegistryError::Helper {
        program: program.clone(),
        reason,
    };
    if name.contains('/') {
        return Err(failed("its name is a path".to_owned()));
    }
    let work = run(&program, key);
    let answer = match tokio::time::timeout(PATIENCE, work).await {
        Ok(answer) => answer.map_err(|error| failed(error.to_string()))?,
        Err(_) => return Err(failed("it takes too long".to_owned())),
    };
    let (succeeded, bytes) = answer;
    if !succeeded {
        let said = String::from_utf8_lossy(&bytes).trim().to_owned();
        if said.contains("credentials not found") {
            return Ok(None);
        }
        return Err(failed(escape(&said)));
    }
    let document: Value =
        serde_json::from_slice(&bytes).map_err(|_| failed("its answer is no JSON".to_owned()))?;
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    let (Some(username), Some(secret)) = (text("Username"), text("Secret")) else {
        return Err(failed("its answer has no user name and secret".to_owned()));
    };
    Ok(Some(Login {
        username: username.to_owned(),
        secret: Sensitive::new(secret.to_owned()),
    }))
}

async fn run(program: &str, key: &str) -> io::Result<(bool, Vec<u8>)> {
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read its input says so with its exit code.
        let _ = stdin.write_all(key.as_bytes()).await;
    }
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(LIMIT).read_to_end(&mut bytes).await?;
    }
    Ok((child.wait().await?.success(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(text: &str) -> Credentials {
        Credentials {
            document: serde_json::from_str(text).unwrap(),
        }
    }

    #[test]
    fn what_is_written_is_found_by_host() {
        let auth = STANDARD.encode("me:se:cret");
        let found = credentials(&format!(
            r#"{{"auths":{{"https://index.docker.io/v1/":{{"auth":"{auth}"}},
                "ghcr.io":{{"identitytoken":"tok"}},"empty.io":{{}},"https://r:5000":{{"username":"u","password":"p"}}}}}}"#
        ));
        let hub = found.written(HUB).unwrap();
        assert_eq!((&*hub.username, &**hub.secret.expose()), ("me", "se:cret"));
        assert!(found.written("ghcr.io").unwrap().is_identity_token());
        assert_eq!(found.written("r:5000").unwrap().username, "u");
        assert!(found.written("empty.io").is_none());
        assert!(found.written("other.io").is_none());
        assert!(!format!("{hub:?}").contains("se:cret"));
    }
}
