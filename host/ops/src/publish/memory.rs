//! What porter remembers of images that it pushed: a layer need not be compressed again to know the
//! digest that it has in a registry, and an image that did not change is not read at all.
//!
//! Files in `PORTER_HOME/images`, named by what they are about. Only digests are in them, and a
//! registry is asked whether it has what they name; one that cannot be read counts as absent.

use std::path::{Path, PathBuf};

use porter_registry::Descriptor;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::replace::replace;

/// Version of the files.
const VERSION: u32 = 1;

/// A layer as it is in registries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KnownLayer {
    version: u32,
    /// As it is in registries.
    pub(super) layer: Descriptor,
}

/// The configuration of an image, as the engine has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KnownImage {
    version: u32,
    /// Its text: its digest is that of these bytes.
    pub(super) config: String,
    /// Its layers.
    pub(super) layers: Vec<Descriptor>,
}

/// The folder of these files.
pub(super) struct Memory {
    folder: PathBuf,
}

impl Memory {
    pub(super) fn new(home: &Path) -> Self {
        Self {
            folder: home.join("images"),
        }
    }

    pub(super) fn layer(&self, diff: &str) -> Option<Descriptor> {
        let known: KnownLayer = self.read(&format!("layer-{}", hex(diff)?))?;
        (known.version == VERSION).then_some(known.layer)
    }

    pub(super) fn image(&self, id: &str) -> Option<KnownImage> {
        let known: KnownImage = self.read(&format!("image-{}", hex(id)?))?;
        (known.version == VERSION).then_some(known)
    }

    pub(super) fn keep_layer(&self, diff: &str, layer: &Descriptor) {
        let known = KnownLayer {
            version: VERSION,
            layer: layer.clone(),
        };
        self.write("layer", diff, &known);
    }

    pub(super) fn keep_image(&self, id: &str, config: &str, layers: &[Descriptor]) {
        let known = KnownImage {
            version: VERSION,
            config: config.to_owned(),
            layers: layers.to_vec(),
        };
        self.write("image", id, &known);
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let text = std::fs::read(self.folder.join(format!("{name}.json"))).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Remembering is a convenience: what cannot be written is done again the next time.
    fn write(&self, kind: &str, digest: &str, value: &impl Serialize) {
        let Some(hex) = hex(digest) else {
            return;
        };
        let path = self.folder.join(format!("{kind}-{hex}.json"));
        let written = std::fs::create_dir_all(&self.folder)
            .and_then(|()| replace(&path, &serde_json::to_vec(value)?, 0o600));
        if let Err(error) = written {
            tracing::debug!("cannot write `{}`: {error}", path.display());
        }
    }
}

fn hex(digest: &str) -> Option<&str> {
    let is_digest = porter_registry::document::is_digest(digest);
    digest.strip_prefix("sha256:").filter(|_| is_digest)
}
