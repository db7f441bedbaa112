//! What a build has made.

use std::path::PathBuf;

use serde::Serialize;

use super::{BuildRequest, Job};
use crate::directory::CNAB;
use crate::lock::LockedMixin;

/// What a build has made, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildOutcome {
    /// Name of the bundle.
    pub name: String,
    /// Version of the bundle.
    pub version: String,
    /// Whether everything was there already, so that nothing was done.
    pub up_to_date: bool,
    /// The bundle document.
    pub bundle: PathBuf,
    /// The Dockerfile.
    pub dockerfile: PathBuf,
    /// Digest of all that counts for whether a bundle is up to date, as in the bundle document.
    pub manifest_digest: String,
    /// The image.
    pub image: BuiltImage,
    /// The mixins, as they are in `porter.lock`.
    pub mixins: Vec<LockedMixin>,
}

/// The image of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BuiltImage {
    /// Its name in the engine.
    pub reference: String,
    /// Its identity in the engine; absent when no image was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl BuildOutcome {
    pub(super) fn new(
        job: &Job<'_>,
        request: &BuildRequest,
        manifest_digest: String,
        image: Option<String>,
    ) -> Self {
        let manifest = &job.sources.read.manifest;
        let cnab = request.bundle_directory().join(CNAB);
        Self {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            up_to_date: false,
            bundle: cnab.join("bundle.json"),
            dockerfile: cnab.join("Dockerfile"),
            manifest_digest,
            image: BuiltImage {
                reference: manifest.reference.installer_image(),
                id: image,
            },
            mixins: job.sources.locked.clone(),
        }
    }
}
