//! Mixins from the native code that lies in the image.

use std::error::Error;
use std::path::PathBuf;

use porter_mixin::Evaluate;
use porter_runbook::document::MixinCode;
#[cfg(feature = "sealed")]
use porter_sandbox::{BundlePath, Files};
use porter_sandbox::{Digest, Mixin, Sandbox, SandboxError, Tier, TrustedCode};

use crate::files;
use crate::native::{Native, TIER};
use crate::root::{MIXINS, Root};
use crate::run::Mixins;

/// Largest file of native code.
const MAX_CODE: u64 = 256 << 20;

/// Loads `/cnab/app/porter/mixins/NAME.ARCH.cwasm`, if its digest is the one in the runbook.
#[derive(Debug)]
pub struct Precompiled {
    root: Root,
    sandbox: std::cell::OnceCell<Sandbox>,
}

/// Why native code is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A name that is no name of a file.
    #[error("the runbook names a mixin as none may be called")]
    Name,
    /// A native mixin without its program.
    #[error("the image does not have its program, `{0}`")]
    NoProgram(String),
    /// No code for this machine.
    #[error("the image has no code for {0}")]
    Architecture(&'static str),
    /// A digest that is none.
    #[error("the runbook has no sha256 digest of its code")]
    Digest,
    /// A tier that is none, or a newer one.
    #[error("the runbook says a tier that this runtime does not know")]
    Tier,
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A path that it may read is none.
    #[cfg(feature = "sealed")]
    #[error("the runbook lets it read `{path}`")]
    Path {
        /// The path, escaped.
        path: String,
        /// What is wrong with it.
        source: porter_sandbox::PathProblem,
    },
    /// What it may read cannot be read.
    #[cfg(feature = "sealed")]
    #[error("cannot give it the files of the bundle")]
    Files(#[from] porter_sandbox::FilesError),
    /// It is not what it should be.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

impl Precompiled {
    /// Below `root`.
    pub fn new(root: Root) -> Self {
        Self {
            root,
            sandbox: std::cell::OnceCell::new(),
        }
    }

    /// A mixin that the bundle's author allowed to be no component.
    fn native(&self, name: &str) -> Result<Native, LoadError> {
        check_name(name)?;
        let mixin = Native::new(name);
        let program = mixin.program();
        match self.root.path(&program).is_file() {
            true => Ok(mixin),
            false => Err(LoadError::NoProgram(program)),
        }
    }

    fn mixin(&self, name: &str, code: &MixinCode) -> Result<Mixin, LoadError> {
        check_name(name)?;
        let architecture = architecture();
        let digest = code
            .code
            .get(architecture)
            .ok_or(LoadError::Architecture(architecture))?;
        let expected = Digest::parse(digest).ok_or(LoadError::Digest)?;
        let component = Digest::parse(&code.digest).ok_or(LoadError::Digest)?;
        let tier = Tier::parse(&code.tier).ok_or(LoadError::Tier)?;
        let inside = format!("{MIXINS}/{name}.{architecture}.cwasm");
        let file = files::read_regular(&self.root.path(&inside), MAX_CODE).map_err(|source| {
            LoadError::Read {
                path: inside.into(),
                source,
            }
        })?;
        let sandbox = match self.sandbox.get() {
            Some(sandbox) => sandbox,
            None => {
                let made = Sandbox::new()?;
                self.sandbox.get_or_init(|| made)
            }
        };
        let trusted = TrustedCode {
            code: &file.bytes,
            expected,
            tier,
            component,
        };
        let mixin = Mixin::from_trusted(sandbox, name, &code.version, trusted)?;
        #[cfg(feature = "sealed")]
        let mixin = mixin.with_files(self.readable(code)?);
        Ok(mixin)
    }

    /// What the mixin may read of the bundle, as it is before the first command.
    #[cfg(feature = "sealed")]
    fn readable(&self, code: &MixinCode) -> Result<Files, LoadError> {
        let paths: Result<Vec<BundlePath>, LoadError> = code
            .reads
            .iter()
            .map(|path| {
                BundlePath::parse(path).map_err(|source| LoadError::Path {
                    path: porter_mixin::escape(path),
                    source,
                })
            })
            .collect();
        Ok(Files::read(&self.root.path(""), &paths?)?)
    }
}

impl Mixins for Precompiled {
    fn load(
        &self,
        name: &str,
        code: &MixinCode,
    ) -> Result<Box<dyn Evaluate>, Box<dyn Error + Send + Sync>> {
        if code.tier == TIER {
            return Ok(Box::new(self.native(name)?));
        }
        Ok(Box::new(self.mixin(name, code)?))
    }
}

/// A name is a single part of a path.
fn check_name(name: &str) -> Result<(), LoadError> {
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\0']) {
        return Err(LoadError::Name);
    }
    Ok(())
}

/// This machine, as images call it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
