//! A bundle out of a registry, checked link by link: the index against the reference, the manifest
//! against the index, `bundle.json` against the manifest, the images against `bundle.json`.

use std::collections::BTreeMap;

use porter_cnab::bundle::{Bundle, MAX_BYTES};
use porter_mixin::escape::escape;
use porter_registry::{
    BundleReference, Descriptor, Document, Index, Registry, RegistryError, document, media,
};

use super::{COMPONENT_NAME, MANIFEST_TYPE, TravelError, by_digest};

/// What a bundle is in a registry, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    /// The index.
    pub(crate) index: Document,
    /// The manifest of `bundle.json`.
    pub(crate) config: Document,
    /// `bundle.json`.
    pub(crate) bundle: Vec<u8>,
}

/// A published bundle.
#[derive(Debug, Clone)]
pub(crate) struct Pulled {
    /// Where it was found.
    pub(crate) reference: BundleReference,
    /// Digest of its index.
    pub(crate) digest: String,
    /// The bundle.
    pub(crate) bundle: Bundle,
    /// Its `bundle.json`.
    pub(crate) document: String,
    /// Where its images are: original to relocated.
    pub(crate) relocation: BTreeMap<String, String>,
}

/// Reads a bundle from its registry.
pub(crate) async fn fetch(
    registry: &Registry,
    of: &BundleReference,
) -> Result<Fetched, TravelError> {
    let index = registry.manifest(of).await?;
    let entry = config_entry(&read_index(&index)?)?;
    let config = registry.manifest(&by_digest(of, &entry.digest)?).await?;
    let blob = config.manifest()?.config;
    if blob.size > MAX_BYTES as u64 {
        return Err(RegistryError::TooLarge {
            what: "bundle.json".to_owned(),
            limit: MAX_BYTES as u64,
        }
        .into());
    }
    let mut bundle = Vec::new();
    registry.read_blob(of, &blob, &mut bundle).await?;
    Ok(Fetched {
        index,
        config,
        bundle,
    })
}

impl Fetched {
    /// Checks every link and reads the bundle.
    pub(crate) fn check(self, reference: &BundleReference) -> Result<Pulled, TravelError> {
        let digest = self.index.descriptor.digest.clone();
        expect(reference.digest().unwrap_or(&digest), &digest)?;
        let index = read_index(&self.index)?;
        expect(
            &config_entry(&index)?.digest,
            &self.config.descriptor.digest,
        )?;
        expect(
            &self.config.manifest()?.config.digest,
            &document::digest(&self.bundle),
        )?;
        let document = String::from_utf8(self.bundle)
            .map_err(|_| TravelError::Foreign("its bundle.json is not UTF-8".to_owned()))?;
        let bundle = crate::source::read(&document);
        let bundle = bundle.map_err(|error| TravelError::Unreadable(Box::new(error)))?;
        let relocation = relocation(reference, &index, &bundle)?;
        Ok(Pulled {
            reference: reference.clone(),
            digest,
            bundle,
            document,
            relocation,
        })
    }
}

fn expect(expected: &str, actual: &str) -> Result<(), TravelError> {
    if expected == actual {
        return Ok(());
    }
    Err(RegistryError::Digest {
        expected: expected.to_owned(),
        actual: actual.to_owned(),
    }
    .into())
}

fn read_index(document: &Document) -> Result<Index, TravelError> {
    let media_type = document.descriptor.media_type.as_str();
    if !media::is_index(media_type) {
        return Err(TravelError::NoBundle(format!(
            "invalid media type \"{}\" for bundle manifest",
            escape(media_type)
        )));
    }
    Ok(document.index()?)
}

fn config_entry(index: &Index) -> Result<Descriptor, TravelError> {
    let mut entries = index.manifests.iter();
    let entry = entries.find(|entry| entry.annotation(MANIFEST_TYPE) == "config");
    let none =
        || TravelError::NoBundle("none of its manifests is that of a bundle.json".to_owned());
    entry.cloned().ok_or_else(none)
}

/// Where the images of a bundle are. What the index names must be what the bundle names, byte for
/// byte, or whoever can write an index could put another image in the place of the bundle's.
fn relocation(
    reference: &BundleReference,
    index: &Index,
    bundle: &Bundle,
) -> Result<BTreeMap<String, String>, TravelError> {
    let mut map = BTreeMap::new();
    for entry in &index.manifests {
        let (image, digest) = match entry.annotation(MANIFEST_TYPE) {
            "invocation" => {
                let Some(image) = bundle.invocation_images.first() else {
                    return Err(TravelError::Foreign("it has no bundle image".to_owned()));
                };
                if image.content_digest.is_empty() {
                    return Err(TravelError::NoDigest(escape(&image.image)));
                }
                (&image.image, &image.content_digest)
            }
            "component" => {
                let name = entry.annotation(COMPONENT_NAME);
                let image = bundle.images.get(name);
                let missing = || TravelError::NoComponent(escape(name));
                let image = image.ok_or_else(missing)?;
                (&image.image, &image.content_digest)
            }
            _ => continue,
        };
        if !digest.is_empty() && *digest != entry.digest {
            return Err(TravelError::Replaced {
                image: escape(image),
                actual: entry.digest.clone(),
                expected: escape(digest),
            });
        }
        let relocated = format!("{}@{}", reference.name(), entry.digest);
        map.insert(image.clone(), relocated);
    }
    Ok(map)
}
