//! What a plan is made of: a bundle, its runbook and its mixins, from source or out of its image.

use std::collections::BTreeMap;

use porter_mixin::Evaluate;
use porter_runbook::Runbook;
use porter_sandbox::Digest;

use crate::Porter;
use crate::action::ActionRequest;
use crate::build::{BuildRequest, Sources};
use crate::error::Error;
use crate::mixins::{Component, NATIVE_TIER};
use crate::source::{self, ChosenBundle};
use crate::store::Storage;

/// Where the runbook and the mixins are in an image.
const FOLDER: &str = "/cnab/app/porter";

/// The bundle of a plan, and where its steps come from.
pub(super) struct Origin {
    pub(super) chosen: ChosenBundle,
    /// Absent for a bundle that was built.
    sources: Option<Box<Sources>>,
}

/// Runbook and mixins.
pub(super) struct Material<'a> {
    pub(super) runbook: Runbook,
    /// Those that can be asked.
    pub(super) mixins: BTreeMap<String, Box<dyn Evaluate + 'a>>,
}

impl Porter {
    /// Finds the bundle. Builds nothing.
    pub(super) async fn origin(
        &self,
        request: &ActionRequest,
        storage: &Storage,
    ) -> Result<Origin, Error> {
        let Some(file) = source::sources(request, storage).await? else {
            let chosen = self.built_bundle(request, storage).await?;
            return Ok(Origin {
                chosen,
                sources: None,
            });
        };
        let build = self.with_recorded_flags(source::from_source(&file, &request.bundle));
        let sources = self.read_sources(build.bundle_directory(), build.manifest_path(), &build)?;
        sources.fit_lock()?;
        let document = self.document(&sources, &build)?;
        Ok(Origin {
            chosen: source::chosen(request.names.first(), document)?,
            sources: Some(Box::new(sources)),
        })
    }

    /// `bundle.json` as a build would write it.
    fn document(&self, sources: &Sources, build: &BuildRequest) -> Result<String, Error> {
        let stamp = self.stamp(sources, &self.inputs(sources, build)?);
        let bundle = sources.read.manifest.bundle(&stamp)?;
        Ok(bundle.to_canonical_json()?)
    }

    /// Runbook and mixins of the bundle, which has this image.
    pub(super) async fn material<'a>(
        &'a self,
        origin: &'a Origin,
        image: &str,
    ) -> Result<Material<'a>, Error> {
        match &origin.sources {
            Some(sources) => self.material_of_sources(sources),
            None => self.material_of_image(image).await,
        }
    }

    fn material_of_sources<'a>(&'a self, sources: &'a Sources) -> Result<Material<'a>, Error> {
        let catalog = self.catalog()?;
        let loaded = catalog.load_all(&sources.components, &sources.reads)?;
        let runbook = sources
            .read
            .manifest
            .runbook(self.mixin_codes(sources, &loaded)?);
        let mixins = loaded.into_iter().map(|loaded| {
            let mixin: Box<dyn Evaluate> = Box::new(loaded.mixin);
            (loaded.component.name.clone(), mixin)
        });
        Ok(Material {
            runbook,
            mixins: mixins.collect(),
        })
    }

    async fn material_of_image(&self, image: &str) -> Result<Material<'_>, Error> {
        let image = image.to_owned();
        let engine = self.engine().await?;
        let wanted = |path: &str| path == "runbook.json" || path.ends_with(".wasm");
        let files = engine
            .image_files(&image, FOLDER, wanted)
            .await
            .map_err(|source| Error::ImageFiles(Box::new(source)))?;
        let mut files = files.ok_or_else(|| Error::ImageAbsent(image.clone()))?;
        let runbook = files
            .remove("runbook.json")
            .ok_or_else(|| Error::NoRunbook(image.clone()))?;
        let runbook: Runbook = serde_json::from_slice(&runbook)?;
        let mut mixins: BTreeMap<String, Box<dyn Evaluate>> = BTreeMap::new();
        for (name, code) in &runbook.mixins {
            // Files that a mixin reads are not taken out of the image.
            if code.tier == NATIVE_TIER || !code.reads.is_empty() {
                continue;
            }
            let wasm = files.remove(&format!("mixins/{name}.wasm"));
            let wasm = wasm.ok_or_else(|| Error::NoRunbook(image.clone()))?;
            if Digest::of(&wasm).to_string() != code.digest {
                return Err(Error::OtherMixin {
                    image,
                    mixin: porter_mixin::escape::escape(name),
                });
            }
            let component = Component::given(name, wasm);
            let mixin = self.catalog()?.load(&component)?;
            mixins.insert(name.clone(), Box::new(mixin));
        }
        Ok(Material { runbook, mixins })
    }

    /// The flags of the last build count until the sources change.
    fn with_recorded_flags(&self, build: BuildRequest) -> BuildRequest {
        self.recorded(&build).unwrap_or(build)
    }
}
