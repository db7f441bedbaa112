//! Images from one repository to another: manifests as they are, indexes with all platforms.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use porter_mixin::escape::escape;
use porter_registry::media;
use porter_registry::{BundleReference, Descriptor, Document, Registry};

use super::{TravelError, by_digest};

/// How many layers are on their way at once.
const AT_ONCE: usize = 4;
/// How deep indexes are followed.
const MAX_DEPTH: u32 = 2;

/// Copies an image into another repository, by digest.
pub(crate) async fn copy_image(
    registry: &Registry,
    from: &BundleReference,
    to: &BundleReference,
) -> Result<Descriptor, TravelError> {
    let document = registry.manifest(from).await?;
    copy_document(registry, &document, from, to, 0).await?;
    Ok(document.descriptor)
}

/// Copies what a manifest or an index names, and then itself: nothing is there that lacks a part.
pub(crate) async fn copy_document(
    registry: &Registry,
    document: &Document,
    from: &BundleReference,
    to: &BundleReference,
    depth: u32,
) -> Result<(), TravelError> {
    let target = by_digest(to, &document.descriptor.digest)?;
    if registry.find_manifest(&target).await?.is_some() {
        return Ok(());
    }
    let media_type = document.descriptor.media_type.as_str();
    if media::is_index(media_type) {
        if depth >= MAX_DEPTH {
            return Err(TravelError::TooDeep(from.to_string()));
        }
        for entry in document.index()?.manifests {
            let one = by_digest(from, &entry.digest)?;
            let inner = registry.manifest(&one).await?;
            Box::pin(copy_document(registry, &inner, &one, to, depth + 1)).await?;
        }
    } else if media::is_manifest(media_type) {
        copy_blobs(registry, document, from, to).await?;
    } else {
        return Err(TravelError::NoImageType {
            reference: from.to_string(),
            media_type: escape(media_type),
        });
    }
    registry.put_manifest(&target, document).await?;
    Ok(())
}

async fn copy_blobs(
    registry: &Registry,
    document: &Document,
    from: &BundleReference,
    to: &BundleReference,
) -> Result<(), TravelError> {
    let manifest = document.manifest()?;
    let blobs = manifest.layers.into_iter().flatten();
    let blobs = blobs.chain([manifest.config]);
    let copies = stream::iter(blobs.filter(is_own))
        .map(|blob| async move { registry.copy_blob(from, to, &blob).await });
    copies
        .buffer_unordered(AT_ONCE)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    Ok(())
}

/// Layers that may not be passed on stay where their addresses say.
pub(super) fn is_own(blob: &Descriptor) -> bool {
    let name = &blob.media_type;
    !name.contains("nondistributable") && !name.contains("foreign")
}
