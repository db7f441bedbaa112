//! `porter copy`: a published bundle into another repository, byte for byte.
//!
//! Source: `cnab-runtime.md` §11 of the compatibility reference.

use porter_cnab::cancel::CancellationToken;
use porter_registry::{BundleReference, Registry};

use super::read::{Fetched, fetch};
use super::{TravelError, by_digest, copy_image, refuse_existing, registry};
use crate::Porter;
use crate::error::{Error, Usage};

/// What to copy, and where.
#[derive(Debug, Clone, Default)]
pub struct CopyRequest {
    /// `--source`.
    pub source: String,
    /// `--destination`.
    pub destination: String,
    /// Take the place of what is there.
    pub force: bool,
    /// Take registries without TLS.
    pub insecure_registry: bool,
}

impl Porter {
    /// Copies a published bundle: its digest stays what it is.
    ///
    /// # Errors
    /// When it is not there, something is there already, or a registry fails. Nothing of it can be
    /// seen under its tag then.
    pub async fn copy_bundle(
        &self,
        request: &CopyRequest,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let (from, to) = route(request)?;
        let registry = registry(request.insecure_registry)?;
        tracing::info!("Beginning bundle copy to {to}. This may take some time.");
        let work = async {
            if !request.force {
                refuse_existing(&registry, "Copy", &to).await?;
            }
            copy(&registry, &from, &to).await
        };
        tokio::select! {
            copied = work => Ok(copied?),
            () = cancel.cancelled() => Err(Error::Stopped("copying")),
        }
    }
}

fn route(request: &CopyRequest) -> Result<(BundleReference, BundleReference), Usage> {
    if request.destination.is_empty() {
        return Err(Usage::NoDestination);
    }
    let from: BundleReference = request.source.parse().map_err(Usage::Source)?;
    let to: BundleReference = request.destination.parse().map_err(Usage::Destination)?;
    if to.tag().is_some() {
        return Ok((from.with_default_tag(), to));
    }
    if from.digest().is_some() {
        return Err(Usage::UntaggedDestination);
    }
    let from = from.with_default_tag();
    let last = from.repository().rsplit('/').next().unwrap_or_default();
    let tag = from.tag().unwrap_or("latest");
    let text = format!("{}/{last}:{tag}", to.name());
    Ok((from, text.parse().map_err(Usage::Destination)?))
}

async fn copy(
    registry: &Registry,
    from: &BundleReference,
    to: &BundleReference,
) -> Result<(), TravelError> {
    let failed = |source| TravelError::BeforeCopy(Box::new(TravelError::Pull(Box::new(source))));
    let fetched: Fetched = fetch(registry, from).await.map_err(failed)?;
    let index = fetched.index.clone();
    fetched.check(from).map_err(failed)?;
    for entry in index.index()?.manifests {
        let one = by_digest(from, &entry.digest)?;
        let copied = copy_image(registry, &one, to).await;
        copied.map_err(|source| TravelError::Copy {
            image: one.to_string(),
            source: Box::new(source),
        })?;
    }
    registry.put_manifest(to, &index).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(source: &str, destination: &str) -> Result<String, String> {
        let request = CopyRequest {
            source: source.to_owned(),
            destination: destination.to_owned(),
            ..CopyRequest::default()
        };
        let route = route(&request).map_err(|error| error.to_string());
        route.map(|(_, to)| to.to_string())
    }

    #[test]
    fn destinations() {
        let digested = format!("r.io/a/b@sha256:{}", "0".repeat(64));
        for (source, destination, expected) in [
            ("r.io/a/b:v1", "s.io/c:v2", Ok("s.io/c:v2")),
            ("r.io/a/b:v1", "s.io/c", Ok("s.io/c/b:v1")),
            ("r.io/a/b", "s.io/c", Ok("s.io/c/b:latest")),
            (&digested, "s.io/c:v2", Ok("s.io/c:v2")),
            (
                &digested,
                "s.io/c",
                Err("--destination must be tagged reference when --source is digested reference"),
            ),
            ("r.io/a/b", "", Err("--destination is required")),
        ] {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(to(source, destination), expected, "{source} {destination}");
        }
    }
}
