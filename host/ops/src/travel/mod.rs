//! Bundles on their way: how a bundle lies in a registry, read and written.
//!
//! Source: `cnab-runtime.md` §8 to §12 of the compatibility reference.

mod archive;
mod cache;
mod components;
mod copy;
mod error;
mod origin;
mod pull;
mod read;
mod relocate;
mod write;

use porter_docker::driver::RegistryCredentials;
use porter_registry::{BundleReference, Registry, RegistryOptions};

pub use archive::ArchiveRequest;
pub(crate) use components::copy_components;
pub(crate) use copy::copy_image;
pub use error::TravelError;
pub(crate) use origin::{Origin, track};
pub use pull::PullOptions;
pub(crate) use read::Pulled;
pub use relocate::CopyRequest;
pub(crate) use write::{Parts, push_bundle};

/// Says what an entry of the index is.
pub(crate) const MANIFEST_TYPE: &str = "io.cnab.manifest.type";
/// Names a component.
pub(crate) const COMPONENT_NAME: &str = "io.cnab.component.name";

/// A client with the user's credentials.
pub(crate) fn registry(insecure: bool) -> Result<Registry, TravelError> {
    Ok(Registry::new(RegistryOptions::from_environment(insecure))?)
}

/// What the engine tells the registry of a bundle when it pulls its image.
pub(crate) async fn credentials(
    of: &BundleReference,
) -> Result<Option<RegistryCredentials>, TravelError> {
    let Some(login) = registry(false)?.login(of).await? else {
        return Ok(None);
    };
    let is_token = login.is_identity_token();
    Ok(Some(RegistryCredentials {
        server: of.registry().to_owned(),
        username: (!is_token).then_some(login.username),
        password: (!is_token).then(|| login.secret.clone()),
        identity_token: is_token.then_some(login.secret),
    }))
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
