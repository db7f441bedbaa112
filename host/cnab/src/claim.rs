//! The claim: the CNAB document about a run that the bundle finds at `/cnab/claim.json`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::Json;
use crate::records::{OutputMetadata, ResultStatus, Run, RunResult, Timestamp, qualified_name};

/// Version of the claim format, also in `CNAB_CLAIMS_VERSION`.
pub const CLAIM_SCHEMA_VERSION: &str = "1.0.0-DRAFT+b5ed2f3";

/// A run as CNAB tells it to the bundle. It holds the values of the parameters, sensitive ones
/// included: it goes into the container and nowhere else, and hides itself in `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Version of the format.
    pub schema_version: String,
    /// ULID of the run.
    pub id: String,
    /// `NAMESPACE/NAME`.
    pub installation: String,
    /// ULID of the revision.
    pub revision: String,
    /// When the run was made.
    pub created: Timestamp,
    /// The action.
    pub action: String,
    /// `bundle.json`.
    pub bundle: Json,
    /// Reference of the bundle.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bundle_reference: String,
    /// Typed values by name.
    pub parameters: BTreeMap<String, Json>,
    /// Room for others.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub custom: Json,
}

impl Claim {
    /// The claim of `run` with these values.
    ///
    /// # Errors
    /// When the bundle of the run is no JSON.
    pub fn new(run: &Run, parameters: BTreeMap<String, Json>) -> Result<Self, serde_json::Error> {
        Ok(Self {
            schema_version: CLAIM_SCHEMA_VERSION.into(),
            id: run.id.clone(),
            installation: qualified_name(&run.namespace, &run.installation),
            revision: run.revision.clone(),
            created: run.created,
            action: run.action.clone(),
            bundle: serde_json::from_str(&run.bundle)?,
            bundle_reference: run.bundle_reference.clone(),
            parameters,
            custom: run.custom.clone(),
        })
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("id", &self.id)
            .field("installation", &self.installation)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

/// A result as CNAB writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimResult {
    /// ULID.
    pub id: String,
    /// The claim.
    pub claim_id: String,
    /// When it was made.
    pub created: Timestamp,
    /// How the run stood.
    pub status: ResultStatus,
    /// What went wrong.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Metadata of its outputs.
    pub outputs: BTreeMap<String, OutputMetadata>,
    /// Room for others.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub custom: Json,
}

impl From<&RunResult> for ClaimResult {
    fn from(result: &RunResult) -> Self {
        Self {
            id: result.id.clone(),
            claim_id: result.run_id.clone(),
            created: result.created,
            status: result.status,
            message: result.message.clone(),
            outputs: result.outputs.clone(),
            custom: result.custom.clone(),
        }
    }
}
