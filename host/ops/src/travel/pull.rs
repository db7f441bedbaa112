//! Bundles by reference: from the cache, or from their registry.

use porter_registry::{BundleReference, Registry};

use super::cache::Cache;
use super::read::{Pulled, fetch};
use super::{TravelError, registry};
use crate::Porter;
use crate::error::{Error, Usage};

/// How a bundle is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PullOptions {
    /// Pull it even when it is in the cache.
    pub force: bool,
    /// Take a registry without TLS.
    pub insecure_registry: bool,
}

impl Porter {
    /// The bundle of a reference that a user gave.
    pub(crate) async fn pull(&self, text: &str, options: PullOptions) -> Result<Pulled, Error> {
        let reference: BundleReference = text.parse().map_err(Usage::Reference)?;
        self.pull_reference(&reference, options).await
    }

    /// The bundle of a reference. A version without `v` means the tag with it, where there is one.
    pub(crate) async fn pull_reference(
        &self,
        reference: &BundleReference,
        options: PullOptions,
    ) -> Result<Pulled, Error> {
        let cache = Cache::new(self.home()?);
        let reference = reference.clone().with_default_tag();
        let with_v = reference.with_missing_v();
        if with_v.is_some()
            && !options.force
            && let Some(found) = cache.find(&reference)
        {
            return Ok(found);
        }
        let registry = registry(options.insecure_registry)?;
        if let Some(with_v) = with_v {
            match one(&registry, &cache, &with_v, options).await {
                Ok(pulled) => {
                    tracing::warn!(
                        "using reference \"{with_v}\" instead of \"{reference}\" because missing \
                         v-prefix on tag"
                    );
                    return Ok(pulled);
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(one(&registry, &cache, &reference, options).await?)
    }
}

impl Porter {
    /// Pulls a bundle again that was just written, where an older one of its reference is kept.
    pub(crate) async fn refresh(
        &self,
        registry: &Registry,
        reference: &BundleReference,
    ) -> Result<(), Error> {
        let cache = Cache::new(self.home()?);
        if cache.has(reference) {
            let options = PullOptions {
                force: true,
                ..PullOptions::default()
            };
            one(registry, &cache, reference, options).await?;
        }
        Ok(())
    }
}

async fn one(
    registry: &Registry,
    cache: &Cache,
    reference: &BundleReference,
    options: PullOptions,
) -> Result<Pulled, TravelError> {
    if !options.force
        && let Some(found) = cache.find(reference)
    {
        return Ok(found);
    }
    let failed = |source: TravelError| match source {
        TravelError::NoBundle(_) => source,
        other => TravelError::Pull(Box::new(other)),
    };
    let fetched = fetch(registry, reference).await.map_err(failed)?;
    let pulled = fetched.clone().check(reference).map_err(failed)?;
    cache.keep(&fetched, &pulled)?;
    Ok(pulled)
}
