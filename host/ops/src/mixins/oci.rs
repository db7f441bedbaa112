//! Mixins in registries: OCI artifacts as the CNCF lays out WASM components, so that other tools read
//! them: one layer `application/wasm`, and a configuration that says what it imports and exports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use porter_mixin::escape::escape;
use porter_registry::client::BlobSource;
use porter_registry::{BundleReference, Descriptor, document, media};
use porter_sandbox::{Admission, Digest};
use serde::Serialize;

use super::component::open;
use super::{InstallError, MixinReport};
use crate::Porter;
use crate::error::{Error, Usage};
use crate::travel::{self, TravelError};

/// A mixin to publish, and where.
#[derive(Debug, Clone, Default)]
pub struct PublishMixin {
    /// The component.
    pub file: PathBuf,
    /// The reference.
    pub reference: String,
    /// Take the place of what is there.
    pub force: bool,
    /// Take a registry without TLS.
    pub insecure_registry: bool,
}

/// A mixin that was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MixinPublished {
    /// The reference.
    pub reference: String,
    /// Digest of its manifest.
    pub digest: String,
    /// Digest of the component.
    pub component: String,
}

/// A component out of a registry.
pub(super) struct Pulled {
    pub(super) wasm: Vec<u8>,
    /// Digest of the component.
    pub(super) digest: String,
    /// Its reference by digest.
    pub(super) source: String,
}

/// The configuration, as the CNCF has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    /// Tools want one; ours depends on nothing but the component.
    created: &'a str,
    architecture: &'a str,
    os: &'a str,
    layer_digests: [&'a str; 1],
    component: Interfaces<'a>,
}

#[derive(Serialize)]
struct Interfaces<'a> {
    exports: &'a [String],
    imports: &'a [String],
    target: Option<&'a str>,
}

impl Porter {
    /// Publishes a component as an OCI artifact, after it was looked at. The same component is the
    /// same artifact.
    ///
    /// # Errors
    /// When it is no mixin, something is there already, or the registry fails.
    pub async fn publish_mixin(&self, request: &PublishMixin) -> Result<MixinPublished, Error> {
        let to: BundleReference = request.reference.parse().map_err(Usage::Reference)?;
        if to.digest().is_some() {
            return Err(Usage::DigestedTarget(request.reference.clone()).into());
        }
        let to = to.with_default_tag();
        let (report, wasm) = self.look_at(&request.file)?;
        let registry = travel::registry(request.insecure_registry)?;
        if !request.force {
            travel::refuse_existing(&registry, "Publish", &to).await?;
        }
        let published = push(&registry, &to, &report, wasm).await?;
        Ok(published)
    }

    fn look_at(&self, file: &Path) -> Result<(MixinReport, Vec<u8>), Error> {
        let component = open(file)?;
        let report = self.catalog()?.report(&component)?;
        Ok((report, component.wasm.into_owned()))
    }
}

async fn push(
    registry: &porter_registry::Registry,
    to: &BundleReference,
    report: &MixinReport,
    wasm: Vec<u8>,
) -> Result<MixinPublished, TravelError> {
    let layer = Descriptor::of(media::WASM_LAYER, &wasm);
    let config = serde_json::to_vec(&Config {
        created: "1970-01-01T00:00:00Z",
        architecture: "wasm",
        os: "wasip2",
        layer_digests: [&layer.digest],
        component: Interfaces {
            exports: &report.exports,
            imports: &report.imports,
            target: None,
        },
    })?;
    let described = Descriptor::of(media::WASM_CONFIG, &config);
    let manifest = document::manifest(
        media::OCI_MANIFEST,
        &described,
        Some(std::slice::from_ref(&layer)),
        &annotations(report),
    )?;
    let blobs = [(&layer, wasm), (&described, config)];
    for (blob, bytes) in blobs {
        registry
            .push_blob(to, blob, &BlobSource::Bytes(bytes))
            .await?;
    }
    registry.put_manifest(to, &manifest).await?;
    Ok(MixinPublished {
        reference: to.to_string(),
        digest: manifest.descriptor.digest,
        component: layer.digest,
    })
}

/// What the component says of itself, where others look for it.
fn annotations(report: &MixinReport) -> BTreeMap<String, String> {
    let known = [
        ("title", &report.name),
        ("version", &report.version),
        ("description", &report.description),
        ("authors", &report.authors),
        ("licenses", &report.licenses),
        ("source", &report.source_url),
        ("revision", &report.revision),
    ];
    let said = known.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(name, value)| (format!("org.opencontainers.image.{name}"), value.clone()))
        .collect()
}

/// Gets a component out of a registry.
pub(super) async fn pull(text: &str, insecure: bool) -> Result<Pulled, InstallError> {
    let reference = reference(text)?.with_default_tag();
    let failed = |source: TravelError| InstallError::Registry(Box::new(source));
    let registry = travel::registry(insecure).map_err(failed)?;
    let found = registry.manifest(&reference).await;
    let found = found.map_err(|error| failed(error.into()))?;
    let none = |what: &str| failed(TravelError::NoMixin(format!("{reference} {what}")));
    if !media::is_manifest(&found.descriptor.media_type) {
        return Err(none("is an index, not an artifact"));
    }
    let manifest = found.manifest().map_err(|error| failed(error.into()))?;
    let layers = manifest.layers.unwrap_or_default();
    let [layer] = layers.as_slice() else {
        return Err(none("has not one layer"));
    };
    if ![media::WASM_LAYER, media::WASM_LAYER_OLD].contains(&layer.media_type.as_str()) {
        let what = format!("has a layer of type `{}`", escape(&layer.media_type));
        return Err(none(&what));
    }
    if layer.size > Admission::default().largest() as u64 {
        return Err(none("is larger than a mixin may be"));
    }
    let mut wasm = Vec::new();
    let read = registry.read_blob(&reference, layer, &mut wasm).await;
    read.map_err(|error| failed(error.into()))?;
    Ok(Pulled {
        digest: Digest::of(&wasm).to_string(),
        source: format!("{}@{}", reference.name(), found.descriptor.digest),
        wasm,
    })
}

/// Reads the reference of a mixin.
pub(super) fn reference(text: &str) -> Result<BundleReference, InstallError> {
    let parsed: Result<BundleReference, _> = text.parse();
    parsed.map_err(|error| {
        let (text, why) = (escape(text), escape(&error.to_string()));
        InstallError::Usage(format!(
            "`{text}` is neither a mixin, a file nor a reference: {why}"
        ))
    })
}
