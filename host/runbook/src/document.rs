//! The Runbook document: `/cnab/app/porter/runbook.json`.

use std::collections::BTreeMap;

use porter_cnab::spelling;
use serde::{Deserialize, Serialize};

use crate::{Json, Node};

/// Version of the format that this crate writes and the newest one that it reads.
pub const SCHEMA_VERSION: &str = "1.0.0";

/// The resolved, versioned form of a manifest's actions. Path in the image:
/// `/cnab/app/porter/runbook.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Runbook {
    /// [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// Name, version and description of the bundle.
    pub bundle: BundleInfo,
    /// The manifest's `custom` section.
    #[serde(default)]
    pub custom: Json,
    /// The mixins in use, by name.
    pub mixins: BTreeMap<String, MixinCode>,
    /// Declared parameters, by name, internal ones included.
    pub parameters: BTreeMap<String, Parameter>,
    /// Declared credentials, by name.
    pub credentials: BTreeMap<String, Credential>,
    /// Declared outputs, by name, without `porter-state`.
    pub outputs: BTreeMap<String, Output>,
    /// State variables, in order.
    pub state: Vec<StateVariable>,
    /// Aliases of the images section.
    #[serde(default)]
    pub images: Vec<String>,
    /// All actions in manifest order.
    pub actions: Vec<Action>,
}

impl Runbook {
    /// Reads a Runbook, its numbers as they are spelled.
    ///
    /// # Errors
    /// When the text is no JSON, or no Runbook.
    pub fn from_json(text: &[u8]) -> Result<Self, serde_json::Error> {
        let Some(marked) = spelling::marked(text) else {
            return serde_json::from_slice(text);
        };
        let mut runbook: Self = serde_json::from_slice(&marked)?;
        spelling::restore(&mut runbook.custom);
        for mixin in runbook.mixins.values_mut() {
            spelling::restore(&mut mixin.config);
        }
        let actions = runbook.actions.iter_mut();
        for step in actions.flat_map(|action| &mut action.steps) {
            step.data.restore_spelling();
        }
        Ok(runbook)
    }
}

/// What templates know of the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleInfo {
    /// Name.
    pub name: String,
    /// Version without leading `v`, may be empty.
    pub version: String,
    /// Description, may be empty.
    pub description: String,
}

/// One mixin of the bundle and its code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MixinCode {
    /// Version of the mixin.
    pub version: String,
    /// `pure`, `sealed` or `reader`.
    pub tier: String,
    /// `sha256:…` of `mixins/NAME.wasm`.
    pub digest: String,
    /// Per architecture (`amd64`), `sha256:…` of `mixins/NAME.ARCH.cwasm`.
    pub code: BTreeMap<String, String>,
    /// Configuration in the manifest, or `null`.
    #[serde(default)]
    pub config: Json,
    /// Environment variables that the mixin must know.
    #[serde(default)]
    pub environment: Vec<String>,
    /// Whether it was granted to see secrets in clear.
    #[serde(default)]
    pub sees_secrets: bool,
    /// Paths below the bundle directory that it asked to read and was granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<String>,
}

/// A parameter as the runtime needs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// `string`, `integer`, `number`, `boolean`, `object`, `array` or `file`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Environment variable that carries the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// Absolute path of the file that carries the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Actions it applies to; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apply_to: Vec<String>,
    /// Whether the value is masked and hidden from mixins.
    #[serde(default)]
    pub sensitive: bool,
    /// For wiring parameters (`porter-X-output`), the output whose earlier value they carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// A credential as the runtime needs it: always sensitive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// Environment variable that carries the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// Path as written in the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// A bundle output as the runtime needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// File of the bundle that is collected at the end of the run when no step made the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Actions it applies to; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apply_to: Vec<String>,
    /// Whether the value is masked and hidden from mixins.
    #[serde(default)]
    pub sensitive: bool,
}

/// A file that is kept from one run to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateVariable {
    /// Name of the entry in the archive.
    pub name: String,
    /// File, absolute or relative to `/cnab/app`.
    pub path: String,
}

/// The steps of one action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// Name of the action.
    pub name: String,
    /// Steps in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Name of the mixin.
    pub mixin: String,
    /// The value of the mixin key, `description` included.
    pub data: Node,
    /// Line of the step in the manifest, from 1.
    pub line: u32,
    /// Column of the step in the manifest, from 1.
    pub column: u32,
}
