//! What a mixin is asked, and what it says about itself and about the user's input.

use serde::{Deserialize, Serialize};

use crate::Json;

/// What a mixin says about itself: the same on every call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// JSON schema (draft-07) with `definitions` `installStep`, `upgradeStep`, `uninstallStep`
    /// and, where they exist, `invokeStep` and `config`.
    pub schema: Json,
    /// Names of the environment variables that `build` or `plan` must know.
    pub environment: Vec<String>,
    /// Whether `plan` must see secrets in clear. Refused unless the user grants it.
    pub sees_secrets: bool,
}

/// Input of `lint` and `build`: everything the manifest says to one mixin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildRequest {
    /// The mixin's configuration in the manifest, or `null`.
    pub config: Json,
    /// Every action of the bundle in manifest order, with this mixin's steps only.
    pub actions: Vec<ActionSteps>,
    /// `OS/ARCH[/VARIANT]` of each image to build.
    pub platforms: Vec<String>,
    /// Those of [`Description::environment`] that are set and that the user lets a build see.
    pub environment: Vec<(String, String)>,
}

/// The steps of one mixin in one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionSteps {
    /// Name of the action.
    pub action: String,
    /// The value of the mixin key of each step; templates are unresolved text.
    pub steps: Vec<Json>,
}

/// Input of `plan`: one step, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRequest {
    /// The mixin's configuration in the manifest, or `null`.
    pub config: Json,
    /// Name of the action.
    pub action: String,
    /// The value of the mixin key with templates resolved; secrets are placeholders, see
    /// [`crate::placeholder`].
    pub step: Json,
    /// Those of [`Description::environment`] that are set.
    pub environment: Vec<(String, String)>,
}

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Stops a build.
    Error,
    /// Shown only.
    Warning,
}

/// A place in the manifest. Pointers are JSON pointers (RFC 6901, `""` is the whole).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Inside the mixin's configuration.
    Config {
        /// JSON pointer below the configuration.
        pointer: String,
    },
    /// Inside a step.
    Step {
        /// Name of the action.
        action: String,
        /// Among this mixin's steps of the action, from 0. Always 0 in `plan`.
        index: u32,
        /// JSON pointer below the value of the mixin key.
        pointer: String,
    },
}

/// Something a mixin says about the user's input. Its texts are untrusted: show them escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// `NAME-NNN`, or `needs-value`.
    pub code: String,
    /// Short title.
    pub title: String,
    /// The whole text, possibly of several lines.
    pub message: String,
    /// What to do about it: a sentence, or an `https` address.
    pub hint: Option<String>,
    /// Where in the manifest.
    pub at: Place,
}
