//! Where a bundle is published: what the manifest says, or the flags.

use porter_registry::BundleReference;

use super::PublishRequest;
use crate::Porter;
use crate::error::{Error, Usage};

/// Refuses what cannot be a tag, before anything is built.
pub(super) fn check(request: &PublishRequest) -> Result<(), Error> {
    if request.reference.is_some() {
        return Ok(());
    }
    match &request.tag {
        Some(tag) if tag.contains([':', '@']) => Err(Usage::Tag.into()),
        _ => Ok(()),
    }
}

impl Porter {
    /// The reference under which the bundle is published.
    pub(super) fn target(&self, request: &PublishRequest) -> Result<BundleReference, Error> {
        let parse = |text: &str| -> Result<BundleReference, Error> {
            Ok(text.parse().map_err(Usage::Reference)?)
        };
        if let Some(text) = &request.reference {
            let reference = parse(text)?;
            if reference.digest().is_some() {
                return Err(Usage::DigestedTarget(text.clone()).into());
            }
            return Ok(reference.with_default_tag());
        }
        let path = request.build.manifest_path();
        let manifest = self.read_manifest(&path, &request.build)?.manifest;
        let written = manifest.reference.to_string();
        let tag = request.tag.as_deref().or(manifest.reference.tag());
        let tag = tag.unwrap_or("latest");
        match &request.registry {
            Some(registry) => {
                let registry = registry.trim_end_matches('/');
                parse(&format!("{registry}/{}:{tag}", manifest.name))
            }
            None => {
                let reference = parse(&written)?;
                Ok(reference.with_tag(tag).map_err(Usage::Reference)?)
            }
        }
    }
}
