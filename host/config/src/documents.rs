//! Credential and parameter sets as files.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use porter_cnab::Json;
use porter_cnab::records::{
    CREDENTIAL_SET_SCHEMA_VERSION, CredentialSet, MultipleSources, NamedSource,
    PARAMETER_SET_SCHEMA_VERSION, ParameterSet, SetStatus, Source, SourceSet, Strategy,
    UnknownStrategy,
};
use serde::de::{self, DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::{ConfigError, Place};
use crate::format::{self, Complaint, Format};
use crate::schema::SchemaCheck;

/// A document, and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<T> {
    /// What it holds.
    pub value: T,
    /// Whether it names a namespace, which then counts more than `--namespace`.
    pub has_namespace: bool,
    /// What to warn of.
    pub warning: Option<String>,
}

/// A set that can be read from a file.
pub trait SetDocument: SourceSet {
    /// Reads it.
    ///
    /// # Errors
    /// When the file cannot be read or is no such set.
    fn load(path: &Path, check: SchemaCheck) -> Result<Document<Self>, ConfigError>;
}

impl SetDocument for CredentialSet {
    fn load(path: &Path, check: SchemaCheck) -> Result<Document<Self>, ConfigError> {
        load_credential_set(path, check)
    }
}

impl SetDocument for ParameterSet {
    fn load(path: &Path, check: SchemaCheck) -> Result<Document<Self>, ConfigError> {
        load_parameter_set(path, check)
    }
}

/// Reads a credential set of exactly our version.
///
/// # Errors
/// When the file cannot be read or is no credential set.
pub fn credential_set(path: &Path) -> Result<CredentialSet, ConfigError> {
    Ok(load_credential_set(path, SchemaCheck::Exact)?.value)
}

/// Reads a parameter set of exactly our version.
///
/// # Errors
/// When the file cannot be read or is no parameter set.
pub fn parameter_set(path: &Path) -> Result<ParameterSet, ConfigError> {
    Ok(load_parameter_set(path, SchemaCheck::Exact)?.value)
}

/// Reads a credential set.
///
/// # Errors
/// When the file cannot be read or is no credential set.
pub fn load_credential_set(
    path: &Path,
    check: SchemaCheck,
) -> Result<Document<CredentialSet>, ConfigError> {
    let (raw, warning) = load::<RawSet>(path, &CREDENTIALS, check)?;
    let has_namespace = raw.namespace.is_some();
    let value = CredentialSet {
        schema_type: CREDENTIALS.schema_type.into(),
        schema_version: CREDENTIAL_SET_SCHEMA_VERSION.into(),
        namespace: CREDENTIALS.namespace(path, &raw)?,
        name: raw.name,
        labels: raw.labels,
        credentials: sources(raw.credentials),
        status: raw.status,
    };
    Ok(Document {
        value,
        has_namespace,
        warning,
    })
}

/// Reads a parameter set.
///
/// # Errors
/// When the file cannot be read or is no parameter set.
pub fn load_parameter_set(
    path: &Path,
    check: SchemaCheck,
) -> Result<Document<ParameterSet>, ConfigError> {
    let (raw, warning) = load::<RawSet>(path, &PARAMETERS, check)?;
    let has_namespace = raw.namespace.is_some();
    let value = ParameterSet {
        schema_type: PARAMETERS.schema_type.into(),
        schema_version: PARAMETER_SET_SCHEMA_VERSION.into(),
        namespace: PARAMETERS.namespace(path, &raw)?,
        name: raw.name,
        labels: raw.labels,
        parameters: sources(raw.parameters),
        status: raw.status,
    };
    Ok(Document {
        value,
        has_namespace,
        warning,
    })
}

/// What distinguishes the two.
pub(crate) struct Kind {
    pub(crate) words: &'static str,
    pub(crate) schema_type: &'static str,
    pub(crate) versions: &'static [&'static str],
}

/// A document as written.
pub(crate) trait Raw: DeserializeOwned {
    fn schema_type(&self) -> Option<&str>;
    fn schema_version(&self) -> Option<&str>;
    fn namespace(&self) -> Option<&Json>;
}

const CREDENTIALS: Kind = Kind {
    words: "credential set",
    schema_type: "CredentialSet",
    versions: &[CREDENTIAL_SET_SCHEMA_VERSION],
};

const PARAMETERS: Kind = Kind {
    words: "parameter set",
    schema_type: "ParameterSet",
    versions: &[PARAMETER_SET_SCHEMA_VERSION, "1.0.1"],
};

impl Kind {
    fn error(
        &self,
        path: &Path,
        position: Option<(usize, usize)>,
        why: ConfigError,
    ) -> ConfigError {
        ConfigError::Document {
            place: Place::new(path, position),
            kind: self.words,
            source: Box::new(why),
        }
    }

    /// The namespace, which must be text where there is one.
    pub(crate) fn namespace(&self, path: &Path, raw: &impl Raw) -> Result<String, ConfigError> {
        match raw.namespace() {
            None => Ok(String::new()),
            Some(Json::String(namespace)) => Ok(namespace.clone()),
            Some(_) => Err(self.error(path, None, ConfigError::Namespace)),
        }
    }
}

