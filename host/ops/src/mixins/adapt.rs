//! `porter mixins adapt`: a sandboxed mixin as the programs that Porter itself calls.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use porter_mixin::Evaluate;
use porter_mixin::packaged::{self, Header, Packaged};
use porter_sandbox::Tier;

use super::MixinError;
use super::component::{Component, admit};
use super::install::{MixinFolder, make_folder, write};
use super::name::is_name;
use crate::Porter;
use crate::error::{Error, Hint};

/// What to adapt, and for whom.
#[derive(Debug, Clone)]
pub struct AdaptRequest {
    /// Name of a mixin, or path of a component.
    pub mixin: String,
    /// The home of the Porter that is to call it.
    pub porter_home: PathBuf,
    /// Whether to replace a mixin that was not adapted by this command.
    pub force: bool,
}

/// What was put into the home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapted {
    /// Name of the mixin.
    pub name: String,
    /// Its version, without `v`. Untrusted text.
    pub version: String,
    /// Folder of the mixin.
    pub folder: PathBuf,
    /// Bytes of the program.
    pub size: u64,
}

/// Why a mixin cannot be adapted.
#[derive(Debug, thiserror::Error)]
pub enum AdaptError {
    /// This porter was built without the adapter.
    #[error("this porter was built without the adapter for Porter's mixin protocol")]
    NoAdapter,
    /// A mixin of tier reader: nobody could grant it anything.
    #[error(
        "mixin `{0}` is of tier reader, and Porter has no way to let it read files of the bundle"
    )]
    Reader(String),
    /// Something else is there.
    #[error("`{path}` is a mixin that this command has not put there")]
    Occupied {
        /// Folder of the mixin.
        path: PathBuf,
    },
    /// The program cannot be put together.
    #[error("cannot describe mixin `{name}` as JSON")]
    Describe {
        /// Name of the mixin.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
}

impl Hint for AdaptError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoAdapter => {
                Some("build it with `make build`, which embeds the adapter".to_owned())
            }
            Self::Occupied { .. } => {
                Some("`--force` replaces it; another home is named with `--porter-home`".to_owned())
            }
            Self::Reader(_) | Self::Describe { .. } => None,
        }
    }
}

impl Porter {
    /// Puts a sandboxed mixin into the home of another Porter: the program that Porter calls at
    /// build time, the one that it calls in the image (the same), and the component.
    ///
    /// # Errors
    /// When there is no such mixin, it cannot be compiled, or the folder cannot be written.
    pub fn adapt_mixin(&self, request: &AdaptRequest) -> Result<Adapted, Error> {
        let catalog = self.catalog()?;
        let component = self.component(&request.mixin)?;
        let name = component.name.clone();
        if !is_name(&name) {
            return Err(MixinError::Name(name).into());
        }
        let tier = admit(&component)?.tier;
        if tier == Tier::Reader {
            return Err(AdaptError::Reader(name).into());
        }
        let adapter = self.adapter(tier).ok_or(AdaptError::NoAdapter)?;
        let header = self.header(&component)?;
        let code = catalog.code(&component)?;
        let program = packaged::pack(adapter, &header, &component.wasm, &code.bytes);
        let program = program.map_err(|source| AdaptError::Describe {
            name: name.clone(),
            source,
        })?;
        let mixins = MixinFolder::lock(&request.porter_home)?;
        let folder = mixins.path().join(&name);
        if !request.force && is_occupied(&folder, &name) {
            return Err(AdaptError::Occupied { path: folder }.into());
        }
        let staged = mixins.stage(&name)?;
        let runtimes = staged.join("runtimes");
        make_folder(&runtimes)?;
        write(&staged.join(&name), &mut &*program, 0o770)?;
        write(
            &runtimes.join(format!("{name}-runtime")),
            &mut &*program,
            0o770,
        )?;
        write(
            &staged.join(format!("{name}.wasm")),
            &mut &*component.wasm,
            0o660,
        )?;
        mixins.put_folder(&name)?;
        Ok(Adapted {
            name,
            version: header.version,
            folder,
            size: program.len() as u64,
        })
    }

    fn header(&self, component: &Component) -> Result<Header, Error> {
        let catalog = self.catalog()?;
        let report = catalog.report(component)?;
        let description = catalog
            .load(component)?
            .describe()
            .map_err(MixinError::from)?;
        Ok(Header {
            name: report.name,
            version: report.version,
            commit: report.revision,
            author: report.authors,
            schema: description.schema.to_string(),
            environment: description.environment,
            tier: report.tier,
            component_digest: report.digest,
            code_digest: catalog.code(component)?.digest.to_string(),
        })
    }
}

/// Whether there is a mixin that is not one of ours.
fn is_occupied(folder: &Path, name: &str) -> bool {
    if !folder.exists() {
        return false;
    }
    let ours = || -> io::Result<bool> {
        let program = File::open(folder.join(name))?;
        Ok(Packaged::read(program).is_ok())
    };
    // A folder with a component and nothing else is one of this porter's own home.
    let component_only =
        || !folder.join(name).exists() && folder.join(format!("{name}.wasm")).is_file();
    let is_empty = || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    !(ours().unwrap_or_default() || component_only() || is_empty())
}
