//! Results: how a run stands.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{RECORD_SCHEMA_VERSION, Run, Timestamp, new_ulid};
use crate::Json;

/// The status of a result, as CNAB names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultStatus {
    /// Not begun.
    Pending,
    /// Under way.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed,
    /// Stopped on request.
    Canceled,
    /// Nobody knows: the run was lost.
    Unknown,
}

impl ResultStatus {
    /// CNAB's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Unknown => "unknown",
        }
    }

    /// The word that people see: CNAB's, but `lost` for a run that died.
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Unknown => "lost",
            other => other.name(),
        }
    }

    /// Whether the run is over.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

impl fmt::Display for ResultStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ResultStatus {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "pending" => Ok(Self::Pending),
            "running" => Ok(Self::Running),
            "succeeded" => Ok(Self::Succeeded),
            "failed" => Ok(Self::Failed),
            "canceled" => Ok(Self::Canceled),
            "unknown" => Ok(Self::Unknown),
            _ => Err(()),
        }
    }
}

/// What is noted of an output beside its value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputMetadata {
    /// `sha256:` and the digest of the content; empty for an empty output.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content_digest: String,
    /// `true` when the bundle defines the output, else `false`: CNAB wants text.
    #[serde(default)]
    pub generated_by_bundle: String,
}

/// How a run stood at some time. A recorded run has two: `running`, and the final one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunResult {
    /// ULID.
    #[serde(rename = "_id")]
    pub id: String,
    /// Version of the format.
    pub schema_version: String,
    /// When it was made.
    pub created: Timestamp,
    /// Namespace of the installation.
    pub namespace: String,
    /// Name of the installation.
    pub installation: String,
    /// The run.
    pub run_id: String,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// How the run stood.
    pub status: ResultStatus,
    /// Metadata of its outputs; Porter stores `null` where there are none.
    #[serde(default, with = "super::null_when_empty")]
    pub outputs: BTreeMap<String, OutputMetadata>,
    /// Room for others.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub custom: Json,
}

impl RunResult {
    /// A result of `run`, made just now.
    pub fn new(run: &Run, status: ResultStatus) -> Self {
        Self {
            id: new_ulid(),
            schema_version: RECORD_SCHEMA_VERSION.into(),
            created: Timestamp::now(),
            namespace: run.namespace.clone(),
            installation: run.installation.clone(),
            run_id: run.id.clone(),
            message: String::new(),
            status,
            outputs: BTreeMap::new(),
            custom: Json::Null,
        }
    }
}

/// A status that is the empty text where there is none, as Porter stores it.
pub(super) mod empty_when_none {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use super::ResultStatus;

    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "serde's `with` hands over a reference to the field"
    )]
    pub(crate) fn serialize<S: Serializer>(
        status: &Option<ResultStatus>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(status.map_or("", ResultStatus::name))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<ResultStatus>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|()| de::Error::custom("unknown status of a result"))
    }
}
