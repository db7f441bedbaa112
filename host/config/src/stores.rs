//! Which store and which secret store the configuration chooses.
//!
//! Source: `cli.md` §6.1 and §11 of the compatibility reference.

use porter_cnab::Json;

use crate::settings::Settings;
use crate::{ConfigError, EnvVars};

/// A kind of store that the configuration chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// Of the records.
    Storage,
    /// Of sensitive values.
    Secrets,
}

impl StoreKind {
    const fn interface(self) -> &'static str {
        match self {
            Self::Storage => "storage",
            Self::Secrets => "secrets",
        }
    }

    /// How Porter calls it in messages.
    const fn word(self) -> &'static str {
        match self {
            Self::Storage => "store",
            Self::Secrets => "secrets",
        }
    }
}

/// A store as it is configured: which plugin, with which settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    kind: StoreKind,
    /// Its name in the configuration file; that of the plugin where it has no entry.
    pub name: String,
    /// Key of the plugin without the interface: `porter.filesystem`, `hashicorp.vault`.
    pub plugin: String,
    config: Json,
}

impl Account {
    /// A setting as text; none when it is not there, null or empty.
    ///
    /// # Errors
    /// When it is no text, number or boolean.
    pub fn text(&self, name: &str) -> Result<Option<String>, ConfigError> {
        match self.config.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) if text.is_empty() => Ok(None),
            Some(Json::String(text)) => match crate::template::secret_in(text) {
                Some(expression) => Err(self.wrong(format!(
                    "`{name}` is {expression}, and secrets are not put into the settings of a store; \
                     write ${{env.NAME}}"
                ))),
                None => Ok(Some(text.clone())),
            },
            Some(value @ (Json::Number(_) | Json::Bool(_))) => Ok(Some(value.to_string())),
            Some(_) => Err(self.wrong(format!("`{name}` must be text"))),
        }
    }

    /// A setting that is a whole number.
    ///
    /// # Errors
    /// When it is none.
    pub fn number(&self, name: &str) -> Result<Option<u64>, ConfigError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let number = text.parse();
        let number = number.map_err(|_| self.wrong(format!("`{name}` must be a whole number")))?;
        Ok(Some(number))
    }

    /// A setting that is a list of texts; none when it is not there.
    ///
    /// # Errors
    /// When it is no list, or something else is in it.
    pub fn words(&self, name: &str) -> Result<Option<Vec<String>>, ConfigError> {
        let wrong = || self.wrong(format!("`{name}` must be a list of texts"));
        match self.config.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Array(items)) => {
                let words = items.iter().map(|item| item.as_str().map(str::to_owned));
                words
                    .collect::<Option<Vec<_>>>()
                    .map(Some)
                    .ok_or_else(wrong)
            }
            Some(_) => Err(wrong()),
        }
    }

    /// Refuses settings that nobody reads: a misspelt one would be silently without effect.
    ///
    /// # Errors
    /// When there is one.
    pub fn only(&self, names: &[&str]) -> Result<(), ConfigError> {
        let members = self.config.as_object();
        let unknown = members.and_then(|members| {
            let mut keys = members.keys();
            keys.find(|key| !names.contains(&key.as_str()))
        });
        match unknown {
            Some(key) if names.is_empty() => {
                Err(self.wrong(format!("it takes no settings, and `{key}` is one")))
            }
            Some(key) => Err(self.wrong(format!(
                "there is no setting `{key}`; there are {}",
                names.join(", ")
            ))),
            None => Ok(()),
        }
    }

    /// An error about this account.
    pub fn wrong(&self, problem: impl Into<String>) -> ConfigError {
        ConfigError::StoreSettings {
            kind: self.kind.word(),
            name: self.name.clone(),
            problem: problem.into(),
        }
    }
}

impl Settings {
    /// The store of one kind that is chosen; none when nothing is said about it.
    ///
    /// # Errors
    /// When a store is named that is not defined, or its entry is no entry.
    pub fn account(&self, kind: StoreKind) -> Result<Option<Account>, ConfigError> {
        self.account_with(kind, &|name| std::env::var(name).ok())
    }

    /// As [`Settings::account`], with another environment.
    ///
    /// # Errors
    /// When a store is named that is not defined, or its entry is no entry.
    pub fn account_with(
        &self,
        kind: StoreKind,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Account>, ConfigError> {
        let setting = |key: String| {
            let value = environment(&EnvVars::for_flag(&key)).or_else(|| self.text(&key));
            value.filter(|value| !value.is_empty())
        };
        let interface = kind.interface();
        if let Some(name) = setting(format!("default-{interface}")) {
            return self.defined(kind, name).map(Some);
        }
        let plugin = setting(format!("default-{interface}-plugin"));
        Ok(plugin.map(|plugin| Account {
            kind,
            name: plugin.clone(),
            plugin: key(kind, &plugin),
            config: Json::Null,
        }))
    }

    fn defined(&self, kind: StoreKind, name: String) -> Result<Account, ConfigError> {
        let entries = self.value(kind.interface()).and_then(Json::as_array);
        let is_it = |entry: &&Json| entry.get("name").and_then(Json::as_str) == Some(&name);
        let Some(entry) = entries.and_then(|entries| entries.iter().find(is_it)) else {
            return Err(ConfigError::UndefinedStore {
                kind: kind.word(),
                name,
            });
        };
        let plugin = entry.get("plugin").and_then(Json::as_str);
        let account = Account {
            kind,
            plugin: key(kind, plugin.unwrap_or_default()),
            config: entry.get("config").cloned().unwrap_or_default(),
            name,
        };
        if plugin.is_none_or(str::is_empty) {
            return Err(account.wrong("it names no `plugin`"));
        }
        if !(account.config.is_null() || account.config.is_object()) {
            return Err(account.wrong("`config` must be a map"));
        }
        Ok(account)
    }
}

/// `BINARY.IMPLEMENTATION` of what a configuration may call a plugin: one word is one of porter's
/// own, and the interface may stand before it.
fn key(kind: StoreKind, plugin: &str) -> String {
    let parts: Vec<&str> = plugin.split('.').collect();
    match parts.as_slice() {
        [word] => format!("porter.{word}"),
        [interface, rest @ ..] if *interface == kind.interface() && rest.len() > 1 => {
            rest.join(".")
        }
        _ => plugin.to_owned(),
    }
}
