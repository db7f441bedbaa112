//! `porter mixins pack`: the component of a mixin out of what a compiler wrote.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use porter_component::{About, PackError};

use super::{Component, MixinError, MixinReport};
use crate::Porter;
use crate::directory::DirectoryError;
use crate::error::Error;
use crate::replace::replace;

/// Bytes of a module or component that are read.
const MOST: u64 = 64 << 20;

/// What to make a component of, and what it says about itself.
#[derive(Debug, Clone, Default)]
pub struct PackMixin {
    /// The module or component that a compiler wrote.
    pub input: PathBuf,
    /// Where the mixin goes.
    pub output: PathBuf,
    /// Name; that of the output file without it.
    pub name: Option<String>,
    /// Version.
    pub version: String,
    /// What it is for.
    pub description: String,
    /// Who made it.
    pub authors: String,
    /// SPDX expression.
    pub licenses: String,
    /// Where its source is.
    pub source: String,
    /// Where to read more.
    pub homepage: String,
    /// Revision of its source.
    pub revision: String,
}

impl Porter {
    /// Makes the component of a mixin. What porter would not admit is not written.
    ///
    /// # Errors
    /// When there is nothing to make it of, it is no mixin, or it cannot be written.
    pub fn pack_mixin(&self, request: &PackMixin) -> Result<MixinReport, Error> {
        let stem = request.output.file_stem().unwrap_or_default();
        let name = match &request.name {
            Some(name) => name.clone(),
            None => stem.to_string_lossy().into_owned(),
        };
        if !super::name::is_name(&name) {
            return Err(MixinError::Name(name).into());
        }
        let about = About {
            name: name.clone(),
            version: request.version.clone(),
            description: request.description.clone(),
            authors: request.authors.clone(),
            licenses: request.licenses.clone(),
            source: request.source.clone(),
            homepage: request.homepage.clone(),
            revision: request.revision.clone(),
        };
        let failed = |source: PackError| MixinError::Pack {
            path: request.input.clone(),
            source,
        };
        let wasm = porter_component::pack(&read(&request.input)?, &about).map_err(failed)?;
        let component = Component::given(&name, wasm);
        let report = self.catalog()?.report(&component)?;
        let written = replace(&request.output, &component.wasm, 0o666);
        written.map_err(|source| DirectoryError::Write {
            path: request.output.clone(),
            source,
        })?;
        Ok(MixinReport {
            source: request.output.display().to_string(),
            ..report
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Read {
        path: path.to_path_buf(),
        source,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MOST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
