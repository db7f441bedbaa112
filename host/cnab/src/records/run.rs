//! Runs: one execution of an action.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    CredentialSet, Installation, ParameterSet, RECORD_SCHEMA_VERSION, Timestamp, new_ulid,
};
use crate::Json;

/// One execution of an action of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// ULID.
    #[serde(rename = "_id")]
    pub id: String,
    /// Version of the format.
    pub schema_version: String,
    /// When it was made.
    pub created: Timestamp,
    /// As `created`.
    pub modified: Timestamp,
    /// Namespace of the installation.
    pub namespace: String,
    /// Name of the installation.
    pub installation: String,
    /// ULID of the revision, `CNAB_REVISION`.
    pub revision: String,
    /// The action.
    pub action: String,
    /// `bundle.json`, as text.
    #[serde(default)]
    pub bundle: String,
    /// Reference of the bundle; empty for one from source.
    #[serde(default)]
    pub bundle_reference: String,
    /// Digest of the bundle; empty for one from source.
    #[serde(default)]
    pub bundle_digest: String,
    /// The installation's overrides that apply to the action.
    #[serde(default)]
    pub parameter_overrides: ParameterSet,
    /// Names of the credential sets used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credential_sets: Vec<String>,
    /// Names of the parameter sets used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameter_sets: Vec<String>,
    /// Final values; sensitive ones as keys of the secret store.
    #[serde(default)]
    pub parameters: ParameterSet,
    /// Where the credentials came from; never their values.
    #[serde(default)]
    pub credentials: CredentialSet,
    /// Digest of the parameters, empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parameters_digest: String,
    /// Digest of the credentials, empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub credentials_digest: String,
    /// Room for others.
    #[serde(default)]
    pub custom: Json,
}

impl Run {
    /// A run of `action` on `installation` with this `bundle.json`, made just now. Parameters,
    /// credentials and the bundle's reference are for the caller to fill in.
    pub fn new(installation: &Installation, action: &str, bundle: String) -> Self {
        let now = Timestamp::now();
        let parameters = ParameterSet::internal(&installation.namespace, &installation.name);
        Self {
            id: new_ulid(),
            schema_version: RECORD_SCHEMA_VERSION.into(),
            created: now,
            modified: now,
            namespace: installation.namespace.clone(),
            installation: installation.name.clone(),
            revision: new_ulid(),
            action: action.into(),
            bundle,
            bundle_reference: String::new(),
            bundle_digest: String::new(),
            parameter_overrides: parameters.clone(),
            credential_sets: Vec::new(),
            parameter_sets: Vec::new(),
            parameters,
            credentials: CredentialSet::default(),
            parameters_digest: String::new(),
            credentials_digest: String::new(),
            custom: Json::Null,
        }
    }

    /// Key in the secret store of a sensitive parameter or output of this run.
    pub fn secret_key(&self, name: &str) -> String {
        format!("{}-{name}", self.id)
    }

    /// Whether its action changes the installation: the three built-in ones always do.
    pub fn modifies(&self) -> bool {
        match self.action.as_str() {
            "install" | "upgrade" | "uninstall" => true,
            action => self
                .header()
                .actions
                .get(action)
                .is_some_and(|action| action.modifies),
        }
    }

    /// Version of its bundle; empty when the bundle cannot be read.
    pub fn bundle_version(&self) -> String {
        self.header().version
    }

    /// What records need to know of the bundle. A bundle that does not parse was never run by us.
    fn header(&self) -> BundleHeader {
        serde_json::from_str(&self.bundle).unwrap_or_default()
    }
}

#[derive(Default, Deserialize)]
struct BundleHeader {
    #[serde(default)]
    version: String,
    #[serde(default)]
    actions: BTreeMap<String, ActionHeader>,
}

#[derive(Deserialize)]
struct ActionHeader {
    #[serde(default)]
    modifies: bool,
}
