//! The configuration file: settings by name, which flags take as their defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use porter_cnab::Json;

use crate::error::{ConfigError, Place};
use crate::format::{self, Format};
use crate::template;

/// The files that are looked for, in the order in which they count.
pub(crate) const FILES: [&str; 5] = [
    "config.json",
    "config.toml",
    "config.yaml",
    "config.yml",
    "config.hcl",
];
/// The context that counts when none is named.
pub(crate) const DEFAULT_CONTEXT: &str = "default";

/// What the configuration file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// The file; none when there is none.
    pub path: Option<PathBuf>,
    /// Further configuration files, which are not read.
    pub ignored: Vec<PathBuf>,
    values: BTreeMap<String, Json>,
}

impl Settings {
    /// Reads the configuration file in `home`, if there is one. `context` is what `--context` or
    /// PORTER_CONTEXT say.
    ///
    /// # Errors
    /// When the file is broken, or does not have the context.
    pub fn load(home: &Path, context: Option<&str>) -> Result<Self, ConfigError> {
        Self::load_with(home, context, &|name| std::env::var(name).ok())
    }

    /// As [`Settings::load`], with another environment for the templates.
    ///
    /// # Errors
    /// When the file is broken, or does not have the context.
    pub fn load_with(
        home: &Path,
        context: Option<&str>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut files = FILES
            .iter()
            .map(|name| home.join(name))
            .filter(|path| path.is_file());
        let context = context.filter(|name| !name.is_empty());
        let Some(path) = files.next() else {
            return match context {
                Some(_) => Err(ConfigError::FlatFile),
                None => Ok(Self::default()),
            };
        };
        let ignored = files.collect();
        let document =
            read(&path, environment).map_err(|error| ConfigError::ConfigFile(Box::new(error)))?;
        let values = select(document, context)?;
        refuse_secrets(&path, &values)?;
        let mut flat = BTreeMap::new();
        flatten("", values, &mut flat);
        Ok(Self {
            path: Some(path),
            ignored,
            values: flat,
        })
    }

    /// A setting as text, as a flag would be given: a list is joined by commas. Names of nested
    /// settings are joined by dots.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Json::Null => None,
            Json::String(text) => Some(text.clone()),
            Json::Array(items) => Some(items.iter().map(item_text).collect::<Vec<_>>().join(",")),
            other => Some(other.to_string()),
        }
    }

    /// A setting as it is written, for those that are no text: the lists of plugins.
    pub fn value(&self, name: &str) -> Option<&Json> {
        self.values.get(name)
    }

    /// The names of all settings.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

fn item_text(item: &Json) -> String {
    match item {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn read(path: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Members, ConfigError> {
    let format = Format::of(path)?;
    let text = template::render(&format::read(path)?, path, environment)?;
    let document: Option<Members> =
        format
            .parse(&text)
            .map_err(|complaint| ConfigError::Syntax {
                place: Place::new(path, complaint.position),
                message: complaint.message,
            })?;
    Ok(document.unwrap_or_default())
}

pub(crate) type Members = serde_json::Map<String, Json>;

/// The settings of the context; all of them in a file without contexts.
fn select(mut document: Members, context: Option<&str>) -> Result<Members, ConfigError> {
    if !document.contains_key("schemaVersion") {
        return match context {
            Some(_) => Err(ConfigError::FlatFile),
            None => Ok(document),
        };
    }
    let current = document.remove("current-context");
    let current = current.as_ref().and_then(Json::as_str);
    let wanted = context
        .or(current.filter(|name| !name.is_empty()))
        .unwrap_or(DEFAULT_CONTEXT);
    let Some(Json::Array(contexts)) = document.remove("contexts") else {
        return Err(ConfigError::NoContexts);
    };
    let mut names = Vec::new();
    for mut context in contexts {
        let name = context
            .get("name")
            .and_then(Json::as_str)
            .unwrap_or_default();
        if name == wanted {
            return match context.get_mut("config").map(Json::take) {
                Some(Json::Object(settings)) => Ok(settings),
                _ => Ok(Members::default()),
            };
        }
        names.push(name.to_owned());
    }
    Err(ConfigError::UnknownContext {
        name: wanted.to_owned(),
        available: names.join(", "),
    })
}

/// Settings of stores are only looked at when one is opened: see [`crate::stores`].
fn refuse_secrets(path: &Path, settings: &Members) -> Result<(), ConfigError> {
    let read_later = |name: &str| ["storage", "secrets", "signers"].contains(&name);
    let now = settings.iter().filter(|(name, _)| !read_later(name));
    let mut left: Vec<&Json> = now.map(|(_, value)| value).collect();
    while let Some(value) = left.pop() {
        match value {
            Json::String(text) => {
                if let Some(expression) = template::secret_in(text) {
                    return Err(ConfigError::Template {
                        place: Place::new(path, None),
                        expression: expression.to_owned(),
                    });
                }
            }
            Json::Array(items) => left.extend(items),
            Json::Object(members) => left.extend(members.values()),
            _ => {}
        }
    }
    Ok(())
}

fn flatten(prefix: &str, settings: Members, flat: &mut BTreeMap<String, Json>) {
    for (name, value) in settings {
        let name = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            Json::Object(members) => flatten(&name, members, flat),
            value => {
                flat.insert(name, value);
            }
        }
    }
}