/// Either set, as written. Unknown members are ignored, as in Porter.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a document with members")]
struct RawSet {
    schema_type: Option<String>,
    schema_version: Option<String>,
    namespace: Option<Json>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    credentials: Vec<RawEntry>,
    #[serde(default)]
    parameters: Vec<RawEntry>,
    #[serde(default)]
    status: SetStatus,
}

impl Raw for RawSet {
    fn schema_type(&self) -> Option<&str> {
        self.schema_type.as_deref()
    }

    fn schema_version(&self) -> Option<&str> {
        self.schema_version.as_deref()
    }

    fn namespace(&self) -> Option<&Json> {
        self.namespace.as_ref()
    }
}

pub(crate) fn load<T: Raw>(
    path: &Path,
    kind: &Kind,
    check: SchemaCheck,
) -> Result<(T, Option<String>), ConfigError> {
    let format = Format::of(path)?;
    let text = format::read(path)?;
    let raw: T = format
        .parse(&text)
        .map_err(|complaint| explain(path, kind, complaint))?;
    let wrong_type = raw
        .schema_type()
        .filter(|found| !found.eq_ignore_ascii_case(kind.schema_type));
    if let Some(found) = wrong_type {
        let found = found.to_owned();
        let expected = kind.schema_type;
        return Err(kind.error(path, None, ConfigError::SchemaType { found, expected }));
    }
    let warning = check
        .check(raw.schema_version(), kind.versions)
        .map_err(|why| kind.error(path, None, why))?;
    Ok((raw, warning))
}

fn sources(entries: Vec<RawEntry>) -> Vec<NamedSource> {
    entries.into_iter().map(|entry| entry.0).collect()
}

struct RawEntry(NamedSource);

impl<'de> Deserialize<'de> for RawEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(expecting = "a name with its source")]
        struct Entry {
            #[serde(default)]
            name: String,
            source: Option<RawSource>,
        }
        let entry = Entry::deserialize(deserializer)?;
        match entry.source {
            Some(source) => Ok(Self(NamedSource::new(entry.name, source.0))),
            None => Err(de::Error::custom(UNKNOWN)),
        }
    }
}

struct RawSource(Source);

impl<'de> Deserialize<'de> for RawSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SourceVisitor)
    }
}

/// Complains from inside the source, so that the complaint has its place.
struct SourceVisitor;

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = RawSource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a strategy with its hint")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<RawSource, A::Error> {
        let first = members.next_entry::<String, Json>()?;
        let (strategy, hint) = first.unwrap_or_default();
        if members.next_key::<String>()?.is_some() {
            return Err(de::Error::custom(MULTIPLE));
        }
        let Ok(strategy) = strategy.parse::<Strategy>() else {
            return Err(de::Error::custom(format!("{UNKNOWN}{strategy}")));
        };
        Ok(RawSource(Source::new(strategy, hint_text(strategy, hint))))
    }
}

/// How our own complaints travel through the parsers, whose errors are text only.
const MULTIPLE: &str = "\u{1}multiple";
const UNKNOWN: &str = "\u{1}unknown\u{1}";

/// Turns a parser's complaint into an error; our own come back as what they were.
fn explain(path: &Path, kind: &Kind, complaint: Complaint) -> ConfigError {
    let Complaint { message, position } = complaint;
    if message.contains(MULTIPLE) {
        return kind.error(path, position, MultipleSources.into());
    }
    if let Some(at) = message.rfind(UNKNOWN) {
        let strategy = message[at + UNKNOWN.len()..].to_owned();
        let why = ConfigError::UnknownStrategy {
            kind: kind.words,
            strategy: UnknownStrategy(strategy),
        };
        return kind.error(path, position, why);
    }
    ConfigError::Syntax {
        place: Place::new(path, position),
        message,
    }
}

/// A literal value as text.
pub(crate) fn value_text(value: Json) -> String {
    hint_text(Strategy::Value, value)
}

/// A literal value may be anything, and becomes text; any other hint that is no text is empty.
fn hint_text(strategy: Strategy, hint: Json) -> String {
    match hint {
        Json::String(text) => text,
        _ if strategy != Strategy::Value => String::new(),
        Json::Null => String::new(),
        Json::Number(number) => number_text(&number.to_string()),
        other => without_fractions(other).to_string(),
    }
}

/// Porter writes whole numbers without a fraction.
fn number_text(text: &str) -> String {
    text.strip_suffix(".0").unwrap_or(text).to_owned()
}

fn without_fractions(value: Json) -> Json {
    match value {
        Json::Number(number) => {
            let text = number_text(&number.to_string());
            serde_json::from_str(&text).unwrap_or(Json::Number(number))
        }
        Json::Array(items) => Json::Array(items.into_iter().map(without_fractions).collect()),
        Json::Object(members) => Json::Object(
            members
                .into_iter()
                .map(|(name, member)| (name, without_fractions(member)))
                .collect(),
        ),
        other => other,
    }
}
