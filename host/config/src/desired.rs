//! Installations as files: what somebody wants to be there.

use std::collections::BTreeMap;
use std::path::Path;

use porter_cnab::records::{BundleSource, RECORD_SCHEMA_VERSION};
use porter_cnab::{Json, Sensitive};
use serde::Deserialize;

use crate::documents::{Document, Kind, Raw, load, value_text};
use crate::error::ConfigError;
use crate::schema::SchemaCheck;

/// An installation as its user wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DesiredInstallation {
    /// Name.
    pub name: String,
    /// Namespace; empty for the global one.
    pub namespace: String,
    /// Gone.
    pub uninstalled: bool,
    /// The bundle; empty when the file names none.
    pub bundle: BundleSource,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Names of credential sets, the last one wins.
    pub credential_sets: Vec<String>,
    /// Names of parameter sets, the last one wins.
    pub parameter_sets: Vec<String>,
    /// Values of parameters, as text; any of them may be sensitive.
    pub parameters: BTreeMap<String, Sensitive<String>>,
}

const INSTALLATION: Kind = Kind {
    words: "installation",
    schema_type: "Installation",
    versions: &[RECORD_SCHEMA_VERSION],
};

/// As written. Unknown members are ignored, as in Porter; `id` and `status` are among them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a document with members")]
struct RawInstallation {
    schema_type: Option<String>,
    schema_version: Option<String>,
    namespace: Option<Json>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    uninstalled: bool,
    #[serde(default)]
    bundle: BundleSource,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    credential_sets: Vec<String>,
    #[serde(default)]
    parameter_sets: Vec<String>,
    #[serde(default)]
    parameters: BTreeMap<String, Json>,
}

impl Raw for RawInstallation {
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

/// Reads an installation.
///
/// # Errors
/// When the file cannot be read or is no installation.
pub fn load_installation(
    path: &Path,
    check: SchemaCheck,
) -> Result<Document<DesiredInstallation>, ConfigError> {
    let (raw, warning) = load::<RawInstallation>(path, &INSTALLATION, check)?;
    let has_namespace = raw.namespace.is_some();
    let parameters = raw.parameters.clone().into_iter();
    let value = DesiredInstallation {
        namespace: INSTALLATION.namespace(path, &raw)?,
        name: raw.name,
        uninstalled: raw.uninstalled,
        bundle: raw.bundle,
        labels: raw.labels,
        credential_sets: raw.credential_sets,
        parameter_sets: raw.parameter_sets,
        parameters: parameters
            .map(|(name, value)| (name, Sensitive::new(value_text(value))))
            .collect(),
    };
    Ok(Document {
        value,
        has_namespace,
        warning,
    })
}
