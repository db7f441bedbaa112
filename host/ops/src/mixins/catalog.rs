//! The mixins that there are: finding, admitting and loading them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use porter_mixin::escape::escape;
use porter_sandbox::{BundlePath, Cache, Code, Compiler, Loader, Mixin, Sandbox, Tier};

use super::calls::{Calls, Counted};
use super::component::{Component, Components, Loaded, Origin, admit, open_as};
use super::name::is_name;
use super::native;
use super::reads::Reads;
use super::{COMPILE_ARGUMENT, MixinError, MixinReport};
use crate::lock::LockedMixin;
use crate::porter::Builtin;

/// The mixins that this porter can use.
#[derive(Debug)]
pub(crate) struct Catalog {
    home: PathBuf,
    builtins: Vec<Builtin>,
    /// Names of the native mixins that are allowed.
    natives: BTreeSet<String>,
    loader: OnceLock<Loader>,
    calls: Calls,
}

impl Catalog {
    /// Of a home and the mixins inside the binary.
    pub(super) fn new(home: PathBuf, builtins: Vec<Builtin>, natives: BTreeSet<String>) -> Self {
        Self {
            home,
            builtins,
            natives,
            loader: OnceLock::new(),
            calls: Calls::default(),
        }
    }

    /// Names of all mixins, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .builtins
            .iter()
            .map(|builtin| builtin.name.to_owned())
            .collect();
        for entry in std::fs::read_dir(self.home.join("mixins"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_there = || {
                self.path(&name).is_file()
                    || self.allows_native(&name) && native::program(&self.home, &name).is_some()
            };
            if is_name(&name) && !names.contains(&name) && is_there() {
                names.push(name);
            }
        }
        names.sort();
        names
    }

    /// `PORTER_HOME`.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// Whether the user allowed a native mixin of this name.
    pub(super) fn allows_native(&self, name: &str) -> bool {
        self.natives.contains(name)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home
            .join("mixins")
            .join(name)
            .join(format!("{name}.wasm"))
    }

    /// The component of this name: the one in the home, then the one inside the binary.
    pub(crate) fn find(&self, name: &str) -> Result<Component, MixinError> {
        if !is_name(name) {
            return Err(MixinError::Name(name.to_owned()));
        }
        let builtin = self.builtin(name);
        if let Some(installed) = self.installed(name)? {
            if builtin.is_some() {
                tracing::warn!(
                    "mixin `{name}` is taken from `{}`, not the built-in one",
                    self.path(name).display()
                );
            }
            return Ok(installed);
        }
        builtin.ok_or_else(|| MixinError::Unknown {
            name: name.to_owned(),
            known: self.names(),
            path: self.path(name),
        })
    }

    /// The component inside the binary.
    pub(super) fn builtin(&self, name: &str) -> Option<Component> {
        let builtin = self.builtins.iter().find(|builtin| builtin.name == name)?;
        Some(Component {
            name: name.to_owned(),
            origin: Origin::Builtin,
            wasm: Cow::Borrowed(builtin.wasm),
        })
    }

    /// The component in the home.
    pub(super) fn installed(&self, name: &str) -> Result<Option<Component>, MixinError> {
        let path = self.path(name);
        match path.is_file() {
            true => open_as(name, &path).map(Some),
            false => Ok(None),
        }
    }

    /// Where a component in the home is.
    pub(super) fn origin(&self, name: &str) -> Origin {
        Origin::File(self.path(name))
    }

    /// What a component says about itself and what it may do.
    pub(crate) fn report(&self, component: &Component) -> Result<MixinReport, MixinError> {
        let admitted = admit(component)?;
        let metadata = admitted.metadata;
        let text = Option::unwrap_or_default;
        Ok(MixinReport {
            name: component.name.clone(),
            version: text(metadata.version),
            description: text(metadata.description),
            authors: text(metadata.authors),
            licenses: text(metadata.licenses),
            source_url: metadata.source.or(metadata.homepage).unwrap_or_default(),
            revision: text(metadata.revision),
            source: match &component.origin {
                Origin::Builtin => "builtin".to_owned(),
                Origin::File(path) => path.display().to_string(),
            },
            digest: admitted.digest.to_string(),
            size: component.wasm.len() as u64,
            interface: format!("porter:mixin@{}", admitted.interface),
            tier: admitted.tier.as_str().to_owned(),
            capabilities: capabilities(admitted.tier, &admitted.reads),
            imports: admitted.imports,
            exports: admitted.exports,
            toolchain: metadata.toolchain,
        })
    }

    /// What the lock says of a component.
    pub(crate) fn locked(&self, component: &Component) -> Result<LockedMixin, MixinError> {
        let report = self.report(component)?;
        Ok(LockedMixin {
            name: report.name,
            version: porter_mixin::escape::escape(&report.version),
            source: match component.origin {
                Origin::Builtin => "builtin".to_owned(),
                Origin::File(_) => "home".to_owned(),
            },
            digest: report.digest,
            tier: report.tier,
            interface: report.interface,
        })
    }

    /// Compiles a component, or takes it from the cache.
    pub(super) fn mixin(&self, component: &Component) -> Result<Mixin, MixinError> {
        Ok(self.loader()?.load(&component.name, &component.wasm)?)
    }

    /// The same, its calls being counted.
    pub(crate) fn load(&self, component: &Component) -> Result<Counted<'_>, MixinError> {
        Ok(Counted {
            mixin: self.mixin(component)?,
            calls: &self.calls,
        })
    }

    /// Loads every component with what it may read, once for all that is asked of it.
    pub(crate) fn load_all<'a>(
        &'a self,
        components: &'a Components,
        reads: &Reads,
    ) -> Result<Vec<Loaded<'a>>, MixinError> {
        let load = |component: &'a Component| {
            let mut mixin = self.load(component)?;
            if let Some(readable) = reads.get(&component.name) {
                mixin.mixin = mixin.mixin.with_files(readable.files.clone());
            }
            Ok(Loaded { component, mixin })
        };
        components.iter().map(load).collect()
    }

    /// Machine code of a component, for the image.
    pub(crate) fn code(&self, component: &Component) -> Result<Code, MixinError> {
        Ok(self.loader()?.code(&component.name, &component.wasm)?)
    }

    /// Tells how many calls were made, for those who want details.
    pub(crate) fn tell_calls(&self) {
        self.calls.tell();
    }

    fn loader(&self) -> Result<&Loader, MixinError> {
        if let Some(loader) = self.loader.get() {
            return Ok(loader);
        }
        let program = std::env::current_exe().map_err(MixinError::Program)?;
        let compiler = Compiler::new(program, [COMPILE_ARGUMENT]);
        let mut loader = Loader::new(Sandbox::new()?, compiler);
        let folder = self.home.join("cache/mixins");
        match Cache::open(&folder, &self.home.join("mixin-cache.key")) {
            Ok(cache) => loader = loader.with_cache(cache),
            Err(error) => tracing::warn!("compiled mixins are not kept: {error}"),
        }
        Ok(self.loader.get_or_init(|| loader))
    }
}

/// What a mixin may do besides computing.
fn capabilities(tier: Tier, reads: &[BundlePath]) -> Vec<String> {
    let always = tier.capabilities().iter().copied().map(str::to_owned);
    let asked = reads.iter().map(|path| match path.as_str() {
        "." => "read what porter.yaml grants".to_owned(),
        path => format!("read `{}` where porter.yaml grants it", escape(path)),
    });
    always.chain(asked).collect()
}
