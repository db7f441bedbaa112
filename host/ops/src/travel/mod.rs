//! Bundles on their way: how a bundle lies in a registry, read and written.
//!
//! Source: `cnab-runtime.md` §8 to §12 of the compatibility reference.

mod components;
mod copy;
mod error;
mod write;

use porter_registry::{BundleReference, Registry, RegistryOptions};

pub(crate) use components::copy_components;
pub(crate) use copy::copy_image;
pub use error::TravelError;
pub(crate) use write::{Parts, push_bundle};

/// Says what an entry of the index is.
pub(crate) const MANIFEST_TYPE: &str = "io.cnab.manifest.type";
/// Names a component.
pub(crate) const COMPONENT_NAME: &str = "io.cnab.component.name";

/// A client with the user's credentials.
pub(crate) fn registry(insecure: bool) -> Result<Registry, TravelError> {
    Ok(Registry::new(RegistryOptions::from_environment(insecure))?)
}

/// Something in the repository of a bundle, by digest.
pub(crate) fn by_digest(
    repository: &BundleReference,
    digest: &str,
) -> Result<BundleReference, TravelError> {
    Ok(repository.with_digest(digest)?)
}

/// Refuses to take the place of a bundle that is there, unless the user says so.
pub(crate) async fn refuse_existing(
    registry: &Registry,
    doing: &'static str,
    to: &BundleReference,
) -> Result<(), TravelError> {
    let reference = to.to_string();
    match registry.find_manifest(to).await {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(TravelError::Exists { doing, reference }),
        Err(source) => Err(TravelError::Detection {
            doing,
            reference,
            source: Box::new(source),
        }),
    }
}
