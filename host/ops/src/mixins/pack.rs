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
    /// What it says about itself.
    pub about: About,
}

impl Porter {
    /// Makes the component of a mixin. What porter would not admit is not written.
    ///
    /// # Errors
    /// When there is nothing to make it of, it is no mixin, or it cannot be written.
    pub fn pack_mixin(&self, request: &PackMixin) -> Result<MixinReport, Error> {
        let name = &request.about.name;
        if !super::name::is_name(name) {
            return Err(MixinError::Name(name.clone()).into());
        }
        let failed = |source: PackError| MixinError::Pack {
            path: request.input.clone(),
            source,
        };
        let wasm =
            porter_component::pack(&read(&request.input)?, &request.about).map_err(failed)?;
        let component = Component::given(name, wasm);
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
