//! Whether a bundle that was built is still what its sources say: `.cnab/build.json`.
//!
//! Porter's manifest digest covers sources and versions. Here a changed flag, mixin, runtime or
//! lock counts too, and the image must be the very one that was built.

use std::path::Path;
use std::{fs, io};

use porter_sandbox::Digest;
use serde::{Deserialize, Serialize};

use super::{BuildRequest, EngineFlags};
use crate::directory::CNAB;
use crate::lock::LockedMixin;
use crate::replace::replace;

/// Name of the file inside `.cnab`.
pub(crate) const FILE_NAME: &str = "build.json";
/// Version of the format.
const SCHEMA_VERSION: &str = "1.0.0";

/// What a build was made of and what came out. Written when the image is there, so a build that
/// was cut short never counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BuildRecord {
    /// [`SCHEMA_VERSION`].
    schema_version: String,
    /// Porter's manifest digest.
    manifest_digest: String,
    /// Digest over everything else that counts.
    inputs_digest: String,
    /// Identity of the image in the engine; empty after a build without image.
    image_id: String,
    /// The flags of the build.
    flags: Flags,
}

/// Flags that change what is built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Flags {
    name: Option<String>,
    version: Option<String>,
    build_arguments: Vec<String>,
    custom: Vec<String>,
    experimental: Vec<String>,
    download_mirrors: Vec<String>,
    engine: EngineFlags,
}

impl Flags {
    fn of(request: &BuildRequest) -> Self {
        Self {
            name: request.name.clone(),
            version: request.version.clone(),
            build_arguments: request.build_arguments.clone(),
            custom: request.custom.clone(),
            experimental: request.experimental.clone(),
            download_mirrors: request.download_mirrors.clone(),
            engine: request.engine.clone(),
        }
    }
}

impl BuildRecord {
    /// Of a build that ended well.
    pub(crate) fn new(inputs: &Inputs, image_id: &str, request: &BuildRequest) -> Self {
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            manifest_digest: inputs.manifest_digest.clone(),
            inputs_digest: inputs.inputs_digest.clone(),
            image_id: image_id.to_owned(),
            flags: Flags::of(request),
        }
    }

    /// `request` with the flags of this build.
    pub(crate) fn flags(&self, request: &BuildRequest) -> BuildRequest {
        let flags = self.flags.clone();
        BuildRequest {
            name: flags.name,
            version: flags.version,
            build_arguments: flags.build_arguments,
            custom: flags.custom,
            experimental: flags.experimental,
            download_mirrors: flags.download_mirrors,
            engine: flags.engine,
            ..request.clone()
        }
    }

    /// Whether that build had flags that a command which builds by itself does not have.
    pub(crate) fn has_flags(&self) -> bool {
        self.flags != Flags::default()
    }

    /// The record of the last build; `None` when there is none that can be read.
    pub(crate) fn read(directory: &Path) -> Option<Self> {
        let text = fs::read(directory.join(CNAB).join(FILE_NAME)).ok()?;
        let record: Self = serde_json::from_slice(&text).ok()?;
        (record.schema_version == SCHEMA_VERSION).then_some(record)
    }

    /// Writes the record into `.cnab`.
    pub(crate) fn write(&self, directory: &Path) -> io::Result<()> {
        let content = serde_json::to_vec(self).map_err(io::Error::other)?;
        replace(&directory.join(CNAB).join(FILE_NAME), &content, 0o666)
    }

    /// Whether that build is what a build with these inputs would make, less the image.
    pub(crate) fn fits(&self, inputs: &Inputs) -> bool {
        self.manifest_digest == inputs.manifest_digest && self.inputs_digest == inputs.inputs_digest
    }

    /// Identity of the image that was built; empty when none was.
    pub(crate) fn image_id(&self) -> &str {
        &self.image_id
    }
}

/// Digests of everything that a build depends on.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    /// Porter's manifest digest, which also goes into the stamp.
    pub(crate) manifest_digest: String,
    inputs_digest: String,
}

/// What counts besides the sources.
#[derive(Serialize)]
struct Rest<'a> {
    runtime: String,
    mixins: &'a [LockedMixin],
    #[serde(skip_serializing_if = "Option::is_none")]
    reads: Option<String>,
    flags: Flags,
}

impl Inputs {
    /// Computes both digests.
    pub(crate) fn new(
        manifest_digest: String,
        runtime_digest: &str,
        mixins: &[LockedMixin],
        reads: Option<String>,
        request: &BuildRequest,
    ) -> Result<Self, serde_json::Error> {
        let rest = Rest {
            runtime: runtime_digest.to_owned(),
            mixins,
            reads,
            flags: Flags::of(request),
        };
        Ok(Self {
            manifest_digest,
            inputs_digest: Digest::of(&serde_json::to_vec(&rest)?).to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(request: &BuildRequest) -> Inputs {
        Inputs::new("digest".to_owned(), "sha256:runtime", &[], None, request).unwrap()
    }

    #[test]
    fn a_changed_flag_counts() {
        let record = BuildRecord::new(
            &inputs(&BuildRequest::default()),
            "sha256:id",
            &BuildRequest::default(),
        );
        assert!(record.fits(&inputs(&BuildRequest::default())));
        let changed = BuildRequest {
            name: Some("other".to_owned()),
            ..BuildRequest::default()
        };
        assert!(!record.fits(&inputs(&changed)));
    }

    #[test]
    fn a_record_is_read_as_written_and_garbage_is_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(CNAB)).unwrap();
        assert_eq!(BuildRecord::read(folder.path()), None);
        let record = BuildRecord::new(
            &inputs(&BuildRequest::default()),
            "sha256:id",
            &BuildRequest::default(),
        );
        record.write(folder.path()).unwrap();
        assert_eq!(BuildRecord::read(folder.path()), Some(record));
        fs::write(folder.path().join(CNAB).join(FILE_NAME), "{").unwrap();
        assert_eq!(BuildRecord::read(folder.path()), None);
    }
}
