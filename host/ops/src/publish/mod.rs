//! `porter publish`: a bundle from source into a registry.
//!
//! Source: `build.md` §12 and `cnab-runtime.md` §8 and §10 of the compatibility reference.

mod image;
mod layers;
mod memory;
mod target;

use std::path::PathBuf;

use porter_cnab::bundle::Bundle;
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::BuildProgress;
use porter_registry::{BundleReference, Document, Registry};
use serde::Serialize;

use crate::Porter;
use crate::build::BuildRequest;
use crate::directory::CNAB;
use crate::error::Error;
use crate::travel::{self, Parts, TravelError};

/// What to publish, and where.
#[derive(Debug, Clone, Default)]
pub struct PublishRequest {
    /// The bundle.
    pub build: BuildRequest,
    /// Build it when its sources have changed.
    pub autobuild: bool,
    /// `--tag`.
    pub tag: Option<String>,
    /// `--registry`.
    pub registry: Option<String>,
    /// `--reference`.
    pub reference: Option<String>,
    /// Take the place of what is there.
    pub force: bool,
    /// Take a registry without TLS.
    pub insecure_registry: bool,
    /// An archive in place of a bundle from source.
    pub archive: Option<PathBuf>,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// The reference.
    pub reference: String,
    /// Digest of the index.
    pub digest: String,
    /// Size of the index in bytes.
    pub size: u64,
    /// The images, the one that runs first.
    pub images: Vec<PublishedImage>,
}

/// An image of a published bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishedImage {
    /// Name within the bundle; empty for the one that runs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where it is now.
    pub image: String,
    /// Digest of its manifest.
    pub digest: String,
    /// Media type of its manifest.
    pub media_type: String,
    /// Size of its manifest in bytes.
    pub size: u64,
}

impl Porter {
    /// Publishes a bundle from source, building it when that is necessary, or an archive.
    ///
    /// # Errors
    /// When it cannot be built, is there already, or a registry fails. Nothing of it can be seen
    /// under its tag then.
    pub async fn publish(
        &self,
        request: &PublishRequest,
        progress: &dyn BuildProgress,
        cancel: &CancellationToken,
    ) -> Result<Published, Error> {
        if let Some(path) = &request.archive {
            return self.publish_archive(request, path, cancel).await;
        }
        target::check(request)?;
        self.build_when_stale(&request.build, request.autobuild, progress, cancel)
            .await?;
        let to = self.target(request)?;
        let registry = travel::registry(request.insecure_registry)?;
        if !request.force {
            travel::refuse_existing(&registry, "Publish", &to).await?;
        }
        let work = self.push(request, &registry, &to, progress);
        tokio::select! {
            published = work => published,
            () = cancel.cancelled() => Err(Error::Stopped("publishing")),
        }
    }

    async fn push(
        &self,
        request: &PublishRequest,
        registry: &Registry,
        to: &BundleReference,
        progress: &dyn BuildProgress,
    ) -> Result<Published, Error> {
        let path = request
            .build
            .bundle_directory()
            .join(CNAB)
            .join("bundle.json");
        let document = std::fs::read_to_string(&path);
        let document = document.map_err(|source| Error::Read { path, source })?;
        let mut bundle = crate::source::read(&document)?;
        let parts = Parts {
            invocation: self
                .push_invocation(registry, to, &mut bundle, progress)
                .await?,
            components: travel::copy_components(registry, to, &mut bundle).await?,
        };
        tracing::info!("\nRewriting CNAB bundle.json...");
        let index = travel::push_bundle(registry, to, &bundle, &parts).await?;
        let digest = &index.descriptor.digest;
        tracing::info!("Bundle {to} pushed successfully, with digest \"{digest}\"");
        self.refresh(registry, to).await?;
        Ok(Published::new(to, &index, &parts))
    }

    /// Pushes the image that runs, and writes into the bundle where it is.
    async fn push_invocation(
        &self,
        registry: &Registry,
        to: &BundleReference,
        bundle: &mut Bundle,
        progress: &dyn BuildProgress,
    ) -> Result<porter_registry::Descriptor, Error> {
        let [image] = bundle.invocation_images.as_mut_slice() else {
            let text = "it has more than one bundle image".to_owned();
            return Err(TravelError::Bundle(text).into());
        };
        tracing::info!("Pushing bundle image...");
        let pushed = self
            .push_image(registry, to, &image.image, progress)
            .await?;
        image.image = travel::by_digest(to, &pushed.digest)?.to_string();
        image.content_digest.clone_from(&pushed.digest);
        image.media_type.clone_from(&pushed.media_type);
        image.size = Some(pushed.size);
        Ok(pushed)
    }
}

impl Published {
    pub(crate) fn new(to: &BundleReference, index: &Document, parts: &Parts) -> Self {
        Self {
            reference: to.to_string(),
            digest: index.descriptor.digest.clone(),
            size: index.descriptor.size,
            images: images(to, parts),
        }
    }
}

fn images(to: &BundleReference, parts: &Parts) -> Vec<PublishedImage> {
    let image = |name: &str, one: &porter_registry::Descriptor| PublishedImage {
        name: name.to_owned(),
        image: format!("{}@{}", to.name(), one.digest),
        digest: one.digest.clone(),
        media_type: one.media_type.clone(),
        size: one.size,
    };
    let components = parts.components.iter();
    let components = components.map(|(name, one)| image(name, one));
    std::iter::once(image("", &parts.invocation))
        .chain(components)
        .collect()
}
