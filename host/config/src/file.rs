//! The configuration file itself, for the commands that show and change it. Changes are made in the
//! text, so comments stay, and are checked before they are written: what a change should not touch
//! must say the same afterwards.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use porter_cnab::Json;

use crate::error::{ConfigError, Place};
use crate::format::{self, Format};
use crate::settings::{DEFAULT_CONTEXT, FILES, Members};

/// What `porter config edit` begins with.
const TEMPLATE: &str = include_str!("config.template.yaml");
/// Mode of a file that is made: it may hold what not everybody should read.
const MODE: u32 = 0o600;

/// The configuration file of a home directory, as it is written.
#[derive(Debug)]
pub struct ConfigFile {
    /// The file.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
}

/// The contexts of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contexts {
    /// The file has none: all settings stand at the top.
    Flat,
    /// These, and which of them counts.
    Named {
        /// Their names, in the order of the file.
        names: Vec<String>,
        /// The one that counts when no flag names another.
        active: String,
    },
}

impl ConfigFile {
    /// The file that counts in `home`; none when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn find(home: &Path) -> Result<Option<Self>, ConfigError> {
        let mut paths = FILES.iter().map(|name| home.join(name));
        let Some(path) = paths.find(|path| path.is_file()) else {
            return Ok(None);
        };
        let text = format::read(&path).map_err(|error| ConfigError::ConfigFile(Box::new(error)))?;
        Ok(Some(Self { path, text }))
    }

    /// Makes a file with one context and the settings that people ask for, commented out.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(home: &Path) -> Result<Self, ConfigError> {
        crate::home::create(home)?;
        let file = Self {
            path: home.join("config.yaml"),
            text: TEMPLATE.to_owned(),
        };
        write(&file.path, &file.text)?;
        Ok(file)
    }

    /// Reads the file as its format says, templates left alone.
    ///
    /// # Errors
    /// When it does not follow its format.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.document().map(|_| ())
    }

    /// The contexts of the file.
    ///
    /// # Errors
    /// When it is broken, or has a version but no contexts.
    pub fn contexts(&self) -> Result<Contexts, ConfigError> {
        let document = self.document()?;
        if !document.contains_key("schemaVersion") {
            return Ok(Contexts::Flat);
        }
        let Some(Json::Array(contexts)) = document.get("contexts") else {
            return Err(ConfigError::NoContexts);
        };
        let name = |context: &Json| {
            context
                .get("name")
                .and_then(Json::as_str)
                .map(str::to_owned)
        };
        let current = document.get("current-context").and_then(Json::as_str);
        let active = current.filter(|name| !name.is_empty());
        Ok(Contexts::Named {
            names: contexts.iter().filter_map(name).collect(),
            active: active.unwrap_or(DEFAULT_CONTEXT).to_owned(),
        })
    }

    /// Wraps the settings of a flat file into the context `default`. Says whether that was needed.
    ///
    /// # Errors
    /// When the file is no YAML, or would mean something else afterwards.
    pub fn migrate(&self) -> Result<bool, ConfigError> {
        let before = self.document()?;
        if before.contains_key("schemaVersion") {
            return Ok(false);
        }
        if Format::of(&self.path)? != Format::Yaml {
            return Err(ConfigError::MigrateByHand {
                extension: extension(&self.path),
            });
        }
        let text = wrapped(&self.text);
        let after = parse(&self.path, &text)?;
        let kept = after.get("contexts").and_then(|contexts| contexts.get(0));
        let kept = kept.and_then(|context| context.get("config"));
        let is_same = match kept {
            Some(Json::Object(kept)) => *kept == before,
            _ => before.is_empty(),
        };
        self.replace(&text, is_same)?;
        Ok(true)
    }

    /// Makes `name` the context that counts.
    ///
    /// # Errors
    /// When there is no such context, or the file does not say which one counts.
    pub fn use_context(&self, name: &str) -> Result<(), ConfigError> {
        let Contexts::Named { names, .. } = self.contexts()? else {
            return Err(ConfigError::NotVersioned);
        };
        if !names.iter().any(|known| known == name) {
            return Err(ConfigError::NoSuchContext {
                name: name.to_owned(),
            });
        }
        let mut before = self.document()?;
        if before.remove("current-context").is_none() {
            return Err(ConfigError::NoCurrentContext);
        }
        let text = with_current(&self.text, Format::of(&self.path)?, name);
        let mut after = parse(&self.path, &text)?;
        let chosen = after.remove("current-context");
        let is_chosen = chosen.as_ref().and_then(Json::as_str) == Some(name);
        self.replace(&text, is_chosen && before == after)
    }

    fn document(&self) -> Result<Members, ConfigError> {
        parse(&self.path, &self.text)
    }

    fn replace(&self, text: &str, is_right: bool) -> Result<(), ConfigError> {
        if !is_right {
            return Err(ConfigError::EditByHand {
                path: self.path.clone(),
            });
        }
        write(&self.path, text)
    }
}

