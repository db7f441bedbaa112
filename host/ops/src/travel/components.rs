//! The images that a bundle uses, into the bundle's repository.

use std::collections::BTreeMap;

use porter_cnab::bundle::{Bundle, Image};
use porter_mixin::escape::escape;
use porter_registry::{BundleReference, Descriptor, Registry};

use super::{TravelError, copy_image};

/// Copies the images that a bundle uses, and writes into the bundle what they are.
pub(crate) async fn copy_components(
    registry: &Registry,
    to: &BundleReference,
    bundle: &mut Bundle,
) -> Result<BTreeMap<String, Descriptor>, TravelError> {
    let mut components = BTreeMap::new();
    for (name, image) in &mut bundle.images {
        let shown = escape(&image.image);
        tracing::info!("Starting to copy image {shown}...");
        let copied = copy_component(registry, to, image).await;
        let copied = copied.map_err(|source| TravelError::Copy {
            image: shown.clone(),
            source: Box::new(source),
        })?;
        tracing::info!("Completed image {shown} copy");
        components.insert(name.clone(), copied);
    }
    Ok(components)
}

async fn copy_component(
    registry: &Registry,
    to: &BundleReference,
    image: &mut Image,
) -> Result<Descriptor, TravelError> {
    let written: BundleReference = image.image.parse()?;
    let from = match image.content_digest.as_str() {
        "" => written.with_default_tag(),
        digest => written.with_digest(digest)?,
    };
    let copied = copy_image(registry, &from, to).await?;
    image.image = from.with_digest(&copied.digest)?.to_string();
    image.content_digest.clone_from(&copied.digest);
    image.media_type.clone_from(&copied.media_type);
    image.size = Some(copied.size);
    Ok(copied)
}
