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

use porter_mixin::Evaluate;
use porter_registry::download::Progress;

use self::digest::Expected;
use self::fetch::{Fetched, fetch};
use super::component::Component;
use super::{Catalog, MixinReport};
use crate::Porter;
use crate::error::Error;

pub use error::InstallError;
pub(super) use fetch::Client;
pub(super) use home::{MixinFolder, file, make_folder, write};

/// What to install, and from where.
#[derive(Debug, Clone, Default)]
pub struct InstallMixin {
    /// A name, the path of a component, or its address.
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
        let fetched = fetch(&name, &wanted, request, progress).await?;
        let verified = verify(&fetched)?;
        let report = self.place(catalog, &name, &fetched)?;
        Ok(MixinInstalled::New {
            replaced: report.1,
            report: Box::new(report.0),
            source: fetched.source,
            verified,
        })
    }

    /// Looks at a component and puts it into its place. Also says which digest it replaced.
    fn place(
        &self,
        catalog: &Catalog,
        name: &str,
        fetched: &Fetched,
    ) -> Result<(MixinReport, Option<String>), Error> {
        let mut component = Component::given(name, fetched.wasm.clone());
        catalog.try_out(&component).map_err(InstallError::from)?;
        let folder = MixinFolder::lock(self.home()?)?;
        let before = catalog.installed(name).ok().flatten();
        let replaced = before
            .and_then(|component| catalog.report(&component).ok())
            .map(|report| report.digest)
            .filter(|digest| *digest != fetched.digest);
        folder.put_component(name, &fetched.wasm)?;
        let url = fetched
            .source
            .contains("://")
            .then_some(fetched.source.as_str());
        index::note(folder.path(), name, fetched.feed.as_deref(), url);
        component.origin = catalog.origin(name);
        let report = catalog.report(&component)?;
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

/// Whether everybody who says what it is says the same. The first of them is returned.
fn verify(fetched: &Fetched) -> Result<Option<&'static str>, InstallError> {
    for Expected { digest, by } in &fetched.expected {
        if *digest != fetched.digest {
            return Err(InstallError::Digest {
                url: fetched.source.clone(),
                found: fetched.digest.clone(),
                expected: digest.clone(),
                by,
            });
        }
    }
    Ok(fetched.expected.first().map(|expected| expected.by))
}