/// Whether a context can have this name.
///
/// # Errors
/// When it cannot.
pub fn check_context_name(name: &str) -> Result<(), ConfigError> {
    let rest = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let is_name = name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    if is_name && name.chars().all(rest) {
        return Ok(());
    }
    Err(ConfigError::ContextName {
        name: name.to_owned(),
    })
}

fn parse(path: &Path, text: &str) -> Result<Members, ConfigError> {
    let parsed: Result<Option<Members>, _> = Format::of(path).and_then(|format| {
        format.parse(text).map_err(|complaint| ConfigError::Syntax {
            place: Place::new(path, complaint.position),
            message: complaint.message,
        })
    });
    match parsed {
        Ok(document) => Ok(document.unwrap_or_default()),
        Err(error) => Err(ConfigError::ConfigFile(Box::new(error))),
    }
}

/// The text of a flat YAML file below the context `default`.
fn wrapped(text: &str) -> String {
    let mut wrapped = String::from(
        "schemaVersion: \"2.0.0\"\ncurrent-context: default\ncontexts:\n  - name: default\n    config:\n",
    );
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A document may begin with its marker, which stands at the margin or nowhere.
    let text = text.strip_prefix("---\n").unwrap_or(text);
    for line in text.lines() {
        if !line.trim().is_empty() {
            wrapped.push_str("      ");
            wrapped.push_str(line);
        }
        wrapped.push('\n');
    }
    wrapped
}

/// The text with another value on the first line that says which context counts.
fn with_current(text: &str, format: Format, name: &str) -> String {
    let key = match format {
        Format::Json => "\"current-context\"",
        Format::Yaml | Format::Toml => "current-context",
    };
    let separator = if format == Format::Toml { '=' } else { ':' };
    let mut is_done = false;
    let lines = text.split_inclusive('\n').map(|line| {
        let replaced = match is_done {
            true => None,
            false => with_value(line, key, separator, name),
        };
        is_done |= replaced.is_some();
        replaced.unwrap_or_else(|| line.to_owned())
    });
    lines.collect()
}

/// `KEY SEPARATOR VALUE REST` with another value; none for any other line.
fn with_value(line: &str, key: &str, separator: char, name: &str) -> Option<String> {
    let at = line.find(key)?;
    let is_first = line
        .get(..at)?
        .chars()
        .all(|letter| " \t{,".contains(letter));
    let after = line.get(at + key.len()..)?;
    let value = after.trim_start().strip_prefix(separator)?;
    let value_at = line.len() - value.trim_start().len();
    let value = value.trim_start();
    let length = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.find(quote)? + 2,
        _ => value
            .find([' ', '\t', '\r', '\n', ','])
            .unwrap_or(value.len()),
    };
    let rest = value.get(length..)?;
    let before = line.get(..value_at)?;
    is_first.then(|| format!("{before}\"{name}\"{rest}"))
}

fn extension(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default();
    extension.to_string_lossy().into_owned()
}

/// Writes beside the file and renames: there is always the old one or the new one. A link stays.
fn write(path: &Path, text: &str) -> Result<(), ConfigError> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let failed = |cause| ConfigError::Access {
        path: path.clone(),
        cause,
    };
    let mode = match fs::metadata(&path) {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(_) => MODE,
    };
    let draft = path.with_extension(format!("new.{}", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
        })
        .and_then(|()| fs::rename(&draft, &path));
    if written.is_err() {
        // Ours alone; the error that matters is the first.
        let _ = fs::remove_file(&draft);
    }
    written.map_err(failed)
}
