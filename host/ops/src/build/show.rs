//! The bundle of sources that are only shown: made in memory, without an engine.

use porter_cnab::bundle::Bundle;
use porter_manifest::bundle::{MixinVersion, Stamp};

use super::inputs::BuildRecord;
use super::{BuildRequest, STALE};
use crate::Porter;
use crate::directory::CNAB;
use crate::error::Error;
use crate::manifest::ReadManifest;
use crate::source::read;

impl Porter {
    /// The bundle that a build would make of the sources, less what only a build knows: digests,
    /// and versions of the mixins, which need not be installed.
    pub(crate) fn bundle_of_sources(&self, request: &BuildRequest) -> Result<Bundle, Error> {
        if let Some(bundle) = self.bundle_with_flags(request)? {
            return Ok(bundle);
        }
        let manifest = self.read_manifest(&request.manifest_path(), request)?;
        self.unstamped(&manifest)
    }

    /// What the last build left, with a warning when the sources have changed since.
    pub(crate) fn bundle_as_built(&self, request: &BuildRequest) -> Result<Bundle, Error> {
        let directory = request.bundle_directory();
        let path = directory.join(CNAB).join("bundle.json");
        if !path.is_file() {
            return Err(Error::NeverBuilt);
        }
        let record = BuildRecord::read(&directory);
        let is_current = match &record {
            Some(record) => self.fits(record, &record.flags(request)),
            None => false,
        };
        if !is_current {
            tracing::warn!("{STALE}");
        }
        let document =
            std::fs::read_to_string(&path).map_err(|source| Error::Read { path, source })?;
        read(&document)
    }

    fn bundle_with_flags(&self, request: &BuildRequest) -> Result<Option<Bundle>, Error> {
        let Some(flagged) = self.recorded(request) else {
            return Ok(None);
        };
        let manifest = self.read_manifest(&flagged.manifest_path(), &flagged)?;
        self.unstamped(&manifest).map(Some)
    }

    /// The request with the flags of the last build, such as `--name`, if it had any: they count
    /// until the sources change.
    pub(crate) fn recorded(&self, request: &BuildRequest) -> Option<BuildRequest> {
        let record = BuildRecord::read(&request.bundle_directory())?;
        let flagged = record.flags(request);
        (record.has_flags() && self.fits(&record, &flagged)).then_some(flagged)
    }

    /// Whether the last build was of these sources. Sources that cannot be read are others.
    fn fits(&self, record: &BuildRecord, request: &BuildRequest) -> bool {
        let sources =
            self.read_sources(request.bundle_directory(), request.manifest_path(), request);
        let inputs = sources.and_then(|sources| self.inputs(&sources, request));
        inputs.is_ok_and(|inputs| record.fits(&inputs))
    }

    fn unstamped(&self, read: &ReadManifest) -> Result<Bundle, Error> {
        let names = read.manifest.mixin_names().into_iter();
        let stamp = Stamp {
            mixins: names
                .map(|name| (name.to_owned(), MixinVersion::default()))
                .collect(),
            version: format!("v{}", self.version()),
            ..Stamp::default()
        };
        Ok(read.manifest.bundle(&stamp)?)
    }
}
