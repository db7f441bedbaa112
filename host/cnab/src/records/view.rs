//! What `list`, `show`, `runs list` and `outputs list` print as JSON and YAML: names and order are
//! Porter's.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    BundleSource, DisplayState, Installation, InstallationStatus, Run, RunResult, Timestamp,
};
use crate::Json;

/// A parameter or an output with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueView {
    /// Name.
    pub name: String,
    /// Type as the author wrote it, `file` included.
    #[serde(rename = "type")]
    pub value_type: String,
    /// Whether tables hide the value.
    pub sensitive: bool,
    /// The value. JSON and YAML show sensitive ones too, as Porter does.
    pub value: Json,
}

/// What is computed, not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CalculatedView {
    /// Final values of the last run; `null` in a list.
    pub resolved_parameters: Option<Vec<ValueView>>,
    /// `installed`, `uninstalled` or `defined`.
    pub display_installation_state: &'static str,
    /// Status of the last run.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display_installation_status: String,
}

/// An installation as `list` and `show` print it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstallationView {
    /// `Installation`.
    pub schema_type: String,
    /// Version of the format.
    pub schema_version: String,
    /// ULID.
    pub id: String,
    /// Name.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Desired state: gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub uninstalled: bool,
    /// The tracked bundle.
    pub bundle: BundleSource,
    /// Room for others.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub custom: Json,
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Names of credential sets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credential_sets: Vec<String>,
    /// The overrides by name, resolved; only in `show`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Json>,
    /// Names of parameter sets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameter_sets: Vec<String>,
    /// What the last actions left behind.
    pub status: InstallationStatus,
    /// What is computed.
    #[serde(rename = "_calculated")]
    pub calculated: CalculatedView,
}

impl InstallationView {
    /// As `list` prints it: without parameters.
    pub fn new(installation: Installation) -> Self {
        let calculated = CalculatedView {
            resolved_parameters: None,
            display_installation_state: DisplayState::name(installation.status.display_state()),
            display_installation_status: installation.status.display_status(),
        };
        Self {
            schema_type: installation.schema_type,
            schema_version: installation.schema_version,
            id: installation.id,
            name: installation.name,
            namespace: installation.namespace,
            uninstalled: installation.uninstalled,
            bundle: installation.bundle,
            custom: installation.custom,
            labels: installation.labels,
            credential_sets: installation.credential_sets,
            parameters: BTreeMap::new(),
            parameter_sets: installation.parameter_sets,
            status: installation.status,
            calculated,
        }
    }

    /// As `show` prints it: with the overrides and the final values of the last run.
    #[must_use]
    pub fn with_parameters(
        mut self,
        overrides: BTreeMap<String, Json>,
        resolved: Vec<ValueView>,
    ) -> Self {
        self.parameters = overrides;
        self.calculated.resolved_parameters = Some(resolved);
        self
    }
}

/// A run as `runs list` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunView {
    /// ULID.
    pub id: String,
    /// Reference of the bundle.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bundle: String,
    /// Version of the bundle.
    pub version: String,
    /// The action.
    pub action: String,
    /// Final values by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Json>,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub stopped: Option<Timestamp>,
    /// How it stands; `lost` for one that died.
    pub status: String,
}

impl RunView {
    /// Of a run and its results in the order of the store.
    pub fn new(run: &Run, results: &[RunResult]) -> Self {
        let first = results.first();
        let last = results.last();
        Self {
            id: run.id.clone(),
            bundle: run.bundle_reference.clone(),
            version: run.bundle_version(),
            action: run.action.clone(),
            parameters: BTreeMap::new(),
            started: first.map_or(run.created, |result| result.created),
            stopped: last
                .filter(|result| result.status.is_final())
                .map(|result| result.created),
            status: last
                .map(|result| result.status.display_name().to_owned())
                .unwrap_or_default(),
        }
    }
}
