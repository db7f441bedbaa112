//! What belongs to an image: its documents, and the blobs that they name.

use std::collections::BTreeMap;

use porter_mixin::escape::escape;
use porter_registry::{Descriptor, Document, media};

use super::super::TravelError;
use super::super::copy::is_own;

/// How deep indexes are followed.
const MAX_DEPTH: u32 = 2;

/// Documents and blobs of some images, each once.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Manifests and indexes, those first that others name.
    pub(super) documents: Vec<Document>,
    /// What the manifests name, by digest.
    pub(super) blobs: BTreeMap<String, Descriptor>,
}

/// Where documents come from.
pub(super) trait Documents {
    /// A manifest or an index.
    async fn get(&self, wanted: &Descriptor) -> Result<Document, TravelError>;
}

impl Content {
    /// Adds an image with everything that it names.
    pub(super) async fn add(
        &mut self,
        from: &impl Documents,
        image: &Descriptor,
        depth: u32,
    ) -> Result<(), TravelError> {
        let is_known = |one: &Document| one.descriptor.digest == image.digest;
        if self.documents.iter().any(is_known) {
            return Ok(());
        }
        let document = from.get(image).await?;
        let media_type = document.descriptor.media_type.clone();
        if media::is_index(&media_type) {
            if depth >= MAX_DEPTH {
                return Err(TravelError::TooDeep(image.digest.clone()));
            }
            for entry in document.index()?.manifests {
                Box::pin(self.add(from, &entry, depth + 1)).await?;
            }
        } else if media::is_manifest(&media_type) {
            let manifest = document.manifest()?;
            let blobs = manifest.layers.into_iter().flatten();
            for blob in blobs.chain([manifest.config]).filter(is_own) {
                self.blobs.insert(blob.digest.clone(), blob);
            }
        } else {
            return Err(TravelError::NoImageType {
                reference: image.digest.clone(),
                media_type: escape(&media_type),
            });
        }
        self.documents.push(document);
        Ok(())
    }
}
