//! A bundle into a registry: `bundle.json`, its manifest and, last, the index under its tag.

use std::collections::BTreeMap;

use porter_cnab::bundle::Bundle;
use porter_registry::client::BlobSource;
use porter_registry::{BundleReference, Descriptor, Document, Registry, document, media};

use super::{COMPONENT_NAME, MANIFEST_TYPE, TravelError, by_digest};

/// What a bundle is made of, all of it in the bundle's repository.
#[derive(Debug)]
pub(crate) struct Parts {
    /// The image that runs.
    pub(crate) invocation: Descriptor,
    /// The images that it uses, by name.
    pub(crate) components: BTreeMap<String, Descriptor>,
}

/// Pushes a bundle whose images are there. Until the index is written nothing of it can be seen.
pub(crate) async fn push_bundle(
    registry: &Registry,
    to: &BundleReference,
    bundle: &Bundle,
    parts: &Parts,
) -> Result<Document, TravelError> {
    let text = bundle.to_canonical_json();
    let text = text.map_err(|error| TravelError::Bundle(error.to_string()))?;
    let config = push_config(registry, to, text.into_bytes()).await?;
    let entries = entries(config, parts);
    let annotations = annotations(bundle)?;
    let index = document::index(media::OCI_INDEX, &entries, &annotations)?;
    match registry.put_manifest(to, &index).await {
        Ok(()) => Ok(index),
        Err(error) if error.is_refusal() => {
            let index = document::index(media::DOCKER_LIST, &entries, &annotations)?;
            registry.put_manifest(to, &index).await?;
            Ok(index)
        }
        Err(error) => Err(error.into()),
    }
}

/// Registries that do not know the type of a `bundle.json` get it under one that they know.
async fn push_config(
    registry: &Registry,
    to: &BundleReference,
    bytes: Vec<u8>,
) -> Result<Descriptor, TravelError> {
    let as_type = |media_type: &str| Descriptor::of(media_type, &bytes);
    let none = BTreeMap::new();
    let plain = |config: &Descriptor| document::manifest(media::OCI_MANIFEST, config, None, &none);
    let docker = as_type(media::DOCKER_CONFIG);
    let forms = [
        plain(&as_type(media::CNAB_CONFIG))?,
        plain(&as_type(media::OCI_CONFIG))?,
        document::docker_manifest(&docker, std::slice::from_ref(&docker))?,
    ];
    let source = BlobSource::Bytes(bytes.clone());
    registry.push_blob(to, &docker, &source).await?;
    let mut refused = None;
    for form in forms {
        let target = by_digest(to, &form.descriptor.digest)?;
        match registry.put_manifest(&target, &form).await {
            Ok(()) => return Ok(form.descriptor),
            Err(error) if error.is_refusal() => refused = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Err(refused.map_or_else(
        || TravelError::Bundle("no form of it is taken".to_owned()),
        TravelError::from,
    ))
}

fn entries(config: Descriptor, parts: &Parts) -> Vec<Descriptor> {
    let annotated = |descriptor: &Descriptor, kind: &str, name: Option<&String>| {
        let mut annotations = BTreeMap::from([(MANIFEST_TYPE.to_owned(), kind.to_owned())]);
        if let Some(name) = name {
            annotations.insert(COMPONENT_NAME.to_owned(), name.clone());
        }
        Descriptor {
            annotations,
            ..descriptor.clone()
        }
    };
    let mut entries = vec![
        annotated(&config, "config", None),
        annotated(&parts.invocation, "invocation", None),
    ];
    let components = parts.components.iter();
    entries.extend(components.map(|(name, one)| annotated(one, "component", Some(name))));
    entries
}

fn annotations(bundle: &Bundle) -> Result<BTreeMap<String, String>, TravelError> {
    let known = [
        ("io.cnab.runtime_version", bundle.schema_version.clone()),
        (
            "org.opencontainers.artifactType",
            "application/vnd.cnab.manifest.v1".to_owned(),
        ),
        ("org.opencontainers.image.title", bundle.name.clone()),
        ("org.opencontainers.image.version", bundle.version.clone()),
        (
            "org.opencontainers.image.description",
            bundle.description.clone(),
        ),
    ];
    let mut annotations: BTreeMap<String, String> = known
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    if !bundle.maintainers.is_empty() {
        let text = serde_json::to_string(&bundle.maintainers)?;
        annotations.insert("org.opencontainers.image.authors".to_owned(), text);
    }
    if !bundle.keywords.is_empty() {
        let text = serde_json::to_string(&bundle.keywords)?;
        annotations.insert("io.cnab.keywords".to_owned(), text);
    }
    Ok(annotations)
}
