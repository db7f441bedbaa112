//! The image of a bundle out of the engine and into a registry, layer by layer; what is there already
//! is not sent, and an image that did not change is not even read.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use porter_cnab::ports::{BuildEvent, BuildProgress};
use porter_docker::{DockerEngine, ImageContent};
use porter_registry::client::BlobSource;
use porter_registry::{BundleReference, Descriptor, Registry, document, media};
use tokio::sync::mpsc;

use super::layers::{self, Image, Layer};
use super::memory::Memory;
use crate::Porter;
use crate::error::Error;
use crate::travel::{TravelError, by_digest};

/// How many layers are on their way at once.
const AT_ONCE: usize = 4;

impl Porter {
    /// Pushes an image of the engine into a repository, by digest.
    pub(super) async fn push_image(
        &self,
        registry: &Registry,
        to: &BundleReference,
        image: &str,
        progress: &dyn BuildProgress,
    ) -> Result<Descriptor, Error> {
        let engine = self.engine().await?;
        let content = engine.image_content(image).await?;
        let content = content.ok_or_else(|| TravelError::NoImage(image.to_owned()))?;
        let push = Push {
            registry,
            to,
            image,
            progress,
            memory: Memory::new(self.home()?),
        };
        if let Some(pushed) = push.unchanged(&content).await? {
            return Ok(pushed);
        }
        push.whole(&engine, &content).await
    }
}

/// One image on its way.
struct Push<'a> {
    registry: &'a Registry,
    to: &'a BundleReference,
    image: &'a str,
    progress: &'a dyn BuildProgress,
    memory: Memory,
}

impl Push<'_> {
    /// Pushes what is known of an image whose layers the registry has.
    async fn unchanged(&self, content: &ImageContent) -> Result<Option<Descriptor>, Error> {
        let Some(known) = self.memory.image(&content.id) else {
            return Ok(None);
        };
        if known.layers.len() != content.layers.len() {
            return Ok(None);
        }
        let wanted: HashSet<&str> = known.layers.iter().map(|one| &*one.digest).collect();
        if self.present(wanted.iter().copied()).await?.len() != wanted.len() {
            return Ok(None);
        }
        let config = known.config.into_bytes();
        self.finish(config, &known.layers).await.map(Some)
    }

    /// Those of some blobs that the repository has.
    async fn present<'d>(
        &self,
        digests: impl Iterator<Item = &'d str>,
    ) -> Result<HashSet<&'d str>, TravelError> {
        let asked = stream::iter(digests).map(|digest| async move {
            let has = self.registry.has_blob(self.to, digest).await?;
            Ok::<_, TravelError>(has.then_some(digest))
        });
        let found: Vec<_> = asked.buffer_unordered(2 * AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn whole(
        &self,
        engine: &DockerEngine,
        content: &ImageContent,
    ) -> Result<Descriptor, Error> {
        let known: HashMap<&str, Descriptor> = content
            .layers
            .iter()
            .filter_map(|diff| Some((diff.as_str(), self.memory.layer(diff)?)))
            .collect();
        let present = self.present(known.values().map(|one| &*one.digest)).await?;
        let is_there = |diff: &&String| {
            let layer = known.get(diff.as_str());
            layer.is_some_and(|layer| present.contains(layer.digest.as_str()))
        };
        let skipped: HashSet<String> = content.layers.iter().filter(is_there).cloned().collect();
        let folder = tempfile::tempdir().map_err(|source| TravelError::File {
            path: std::env::temp_dir(),
            source,
        })?;
        let (image, pushed) = self.stream(engine, folder.path(), skipped).await?;
        let mut layers = Vec::new();
        for (name, diff) in &image.layers {
            let layer = pushed.get(name).or(known.get(diff.as_str()));
            let layer = layer.ok_or_else(|| self.wrong("a layer is missing"))?;
            self.memory.keep_layer(diff, layer);
            layers.push(layer.clone());
        }
        if let Ok(config) = std::str::from_utf8(&image.config) {
            self.memory.keep_image(&content.id, config, &layers);
        }
        self.finish(image.config, &layers).await
    }

    /// Takes the image out of the engine, compresses its layers and pushes them, all at once.
    async fn stream(
        &self,
        engine: &DockerEngine,
        folder: &Path,
        skipped: HashSet<String>,
    ) -> Result<(Image, HashMap<String, Descriptor>), Error> {
        let (ready, finished) = mpsc::channel(1);
        let place = folder.to_path_buf();
        let take = move |archive| layers::unpack(archive, &place, &skipped, &ready);
        let exported = engine.export(self.image, take);
        let (exported, pushed) = tokio::join!(exported, self.push_layers(finished));
        let image = exported?;
        let pushed = pushed?;
        let image = image.map_err(|error| self.wrong(&error.to_string()))?;
        let image = image.map_err(|error| self.wrong(&error.to_string()))?;
        Ok((image, pushed))
    }

    async fn push_layers(
        &self,
        finished: mpsc::Receiver<Layer>,
    ) -> Result<HashMap<String, Descriptor>, TravelError> {
        let layers = stream::unfold(finished, |mut finished| async move {
            let layer = finished.recv().await?;
            Some((layer, finished))
        });
        layers
            .map(|layer| self.push_layer(layer))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn push_layer(&self, layer: Layer) -> Result<(String, Descriptor), TravelError> {
        let Layer {
            name,
            diff,
            descriptor,
            file,
        } = layer;
        let step = name.clone();
        let megabytes = descriptor.size as f64 / 1e6;
        let shown = descriptor.digest.get(7..19).unwrap_or_default();
        self.progress.event(BuildEvent::Started {
            step: step.clone(),
            name: format!("push layer {shown} {megabytes:.1} MB"),
        });
        let begin = std::time::Instant::now();
        let source = BlobSource::File(file.clone());
        let result = self.registry.push_blob(self.to, &descriptor, &source).await;
        // It takes room that the next one needs; the folder goes in any case.
        let _ = tokio::fs::remove_file(&file).await;
        self.progress.event(BuildEvent::Finished {
            step,
            cached: matches!(result, Ok(false)),
            error: result.as_ref().err().map(ToString::to_string),
            milliseconds: u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        result?;
        if let Some(diff) = diff {
            self.memory.keep_layer(&diff, &descriptor);
        }
        Ok((name, descriptor))
    }

    /// Pushes configuration and manifest, after the layers.
    async fn finish(&self, config: Vec<u8>, layers: &[Descriptor]) -> Result<Descriptor, Error> {
        let described = Descriptor::of(media::DOCKER_CONFIG, &config);
        let manifest = document::docker_manifest(&described, layers).map_err(TravelError::from)?;
        let target = by_digest(self.to, &manifest.descriptor.digest)?;
        let found = self.registry.find_manifest(&target).await;
        if found.map_err(TravelError::from)?.is_some() {
            tracing::info!(
                "Bundle image {} already published with matching content, skipping image push",
                self.image
            );
            return Ok(manifest.descriptor);
        }
        let source = BlobSource::Bytes(config);
        let pushed = self.registry.push_blob(self.to, &described, &source).await;
        pushed.map_err(TravelError::from)?;
        let put = self.registry.put_manifest(&target, &manifest).await;
        put.map_err(TravelError::from)?;
        Ok(manifest.descriptor)
    }

    fn wrong(&self, reason: &str) -> TravelError {
        TravelError::Image {
            image: self.image.to_owned(),
            reason: reason.to_owned(),
        }
    }
}
