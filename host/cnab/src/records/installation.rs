//! Installations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{InstallationStatus, ParameterSet, RECORD_SCHEMA_VERSION, Timestamp, new_ulid};
use crate::Json;

/// The bundle that an installation tracks. Of digest, version and tag the first that is there
/// counts, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleSource {
    /// Repository, without tag and digest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub repository: String,
    /// Version, without `v`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Digest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// Tag that is not a version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tag: String,
}

/// A bundle, installed or about to be, under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Installation {
    /// ULID; a new one after deletion.
    pub id: String,
    /// `Installation`.
    pub schema_type: String,
    /// Version of the format.
    pub schema_version: String,
    /// Name, never changed.
    pub name: String,
    /// Namespace, never changed; empty for the global one.
    pub namespace: String,
    /// Desired state: gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uninstalled: bool,
    /// The tracked bundle.
    #[serde(default)]
    pub bundle: BundleSource,
    /// Room for others.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub custom: Json,
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Names of the credential sets, the last one wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credential_sets: Vec<String>,
    /// Names of the parameter sets, the last one wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameter_sets: Vec<String>,
    /// The user's overrides; sensitive ones as keys of the secret store.
    pub parameters: ParameterSet,
    /// What the last actions left behind.
    pub status: InstallationStatus,
}

impl Installation {
    /// An installation made just now.
    pub fn new(namespace: &str, name: &str) -> Self {
        let id = new_ulid();
        Self {
            schema_type: "Installation".into(),
            schema_version: RECORD_SCHEMA_VERSION.into(),
            name: name.into(),
            namespace: namespace.into(),
            uninstalled: false,
            bundle: BundleSource::default(),
            custom: Json::Null,
            labels: BTreeMap::new(),
            credential_sets: Vec::new(),
            parameter_sets: Vec::new(),
            parameters: ParameterSet::internal(namespace, &id),
            status: InstallationStatus::new(Timestamp::now()),
            id,
        }
    }

    /// `NAMESPACE/NAME`, as messages and the container have it.
    pub fn qualified_name(&self) -> String {
        qualified_name(&self.namespace, &self.name)
    }

    /// Key in the secret store of a sensitive override.
    pub fn secret_key(&self, parameter: &str) -> String {
        format!("{}-{parameter}", self.id)
    }
}

/// `NAMESPACE/NAME`, `/NAME` in the global namespace.
pub fn qualified_name(namespace: &str, name: &str) -> String {
    format!("{namespace}/{name}")
}
