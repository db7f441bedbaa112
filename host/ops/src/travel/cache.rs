//! Bundles that were pulled: laid out as Porter's cache, and with the documents beside it that lead
//! from the reference to `bundle.json`, so that every use checks it.
//!
//! `PORTER_HOME/cache/<md5 of the reference>/`: `metadata.json`, `porter.yaml`, `cnab/bundle.json`,
//! `cnab/relocation-mapping.json`; ours besides are `oci/index.json` and `oci/config.json`.

use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use porter_registry::{BundleReference, Document, media};
use serde::{Deserialize, Serialize};

use super::TravelError;
use super::read::{Fetched, Pulled};
use crate::replace::replace;

/// Largest file of the cache that is read.
const LIMIT: u64 = 16 * 1024 * 1024;

/// The bundles of one home.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    reference: String,
    digest: String,
    #[serde(default, rename = "mediaTypes", skip_serializing_if = "Vec::is_empty")]
    media_types: Vec<String>,
}

impl Cache {
    pub(crate) fn new(home: &Path) -> Self {
        Self {
            folder: home.join("cache"),
        }
    }

    fn entry(&self, reference: &BundleReference) -> PathBuf {
        let hash = Md5::digest(reference.to_string().as_bytes());
        self.folder.join(crate::digest::hex(&hash))
    }

    /// The bundle of a reference, when it is there and what it should be. One that is not, or that
    /// another tool wrote without what leads to it, is as good as absent.
    pub(crate) fn find(&self, reference: &BundleReference) -> Option<Pulled> {
        let folder = self.entry(reference);
        let metadata: Metadata =
            serde_json::from_slice(&read(&folder.join("metadata.json"))?).ok()?;
        if metadata.reference != reference.to_string() {
            return None;
        }
        let media_type = metadata
            .media_types
            .first()
            .map_or(media::OCI_INDEX, String::as_str);
        let index = Document::new(media_type, read(&folder.join("oci/index.json"))?);
        if index.descriptor.digest != metadata.digest {
            return None;
        }
        let fetched = Fetched {
            index,
            config: Document::new(media::OCI_MANIFEST, read(&folder.join("oci/config.json"))?),
            bundle: read(&folder.join("cnab/bundle.json"))?,
        };
        match fetched.check(reference) {
            Ok(pulled) => Some(pulled),
            Err(error) => {
                tracing::debug!("the cached bundle {reference} is not used: {error}");
                None
            }
        }
    }

    /// Keeps a bundle under a reference, in the place of what was there.
    pub(crate) fn keep(&self, fetched: &Fetched, pulled: &Pulled) -> Result<(), TravelError> {
        let folder = self.entry(&pulled.reference);
        let failed = |source| TravelError::File {
            path: folder.clone(),
            source,
        };
        let written = self.write(&folder, fetched, pulled);
        if written.is_err() {
            // Half an entry would only be looked at in vain.
            let _ = std::fs::remove_dir_all(&folder);
        }
        written.map_err(failed)
    }

    /// Whether something is kept under a reference.
    pub(crate) fn has(&self, reference: &BundleReference) -> bool {
        self.entry(reference).is_dir()
    }

    fn write(&self, folder: &Path, fetched: &Fetched, pulled: &Pulled) -> io::Result<()> {
        for name in ["cnab", "oci"] {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o750)
                .create(folder.join(name))?;
        }
        let put = |name: &str, bytes: &[u8]| replace(&folder.join(name), bytes, 0o640);
        put("oci/index.json", &fetched.index.bytes)?;
        put("oci/config.json", &fetched.config.bytes)?;
        put("cnab/bundle.json", &fetched.bundle)?;
        let relocation = folder.join("cnab/relocation-mapping.json");
        if pulled.relocation.is_empty() {
            remove(&relocation)?;
        } else {
            let text = serde_json::to_vec(&pulled.relocation)?;
            put("cnab/relocation-mapping.json", &text)?;
        }
        match manifest(pulled) {
            Some(text) => put("porter.yaml", &text)?,
            None => remove(&folder.join("porter.yaml"))?,
        }
        let media_type = &fetched.index.descriptor.media_type;
        let other = Some(media_type.clone()).filter(|name| name != media::OCI_INDEX);
        let metadata = Metadata {
            reference: pulled.reference.to_string(),
            digest: pulled.digest.clone(),
            media_types: other.into_iter().collect(),
        };
        // Last, because it vouches for the others.
        put("metadata.json", &serde_json::to_vec_pretty(&metadata)?)
    }
}

/// `porter.yaml`, as the stamp of the bundle has it.
fn manifest(pulled: &Pulled) -> Option<Vec<u8>> {
    let stamp = pulled.bundle.custom.get("sh.porter")?;
    let text = stamp.get("manifest")?.as_str()?;
    STANDARD.decode(text).ok()
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let file = std::fs::File::open(path).ok()?;
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, LIMIT + 1), &mut bytes).ok()?;
    (bytes.len() as u64 <= LIMIT).then_some(bytes)
}
