//! Credential and parameter sets.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{
    CREDENTIAL_SET_SCHEMA_VERSION, Installation, NamedSource, PARAMETER_SET_SCHEMA_VERSION,
    Timestamp,
};

/// When a set was made and changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetStatus {
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
}

impl SetStatus {
    /// Made just now.
    pub fn now() -> Self {
        let now = Some(Timestamp::now());
        Self {
            created: now,
            modified: now,
        }
    }
}

/// What credential and parameter sets have in common.
pub trait SourceSet: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// `credential` or `parameter`.
    const WORD: &'static str;

    /// An empty set of the current format, made just now.
    fn empty(namespace: &str, name: &str) -> Self;
    /// Namespace, empty for the global one.
    fn namespace(&self) -> &str;
    /// Moves it.
    fn set_namespace(&mut self, namespace: &str);
    /// Name.
    fn name(&self) -> &str;
    /// Labels.
    fn labels(&self) -> &BTreeMap<String, String>;
    /// Replaces the labels.
    fn set_labels(&mut self, labels: BTreeMap<String, String>);
    /// The sources, in the author's order.
    fn sources(&self) -> &[NamedSource];
    /// The sources, to be changed.
    fn sources_mut(&mut self) -> &mut Vec<NamedSource>;
    /// When it was made and changed.
    fn status(&self) -> &SetStatus;
    /// The same, to be changed.
    fn status_mut(&mut self) -> &mut SetStatus;
    /// Names of the sets of this kind that an installation uses.
    fn names_in(installation: &Installation) -> &[String];
}

/// A named list of where credentials come from. Never holds what came from there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialSet {
    /// `CredentialSet`; empty for the anonymous set of a run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub schema_type: String,
    /// Version of the format.
    #[serde(default)]
    pub schema_version: String,
    /// Namespace, empty for the global one.
    #[serde(default)]
    pub namespace: String,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The sources, in the author's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<NamedSource>,
    /// When it was made and changed.
    #[serde(default)]
    pub status: SetStatus,
}

impl CredentialSet {
    /// An empty set of the current format, made just now.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema_type: "CredentialSet".into(),
            schema_version: CREDENTIAL_SET_SCHEMA_VERSION.into(),
            namespace: namespace.into(),
            name: name.into(),
            status: SetStatus::now(),
            ..Self::default()
        }
    }
}

/// A named list of where parameters come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterSet {
    /// `ParameterSet`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub schema_type: String,
    /// Version of the format.
    #[serde(default)]
    pub schema_version: String,
    /// Namespace, empty for the global one.
    #[serde(default)]
    pub namespace: String,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The sources, in the author's order.
    #[serde(default, with = "super::null_when_empty")]
    pub parameters: Vec<NamedSource>,
    /// When it was made and changed.
    #[serde(default)]
    pub status: SetStatus,
}

impl ParameterSet {
    /// An empty set of the current format, made just now.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema_type: "ParameterSet".into(),
            schema_version: PARAMETER_SET_SCHEMA_VERSION.into(),
            namespace: namespace.into(),
            name: name.into(),
            status: SetStatus::now(),
            ..Self::default()
        }
    }

    /// The set that Porter keeps inside an installation or a run: `internal-parameter-set-OWNER`.
    pub fn internal(namespace: &str, owner: &str) -> Self {
        Self::new(namespace, format!("internal-parameter-set-{owner}"))
    }

    /// The source of a parameter.
    pub fn source(&self, name: &str) -> Option<&NamedSource> {
        self.parameters.iter().find(|entry| entry.name == name)
    }

    /// Sets or replaces the source of a parameter and keeps the list sorted by name, as Porter
    /// keeps overrides.
    pub fn set(&mut self, entry: NamedSource) {
        self.parameters.retain(|other| other.name != entry.name);
        let place = self
            .parameters
            .partition_point(|other| other.name < entry.name);
        self.parameters.insert(place, entry);
    }
}

/// The two differ in a word and in the names of two members.
macro_rules! source_set {
    ($set:ty, $word:literal, $sources:ident, $used:ident) => {
        impl SourceSet for $set {
            const WORD: &'static str = $word;

            fn empty(namespace: &str, name: &str) -> Self {
                Self::new(namespace, name)
            }

            fn namespace(&self) -> &str {
                &self.namespace
            }

            fn set_namespace(&mut self, namespace: &str) {
                namespace.clone_into(&mut self.namespace);
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn labels(&self) -> &BTreeMap<String, String> {
                &self.labels
            }

            fn set_labels(&mut self, labels: BTreeMap<String, String>) {
                self.labels = labels;
            }

            fn sources(&self) -> &[NamedSource] {
                &self.$sources
            }

            fn sources_mut(&mut self) -> &mut Vec<NamedSource> {
                &mut self.$sources
            }

            fn status(&self) -> &SetStatus {
                &self.status
            }

            fn status_mut(&mut self) -> &mut SetStatus {
                &mut self.status
            }

            fn names_in(installation: &Installation) -> &[String] {
                &installation.$used
            }
        }
    };
}

source_set!(CredentialSet, "credential", credentials, credential_sets);
source_set!(ParameterSet, "parameter", parameters, parameter_sets);
