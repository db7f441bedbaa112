//! Flags that only the engine is told: attributes of the image it makes, and what its commands may
//! reach.
//!
//! Source: `build.md` §1 of the compatibility reference.

mod error;

use std::collections::BTreeMap;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use porter_cnab::Sensitive;
use porter_cnab::ports::{BuildCache, BuildContext, BuildOptions, BuildSecret};
use serde::{Deserialize, Serialize};

pub use error::EngineFlagError;

/// Largest secret, which is what the engine takes.
const MAX_SECRET: u64 = 500 * 1024;

/// Texts of the flags, as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EngineFlags {
    /// `--output` texts that are attributes.
    pub output: Vec<String>,
    /// `--build-context` texts.
    pub build_context: Vec<String>,
    /// `--secret` texts.
    pub secret: Vec<String>,
    /// `--ssh` texts.
    pub ssh: Vec<String>,
    /// `--cache-from` texts.
    pub cache_from: Vec<String>,
    /// `--cache-to` texts.
    pub cache_to: Vec<String>,
}

impl EngineFlags {
    /// What the flags say. Paths are relative to the bundle directory. `variable` gives variables
    /// of the environment.
    pub(super) fn options(
        &self,
        directory: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<BuildOptions, EngineFlagError> {
        let contexts = self.build_context.iter();
        let secrets = self.secret.iter();
        let agents = self.ssh.iter();
        let caches = |flag, texts: &[String]| -> Result<Vec<BuildCache>, EngineFlagError> {
            texts.iter().map(|text| cache(flag, text)).collect()
        };
        Ok(BuildOptions {
            output: self.output_attributes()?,
            contexts: contexts
                .map(|text| context(text, directory))
                .collect::<Result<_, _>>()?,
            secrets: secrets
                .map(|text| secret(text, directory, variable))
                .collect::<Result<_, _>>()?,
            agents: agents
                .map(|text| agent(text, directory, variable))
                .collect::<Result<_, _>>()?,
            cache_from: caches("cache-from", &self.cache_from)?,
            cache_to: caches("cache-to", &self.cache_to)?,
        })
    }

    /// Attributes of the image, by name.
    pub(super) fn output_attributes(&self) -> Result<BTreeMap<String, String>, EngineFlagError> {
        let mut attributes = BTreeMap::new();
        for text in &self.output {
            for (name, value) in fields("output", text)? {
                match name.as_str() {
                    "type" if value == "docker" => {}
                    "type" => return Err(EngineFlagError::OutputOverride("type")),
                    "name" => return Err(EngineFlagError::OutputOverride("name")),
                    // They would lead the image past the engine.
                    "dest" | "push" | "push-by-digest" | "context" => {
                        return Err(EngineFlagError::OutputElsewhere(name));
                    }
                    _ => {
                        attributes.insert(name, value);
                    }
                }
            }
        }
        Ok(attributes)
    }
}

/// The fields of `KEY=VALUE,…`, as CSV has them: one that begins with `"` may have commas in it.
fn fields(flag: &'static str, text: &str) -> Result<Vec<(String, String)>, EngineFlagError> {
    let mut found = Vec::new();
    for field in csv(text) {
        let Some((name, value)) = field.split_once('=') else {
            return Err(EngineFlagError::EngineField { flag, field });
        };
        found.push((name.trim().to_ascii_lowercase(), value.to_owned()));
    }
    Ok(found)
}

/// One line of CSV; in a quoted field `""` is a quote.
fn csv(text: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if field.is_empty() => is_quoted = true,
            ',' if !is_quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields
}

/// `NAME=PATH`, or an address of what the engine fetches.
fn context(text: &str, directory: &Path) -> Result<(String, BuildContext), EngineFlagError> {
    let bad = |reason| EngineFlagError::BuildContext {
        text: text.to_owned(),
        reason,
    };
    let Some((name, place)) = text.split_once('=') else {
        return Err(bad("it must be NAME=PATH"));
    };
    let name = name.trim().to_ascii_lowercase();
    if name.is_empty() || place.is_empty() {
        return Err(bad("it must be NAME=PATH"));
    }
    if name.starts_with("porter-internal") || name == "context" || name == "dockerfile" {
        return Err(EngineFlagError::ReservedContext(name));
    }
    let is_address = ["docker-image://", "https://", "http://", "git://", "git@"];
    if is_address.iter().any(|scheme| place.starts_with(scheme)) {
        return Ok((name, BuildContext::Address(place.to_owned())));
    }
    if place.contains("://") {
        return Err(bad(
            "the engine reads folders, images and addresses of git, http and https",
        ));
    }
    let folder = directory.join(place);
    if !folder.is_dir() {
        return Err(bad("there is no such folder"));
    }
    Ok((name, BuildContext::Folder(folder)))
}

/// `id=NAME,src=PATH`, `id=NAME,env=VARIABLE` and the other forms of docker.
fn secret(
    text: &str,
    directory: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, BuildSecret), EngineFlagError> {
    let bad = |reason: String| EngineFlagError::BuildSecret {
        text: text.to_owned(),
        reason,
    };
    let (mut id, mut file, mut named, mut kind) = (None, None, None, None);
    for (key, value) in fields("secret", text)? {
        match key.as_str() {
            "id" => id = Some(value),
            "src" | "source" => file = Some(value),
            "env" => named = Some(value),
            "type" if matches!(value.as_str(), "file" | "env") => kind = Some(value),
            other => return Err(bad(format!("there is nothing like `{other}={value}`"))),
        }
    }
    let id = id
        .filter(|id| !id.is_empty())
        .ok_or_else(|| bad("it has no id".to_owned()))?;
    if kind.as_deref() == Some("env") && named.is_none() {
        named = file.take();
    }
    let value_of =
        |name: &str| variable(name).map(|value| BuildSecret::Value(Sensitive::new(value)));
    let secret = match (named, file) {
        (Some(name), _) => {
            value_of(&name).ok_or_else(|| bad(format!("the variable {name} is not set")))?
        }
        (None, Some(path)) => secret_file(directory.join(path)).map_err(bad)?,
        (None, None) => match value_of(&id) {
            Some(value) => value,
            None => secret_file(directory.join(&id)).map_err(bad)?,
        },
    };
    Ok((id, secret))
}

fn secret_file(path: PathBuf) -> Result<BuildSecret, String> {
    let shown = path.display();
    let found = std::fs::metadata(&path).map_err(|error| format!("`{shown}`: {error}"))?;
    if !found.is_file() || found.len() > MAX_SECRET {
        return Err(format!("`{shown}` is no file of at most 500 KiB"));
    }
    Ok(BuildSecret::File(path))
}

/// `default`, or `NAME=SOCKET`.
fn agent(
    text: &str,
    directory: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, PathBuf), EngineFlagError> {
    let bad = |reason| EngineFlagError::BuildAgent {
        text: text.to_owned(),
        reason,
    };
    let (name, path) = text.split_once('=').unwrap_or((text, ""));
    let path = match path {
        "" => variable("SSH_AUTH_SOCK")
            .filter(|socket| !socket.is_empty())
            .ok_or_else(|| bad("no agent runs: SSH_AUTH_SOCK is not set"))?,
        path => path.to_owned(),
    };
    let path = directory.join(path);
    let is_socket = std::fs::metadata(&path).is_ok_and(|found| found.file_type().is_socket());
    if name.is_empty() || !is_socket {
        return Err(bad(
            "only sockets of agents can be used: give a key to an agent with ssh-add",
        ));
    }
    Ok((name.to_owned(), path))
}

/// `type=TYPE,KEY=VALUE,…`, or the reference of an image alone.
fn cache(flag: &'static str, text: &str) -> Result<BuildCache, EngineFlagError> {
    let mut attributes: BTreeMap<String, String> = fields(flag, text)
        .map_err(|_| EngineFlagError::CacheFormat { flag })?
        .into_iter()
        .collect();
    let kind = attributes.remove("type").filter(|kind| !kind.is_empty());
    let kind = kind.ok_or(EngineFlagError::CacheType { flag })?;
    if kind == "local" {
        return Err(EngineFlagError::LocalCache { flag });
    }
    Ok(BuildCache { kind, attributes })
}

#[cfg(test)]
mod tests;
