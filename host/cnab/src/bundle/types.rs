//! The types of `bundle.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::{BundleError, INTERNAL_COMMENT};
use crate::Json;

/// The CNAB document that describes a bundle.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    /// Version of the format.
    pub schema_version: String,
    /// Name of the bundle.
    pub name: String,
    /// Version of the bundle, may be empty.
    #[serde(default, deserialize_with = "or_default")]
    pub version: String,
    /// Description of the bundle, may be empty.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    /// Keywords.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub keywords: Vec<String>,
    /// Licence.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub license: String,
    /// Who maintains it.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub maintainers: Vec<Maintainer>,
    /// The images that can be run; Porter writes one.
    pub invocation_images: Vec<InvocationImage>,
    /// Images that the bundle uses, by alias.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub images: BTreeMap<String, Image>,
    /// Actions besides install, upgrade and uninstall.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub actions: BTreeMap<String, Action>,
    /// Parameters, by name.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub parameters: BTreeMap<String, Parameter>,
    /// Credentials, by name.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub credentials: BTreeMap<String, Credential>,
    /// Outputs, by name.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub outputs: BTreeMap<String, Output>,
    /// JSON schemas that parameters and outputs name.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub definitions: BTreeMap<String, Json>,
    /// Extensions without which the bundle cannot be run, in order.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub required_extensions: Vec<String>,
    /// Extensions and the author's own data.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub custom: BTreeMap<String, Json>,
    /// Members of the document that this version does not know, kept as they are.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, Json>,
}

/// A maintainer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Maintainer {
    /// Name, may be empty.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Mail address.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub email: String,
    /// Web address.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub url: String,
}

/// An image that can be run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvocationImage {
    /// Reference.
    pub image: String,
    /// `docker` or `oci`.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub image_type: String,
    /// Digest of the image's manifest.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub content_digest: String,
    /// Media type of the image's manifest.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub media_type: String,
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Labels.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub labels: BTreeMap<String, String>,
}

/// An image that the bundle uses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Description, may be empty.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    /// Reference.
    pub image: String,
    /// `docker` or `oci`.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub image_type: String,
    /// Digest of the image's manifest.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub content_digest: String,
    /// Media type of the image's manifest.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub media_type: String,
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Labels.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub labels: BTreeMap<String, String>,
}

/// An action of the bundle's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Action {
    /// Whether it changes what is installed.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "is_false"
    )]
    pub modifies: bool,
    /// Whether it can run without an installation.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "is_false"
    )]
    pub stateless: bool,
    /// Description.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub description: String,
}

/// Where a value is put in the container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Destination {
    /// Environment variable.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub env: String,
    /// Absolute path of a file.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub path: String,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// Name of its JSON schema in [`Bundle::definitions`].
    #[serde(default, deserialize_with = "or_default")]
    pub definition: String,
    /// Description.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub description: String,
    /// Where the value is put; absent in some bundles of other tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Destination>,
    /// Whether a value must be given.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "is_false"
    )]
    pub required: bool,
    /// Actions it applies to; empty means all.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub apply_to: Vec<String>,
}

/// A credential.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// Description.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub description: String,
    /// Where the value is put.
    #[serde(flatten)]
    pub destination: Destination,
    /// Whether a value must be given.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "is_false"
    )]
    pub required: bool,
    /// Actions it applies to; empty means all.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub apply_to: Vec<String>,
}

/// An output.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Name of its JSON schema in [`Bundle::definitions`].
    #[serde(default, deserialize_with = "or_default")]
    pub definition: String,
    /// Description.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub description: String,
    /// File in the container, below `/cnab/app/outputs`.
    #[serde(default, deserialize_with = "or_default")]
    pub path: String,
    /// Actions it applies to; empty means all.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub apply_to: Vec<String>,
}

impl Bundle {
    /// What is known of an action: install, upgrade and uninstall always exist.
    ///
    /// # Errors
    /// When it is neither one of these nor one of the bundle's own.
    pub fn action(&self, name: &str) -> Result<Action, BundleError> {
        if let Some(action) = self.actions.get(name) {
            return Ok(action.clone());
        }
        if matches!(name, "install" | "upgrade" | "uninstall") {
            return Ok(Action {
                modifies: true,
                ..Action::default()
            });
        }
        Err(BundleError::UnknownAction {
            bundle: self.name.clone(),
            action: name.to_owned(),
        })
    }

    /// The JSON schema of a parameter or output.
    #[must_use]
    pub fn definition(&self, name: &str) -> Option<&Json> {
        self.definitions.get(name)
    }

    /// Whether Porter made this definition for itself, so that users do not see what has it.
    #[must_use]
    pub fn is_internal(&self, definition: &str) -> bool {
        self.definition(definition)
            .and_then(|schema| schema.get("$comment"))
            .is_some_and(|comment| comment.as_str() == Some(INTERNAL_COMMENT))
    }

    /// Whether values of this definition are sensitive (`writeOnly`).
    #[must_use]
    pub fn is_sensitive(&self, definition: &str) -> bool {
        self.definition(definition)
            .and_then(|schema| schema.get("writeOnly"))
            .is_some_and(|sensitive| sensitive.as_bool() == Some(true))
    }

    /// Whether values of this definition are contents of files in base64.
    #[must_use]
    pub fn is_file(&self, definition: &str) -> bool {
        self.definition(definition)
            .is_some_and(crate::parameter::is_file)
    }
}

/// Whether something with these `applyTo` applies to an action.
#[must_use]
pub fn applies_to(apply_to: &[String], action: &str) -> bool {
    apply_to.is_empty() || apply_to.iter().any(|name| name == action)
}

impl Parameter {
    /// Whether it applies to this action.
    #[must_use]
    pub fn applies_to(&self, action: &str) -> bool {
        applies_to(&self.apply_to, action)
    }
}

impl Credential {
    /// Whether it applies to this action.
    #[must_use]
    pub fn applies_to(&self, action: &str) -> bool {
        applies_to(&self.apply_to, action)
    }
}

impl Output {
    /// Whether it applies to this action.
    #[must_use]
    pub fn applies_to(&self, action: &str) -> bool {
        applies_to(&self.apply_to, action)
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Reads `null` as the default: tools write it for empty lists, maps and texts.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
