//! Installing and removing mixins.
//!
//! What comes from elsewhere is looked at before it has a place: its digest where somebody says
//! one, its imports, and whether it compiles and answers. Only then is it put into
//! `PORTER_HOME/mixins`, all at once.

mod digest;
mod error;
mod fetch;
mod home;
mod index;
mod source;

use std::fs::File;
use std::io::Seek;

use porter_mixin::Evaluate;
use porter_registry::download::Progress;

use self::digest::Expected;
use self::fetch::{Content, fetch, verify};
use super::component::Component;
use super::native::{self, NativeMixin};
use super::{Catalog, MixinError, MixinReport};
use crate::Porter;
use crate::error::Error;

pub use error::InstallError;
pub(super) use fetch::Client;
pub(super) use home::{MixinFolder, file, make_folder, write};

/// What to install, and from where.
#[derive(Debug, Clone, Default)]
pub struct InstallMixin {
    /// A name, the path of a component, its address, or its reference in a registry.
    pub mixin: String,
    /// The name to install a file or an address under, instead of its own.
    pub name: Option<String>,
    /// `--version`: `latest`, or exactly as published.
    pub version: String,
    /// `--url`: a folder with a folder per version.
    pub url: Option<String>,
    /// `--feed-url`: an Atom feed.
    pub feed_url: Option<String>,
    /// `--mirror`: where `mixins/atom.xml` is.
    pub mirror: String,
    /// `--digest`: what the component must be.
    pub digest: Option<String>,
    /// Whether the name may be one that is built in.
    pub replace_builtin: bool,
    /// Whether addresses of this machine and its surroundings are like any other.
    pub allow_private_addresses: bool,
    /// Whether a registry may do without TLS.
    pub insecure_registry: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MixinInstalled {
    /// It is installed.
    New {
        /// What it is. Texts are untrusted.
        report: Box<MixinReport>,
        /// Where it came from.
        source: String,
        /// Who says that it has this digest; nobody for one that is trusted on first use.
        verified: Option<&'static str>,
        /// Digest of the one that it replaces.
        replaced: Option<String>,
    },
    /// It is built in, and that is as good.
    Builtin {
        /// What it is.
        report: Box<MixinReport>,
    },
}

impl Porter {
    /// Installs a mixin into `PORTER_HOME`, or replaces it.
    ///
    /// # Errors
    /// When it cannot be fetched, is not what somebody says it is, or cannot be used. What was
    /// installed before is then still there.
    pub async fn install_mixin(
        &self,
        request: &InstallMixin,
        progress: &dyn Progress,
    ) -> Result<MixinInstalled, Error> {
        let (name, wanted) = source::wanted(request)?;
        let catalog = self.catalog()?;
        if let Some(builtin) = catalog.builtin(&name).filter(|_| !request.replace_builtin) {
            if wanted.is_exact() || request.digest.is_some() {
                return Err(InstallError::Builtin(name).into());
            }
            let report = Box::new(catalog.report(&builtin)?);
            return Ok(MixinInstalled::Builtin { report });
        }
        let allow_native = catalog.allows_native(&name);
        let mut fetched = fetch(&name, &wanted, request, allow_native, progress).await?;
        let (report, replaced) = match &mut fetched.content {
            Content::Component(wasm, digest) => {
                for Expected {
                    digest: expected,
                    by,
                } in &fetched.expected
                {
                    verify(&fetched.source, digest, expected, by)?;
                }
                self.place(catalog, Component::given(&name, std::mem::take(wasm)))?
            }
            Content::Native { client, runtime } => {
                self.place_native(&name, client, runtime, &fetched.expected)?
            }
        };
        let folder = MixinFolder::lock(self.home()?)?;
        let url = fetched
            .source
            .contains("://")
            .then_some(fetched.source.as_str());
        index::note(folder.path(), &name, fetched.feed.as_deref(), url);
        Ok(MixinInstalled::New {
            replaced,
            report: Box::new(report),
            source: fetched.source,
            verified: fetched.expected.first().map(|expected| expected.by),
        })
    }

    /// Looks at a component and puts it into its place. Also says which digest it replaced.
    fn place(
        &self,
        catalog: &Catalog,
        mut component: Component,
    ) -> Result<(MixinReport, Option<String>), Error> {
        catalog.try_out(&component).map_err(InstallError::from)?;
        let name = component.name.clone();
        let folder = MixinFolder::lock(self.home()?)?;
        let before = catalog.installed(&name).ok().flatten();
        folder.put_component(&name, &component.wasm)?;
        component.origin = catalog.origin(&name);
        let report = catalog.report(&component)?;
        let replaced = before
            .and_then(|component| catalog.report(&component).ok())
            .map(|before| before.digest)
            .filter(|digest| *digest != report.digest);
        Ok((report, replaced))
    }

    /// Asks a program for its version and puts the mixin into its place.
    fn place_native(
        &self,
        name: &str,
        client: &mut File,
        runtime: &mut File,
        expected: &[Expected],
    ) -> Result<(MixinReport, Option<String>), Error> {
        let home = self.home()?;
        let folder = MixinFolder::lock(home)?;
        let before = native::digest_of(home, name);
        let staged = folder.stage(name)?;
        home::make_folder(&staged.join("runtimes"))?;
        let path = format!("runtimes/{name}-runtime");
        for (path, content) in [(name, client), (path.as_str(), runtime)] {
            let path = staged.join(path);
            content
                .rewind()
                .map_err(|source| file("read", &path, source))?;
            home::write(&path, content, 0o770)?;
        }
        let mixin = NativeMixin::open_at(home, &staged, name);
        let mixin = mixin.map_err(|error| InstallError::from(MixinError::from(error)))?;
        for Expected { digest, by } in expected {
            verify(&staged.to_string_lossy(), &mixin.digest, digest, by)?;
        }
        folder.put_folder(name)?;
        let mut report = mixin.report();
        report.source = home.join("mixins").join(name).display().to_string();
        let replaced = before.filter(|digest| *digest != report.digest);
        Ok((report, replaced))
    }

    /// Takes a mixin out of `PORTER_HOME`. Returns what a bundle that names it gets from now on:
    /// the built-in one, where there is one.
    ///
    /// # Errors
    /// When the name cannot be one, or the file system refuses.
    pub fn uninstall_mixin(&self, name: &str) -> Result<Option<MixinReport>, Error> {
        let name = name.to_ascii_lowercase();
        if !super::name::is_name(&name) {
            return Err(super::MixinError::Name(porter_mixin::escape::escape(&name)).into());
        }
        let folder = MixinFolder::lock(self.home()?)?;
        folder.remove(&name)?;
        index::forget(folder.path(), &name);
        let catalog = self.catalog()?;
        let builtin = catalog.builtin(&name);
        Ok(builtin
            .map(|builtin| catalog.report(&builtin))
            .transpose()?)
    }
}

impl Catalog {
    /// Compiles a component and asks it what it is.
    fn try_out(&self, component: &Component) -> Result<(), super::MixinError> {
        self.load(component)?.describe()?;
        Ok(())
    }
}
