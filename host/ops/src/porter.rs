//! What every operation starts from.

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use porter_cnab::ports::Driver;
use porter_config::settings::Settings;
use porter_docker::DockerEngine;
use porter_docker::driver::{DockerDriver, DriverOptions};
use porter_manifest::SchemaCheck;
use porter_sandbox::Tier;

use tokio::sync::OnceCell;

use crate::action::ActionRequest;
use crate::driver::Choice;
use crate::error::Error;
use crate::lock::LockedMixin;
use crate::mixins::Catalog;
use crate::source::ChosenBundle;
use crate::store::Storage;

/// A mixin inside the porter binary.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// Name.
    pub name: &'static str,
    /// The component.
    pub wasm: &'static [u8],
}

/// A program that is not for this machine, inside the porter binary.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// Its bytes; empty when this binary was built without it.
    pub bytes: &'static [u8],
    /// `sha256:…` of them.
    pub digest: &'static str,
}

/// What the porter binary is made of.
#[derive(Debug)]
pub struct Parts {
    /// Version of porter, without `v`.
    pub version: &'static str,
    /// Commit that it was built from.
    pub commit: &'static str,
    /// The program for the image (linux/amd64).
    pub runtime: Program,
    /// The one for images of bundles with a mixin that imports WASI, which is larger.
    pub runtime_sealed: Program,
    /// The program that speaks Porter's mixin protocol (linux/amd64).
    pub adapter: Program,
    /// The one for mixins that import WASI, which is larger.
    pub adapter_sealed: Program,
    /// The built-in mixins, sorted by name.
    pub builtins: Vec<Builtin>,
}

/// The operations. Opening files, stores and engines happens when an operation needs them.
#[derive(Debug)]
pub struct Porter {
    parts: Parts,
    home: OnceLock<PathBuf>,
    pub(crate) catalog: OnceLock<Catalog>,
    pub(crate) storage: OnceCell<Storage>,
    /// What the configuration says about stores.
    pub(crate) settings: Settings,
    /// Names of the native mixins that are allowed.
    pub(crate) natives: BTreeSet<String>,
    /// How strictly the version of a manifest is checked.
    pub(crate) schema_check: SchemaCheck,
}

impl Porter {
    /// Operations of a binary made of these parts.
    ///
    /// # Errors
    /// None today; opening is lazy.
    pub fn new(parts: Parts) -> Result<Self, Error> {
        Ok(Self {
            parts,
            home: OnceLock::new(),
            catalog: OnceLock::new(),
            storage: OnceCell::new(),
            settings: Settings::default(),
            natives: BTreeSet::new(),
            schema_check: SchemaCheck::Exact,
        })
    }

    /// Takes the stores that a configuration file chooses.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Allows native mixins, which run with all rights of the user, by name.
    pub fn allow_native_mixins(&mut self, names: impl IntoIterator<Item = String>) {
        self.natives.extend(names);
    }

    /// Checks the versions of manifests as `schema-check` says.
    pub fn check_schemas(&mut self, check: porter_config::SchemaCheck) {
        self.schema_check = match check {
            porter_config::SchemaCheck::Exact => SchemaCheck::Exact,
            porter_config::SchemaCheck::Minor => SchemaCheck::Minor,
            porter_config::SchemaCheck::Major => SchemaCheck::Major,
            porter_config::SchemaCheck::None => SchemaCheck::None,
        };
    }

    /// Version of porter, without `v`.
    pub fn version(&self) -> &'static str {
        self.parts.version
    }

    /// Commit that this porter was built from.
    pub fn commit(&self) -> &'static str {
        self.parts.commit
    }

    /// The program for the image of a bundle with these mixins.
    pub(crate) fn runtime(&self, mixins: &[LockedMixin]) -> Program {
        let needs_wasi = |mixin: &LockedMixin| ["sealed", "reader"].contains(&&*mixin.tier);
        if mixins.iter().any(needs_wasi) {
            self.parts.runtime_sealed
        } else {
            self.parts.runtime
        }
    }

    /// Digests of the programs for images that are in this binary.
    pub(crate) fn runtime_digests(&self) -> Vec<String> {
        let programs = [self.parts.runtime, self.parts.runtime_sealed];
        programs.map(|program| program.digest.to_owned()).into()
    }

    /// The program that speaks Porter's mixin protocol for a mixin of this tier, if there is one.
    pub(crate) fn adapter(&self, tier: Tier) -> Option<&'static [u8]> {
        let program = match tier {
            Tier::Pure => self.parts.adapter,
            Tier::Sealed | Tier::Reader => self.parts.adapter_sealed,
        };
        Some(program.bytes).filter(|bytes| !bytes.is_empty())
    }

    pub(crate) fn builtins(&self) -> &[Builtin] {
        &self.parts.builtins
    }

    /// `PORTER_HOME`, made when it is not there.
    pub(crate) fn home(&self) -> Result<&Path, Error> {
        if let Some(home) = self.home.get() {
            return Ok(home);
        }
        let found = porter_config::home::ensure()?;
        Ok(self.home.get_or_init(|| found))
    }

    /// The driver that runs the bundle.
    pub(crate) async fn driver(
        &self,
        request: &ActionRequest,
        chosen: &ChosenBundle,
    ) -> Result<Box<dyn Driver>, Error> {
        match crate::driver::choose(request)? {
            Choice::Docker => {
                let mut options = crate::driver::options(request)?;
                if let Some(origin) = &chosen.origin {
                    options.credentials = crate::travel::credentials(&origin.reference).await?;
                }
                Ok(Box::new(self.docker_driver(options).await?))
            }
            Choice::Other(driver) => Ok(driver),
        }
    }

    pub(crate) async fn docker_driver(
        &self,
        options: DriverOptions,
    ) -> Result<DockerDriver, Error> {
        let engine = self.engine().await?;
        Ok(DockerDriver::new(engine.docker().clone(), options))
    }

    pub(crate) async fn engine(&self) -> Result<DockerEngine, Error> {
        Ok(DockerEngine::connect().await?)
    }

    /// An error and its causes on one line each.
    pub(crate) fn chain(&self, error: &dyn StdError) -> String {
        crate::error::chain(error)
    }
}
