//! Where the bundle of a run comes from, and what its container must know of that.

use std::collections::BTreeMap;

use porter_cnab::Sensitive;
use porter_cnab::bundle::Bundle;
use porter_cnab::ports::Operation;
use porter_cnab::records::{Installation, Run};
use porter_registry::BundleReference;
use porter_runtime::root::RELOCATION;

use super::Pulled;
use crate::action::Kind;
use crate::error::{Error, Usage};

/// Where a published bundle comes from.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// The reference.
    pub(crate) reference: BundleReference,
    /// Digest of its index.
    digest: String,
    /// Where its images are: original to relocated.
    relocation: BTreeMap<String, String>,
}

impl Origin {
    pub(crate) fn of(pulled: &Pulled) -> Self {
        Self {
            reference: pulled.reference.clone(),
            digest: pulled.digest.clone(),
            relocation: pulled.relocation.clone(),
        }
    }

    /// That of a recorded run. All images of a published bundle are in its own repository, by the
    /// digests that its `bundle.json` has.
    pub(crate) fn of_run(run: &Run) -> Result<Option<Self>, Error> {
        if run.bundle_reference.is_empty() {
            return Ok(None);
        }
        let reference: BundleReference = run.bundle_reference.parse().map_err(Usage::Reference)?;
        let bundle = Bundle::from_json(run.bundle.as_bytes())?;
        let invocation = bundle.invocation_images.iter();
        let invocation = invocation.map(|image| (&image.image, &image.content_digest));
        let used = bundle.images.values();
        let used = used.map(|image| (&image.image, &image.content_digest));
        let relocation = invocation
            .chain(used)
            .filter(|(_, digest)| !digest.is_empty())
            .map(|(image, digest)| (image.clone(), format!("{}@{digest}", reference.name())))
            .collect();
        Ok(Some(Self {
            reference,
            digest: run.bundle_digest.clone(),
            relocation,
        }))
    }

    /// Runs the image from where it is, and tells the container.
    pub(crate) fn apply(&self, operation: &mut Operation) -> Result<(), Error> {
        if let Some(relocated) = self.relocation.get(&operation.image) {
            operation.image.clone_from(relocated);
        }
        if !self.relocation.is_empty() {
            let text = serde_json::to_vec(&self.relocation)?;
            let file = Sensitive::new(text);
            operation.files.insert(RELOCATION.to_owned(), file);
        }
        Ok(())
    }

    /// Records it with a run.
    pub(crate) fn record(&self, run: &mut Run) {
        run.bundle_reference = self.reference.to_string();
        run.bundle_digest.clone_from(&self.digest);
    }
}

/// What an installation tracks after an action with a bundle: what it was installed from or upgraded
/// to. Other actions leave it.
pub(crate) fn track(origin: Option<&Origin>, kind: &Kind, installation: &mut Installation) {
    if matches!(kind, Kind::Install { .. } | Kind::Upgrade { .. }) {
        let source = origin.map(|origin| origin.reference.to_source());
        installation.bundle = source.unwrap_or_default();
    }
}
