//! Manifests and indexes: bounded in, and as bytes out, because their digest is that of the bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::client::RegistryError;
use crate::media;

/// Largest manifest or index that is taken.
pub const MAX_MANIFEST: u64 = 4 * 1024 * 1024;
/// Most entries of an index, and most layers of a manifest.
const MAX_ENTRIES: usize = 1_000;
/// Largest blob that anything may claim to be: what a 64-bit signed size of other tools holds.
const MAX_SIZE: u64 = i64::MAX as u64;

/// What one document says of another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Media type.
    pub media_type: String,
    /// `sha256:…`.
    pub digest: String,
    /// In bytes.
    pub size: u64,
    /// What else is said of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Descriptor {
    /// Describes these bytes.
    #[must_use]
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: digest(bytes),
            size: bytes.len() as u64,
            annotations: BTreeMap::new(),
        }
    }

    /// An annotation; empty without it.
    #[must_use]
    pub fn annotation(&self, name: &str) -> &str {
        self.annotations.get(name).map_or("", String::as_str)
    }
}

/// A manifest: one image or artifact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// What it is configured with.
    pub config: Descriptor,
    /// What it is made of; other tools write `null` for nothing.
    #[serde(default)]
    pub layers: Option<Vec<Descriptor>>,
}

/// An index: several manifests.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// The manifests.
    #[serde(default)]
    pub manifests: Vec<Descriptor>,
    /// What is said of all.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// A manifest or an index as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Media type, digest and size.
    pub descriptor: Descriptor,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Document {
    /// A document of one's own.
    #[must_use]
    pub fn new(media_type: &str, bytes: Vec<u8>) -> Self {
        Self {
            descriptor: Descriptor::of(media_type, &bytes),
            bytes,
        }
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// When it is none, or one with more or other content than an honest one has.
    pub fn manifest(&self) -> Result<Manifest, RegistryError> {
        let manifest: Manifest = self.read()?;
        let layers = manifest.layers.as_deref().unwrap_or_default();
        self.check(layers)?;
        self.check(std::slice::from_ref(&manifest.config))?;
        Ok(manifest)
    }

    /// Reads an index.
    ///
    /// # Errors
    /// When it is none, or one with more or other content than an honest one has.
    pub fn index(&self) -> Result<Index, RegistryError> {
        let index: Index = self.read()?;
        self.check(&index.manifests)?;
        Ok(index)
    }

    fn read<'de, T: Deserialize<'de>>(&'de self) -> Result<T, RegistryError> {
        serde_json::from_slice(&self.bytes).map_err(|source| RegistryError::Document {
            digest: self.descriptor.digest.clone(),
            source,
        })
    }

    fn check(&self, entries: &[Descriptor]) -> Result<(), RegistryError> {
        let wrong = |what: String| RegistryError::Content {
            digest: self.descriptor.digest.clone(),
            what,
        };
        if entries.len() > MAX_ENTRIES {
            let count = entries.len();
            return Err(wrong(format!(
                "it has {count} entries, the limit is {MAX_ENTRIES}"
            )));
        }
        for entry in entries {
            if !is_digest(&entry.digest) {
                return Err(wrong(
                    "it names something by what is no sha256 digest".into(),
                ));
            }
            if entry.size > MAX_SIZE {
                return Err(wrong("it names something of an impossible size".into()));
            }
        }
        Ok(())
    }
}

/// The manifest of an image, as Docker writes it.
///
/// # Errors
/// Only when it cannot be spelled in JSON at all.
pub fn docker_manifest(
    config: &Descriptor,
    layers: &[Descriptor],
) -> Result<Document, serde_json::Error> {
    manifest(
        media::DOCKER_MANIFEST,
        config,
        Some(layers),
        &BTreeMap::new(),
    )
}

/// A manifest of this media type; Porter writes no `mediaType` and null layers into the manifest of
/// a `bundle.json`, so `None` stands for both.
///
/// # Errors
/// Only when it cannot be spelled in JSON at all.
pub fn manifest(
    media_type: &str,
    config: &Descriptor,
    layers: Option<&[Descriptor]>,
    annotations: &BTreeMap<String, String>,
) -> Result<Document, serde_json::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Written<'a> {
        schema_version: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        media_type: Option<&'a str>,
        config: &'a Descriptor,
        layers: Option<&'a [Descriptor]>,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        annotations: &'a BTreeMap<String, String>,
    }
    let written = Written {
        schema_version: 2,
        media_type: layers.map(|_| media_type),
        config,
        layers,
        annotations,
    };
    Ok(Document::new(media_type, serde_json::to_vec(&written)?))
}

/// An index of this media type. As Porter's it does not name the type inside, unless it is Docker's,
/// which must.
///
/// # Errors
/// Only when it cannot be spelled in JSON at all.
pub fn index(
    media_type: &str,
    manifests: &[Descriptor],
    annotations: &BTreeMap<String, String>,
) -> Result<Document, serde_json::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Written<'a> {
        schema_version: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        media_type: Option<&'a str>,
        manifests: &'a [Descriptor],
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        annotations: &'a BTreeMap<String, String>,
    }
    let written = Written {
        schema_version: 2,
        media_type: Some(media_type).filter(|name| *name != media::OCI_INDEX),
        manifests,
        annotations,
    };
    Ok(Document::new(media_type, serde_json::to_vec(&written)?))
}

/// `sha256:…` of bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

/// Whether a text is a digest that can be checked here.
#[must_use]
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}
