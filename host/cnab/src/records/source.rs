//! Where a credential or parameter comes from: `{STRATEGY: HINT}`.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// How a source is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// From the secret store.
    Secret,
    /// The hint itself.
    Value,
    /// From an environment variable of the client.
    Env,
    /// From a file.
    Path,
    /// From the output of a command.
    Command,
}

impl Strategy {
    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Value => "value",
            Self::Env => "env",
            Self::Path => "path",
            Self::Command => "command",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A strategy of an unknown name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0} is not a valid source. Valid sources are: secret, value, env, path, command")]
pub struct UnknownStrategy(pub String);

/// A source with more than one strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("multiple key/value pairs specified for source but only one may be defined")]
pub struct MultipleSources;

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "secret" => Ok(Self::Secret),
            "value" => Ok(Self::Value),
            "env" => Ok(Self::Env),
            "path" => Ok(Self::Path),
            "command" => Ok(Self::Command),
            other => Err(UnknownStrategy(other.to_owned())),
        }
    }
}

/// A strategy and its hint. The hint of [`Strategy::Value`] may be a secret in the making, so it
/// hides itself in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// How to resolve it.
    pub strategy: Strategy,
    /// What to resolve.
    pub hint: String,
}

impl Source {
    /// A source.
    pub fn new(strategy: Strategy, hint: impl Into<String>) -> Self {
        Self {
            strategy,
            hint: hint.into(),
        }
    }

    /// A literal value.
    pub fn value(text: impl Into<String>) -> Self {
        Self::new(Strategy::Value, text)
    }

    /// A key of the secret store.
    pub fn secret(key: impl Into<String>) -> Self {
        Self::new(Strategy::Secret, key)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.strategy {
            Strategy::Value => write!(f, "Source(value, [hidden])"),
            strategy => write!(f, "Source({strategy}, {:?})", self.hint),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.strategy.name(), &self.hint)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SourceVisitor)
    }
}

struct SourceVisitor;

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = Source;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one strategy with its hint")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Source, A::Error> {
        let Some((strategy, hint)) = map.next_entry::<String, String>()? else {
            return Err(de::Error::custom(UnknownStrategy(String::new())));
        };
        if map.next_key::<String>()?.is_some() {
            return Err(de::Error::custom(MultipleSources));
        }
        let strategy = strategy.parse().map_err(de::Error::custom)?;
        Ok(Source { strategy, hint })
    }
}

/// The source of one named credential or parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedSource {
    /// Name of the credential or parameter.
    #[serde(default)]
    pub name: String,
    /// Where its value comes from.
    pub source: Source,
}

impl NamedSource {
    /// Names a source.
    pub fn new(name: impl Into<String>, source: Source) -> Self {
        Self {
            name: name.into(),
            source,
        }
    }
}
