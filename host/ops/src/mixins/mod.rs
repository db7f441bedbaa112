//! Finding, admitting and loading mixins.

mod adapt;
mod calls;
mod cases_error;
mod catalog;
mod choose;
mod compare;
mod component;
mod create;
mod error;
mod evaluation;
mod install;
mod name;
mod native;
mod oci;
mod pack;
mod publish;
pub(crate) mod reads;
mod search;
mod test;

use std::path::Path;

use serde::Serialize;

use crate::Porter;
use crate::error::Error;

pub use adapt::{AdaptError, AdaptRequest, Adapted};
pub use cases_error::CasesError;
pub(crate) use catalog::Catalog;
pub(crate) use choose::Chosen;
pub use compare::{CaseChange, Change, MixinDiff, Part};
pub(crate) use component::{Component, Components, Loaded};
pub use create::{CreateMixin, CreateMixinError, Language, create as create_mixin};
pub use error::MixinError;
pub use evaluation::{Answer, CallStats, Evaluation, Function, Ordered};
pub use install::{InstallError, InstallMixin, MixinInstalled};
pub use native::NativeError;
pub(crate) use native::{NativeMixin, TIER as NATIVE_TIER};
pub use oci::{MixinPublished, PublishMixin};
pub use pack::PackMixin;
pub use publish::FeedRequest;
pub use search::Listing;
pub use test::{CaseOutcome, CaseReport, MixinTestReport, MixinTestRequest};

/// A JSON value whose numbers keep their spelling.
pub(crate) type Json = serde_json::Value;

/// The hidden argument with which the porter binary compiles one component.
pub const COMPILE_ARGUMENT: &str = "__compile-component";

/// What `porter mixins inspect` shows: nothing of it is known by running the mixin. Texts that come
/// from the component are untrusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MixinReport {
    /// Name, as bundles use it.
    pub name: String,
    /// Version that the component says.
    pub version: String,
    /// Description that the component says.
    pub description: String,
    /// Authors that the component says.
    pub authors: String,
    /// SPDX expression that the component says.
    pub licenses: String,
    /// Where its source is said to be.
    pub source_url: String,
    /// Revision of its source.
    pub revision: String,
    /// `builtin` or a path.
    pub source: String,
    /// `sha256:…` of the component.
    pub digest: String,
    /// Bytes of the component.
    pub size: u64,
    /// Interface that it exports.
    pub interface: String,
    /// `pure`, `sealed`, `reader`, or `native, unsandboxed`.
    pub tier: String,
    /// What it may do besides computing.
    pub capabilities: Vec<String>,
    /// Names of its imports.
    pub imports: Vec<String>,
    /// Names of its exports.
    pub exports: Vec<String>,
    /// The programs that made it, as it says.
    pub toolchain: Vec<String>,
}

impl Porter {
    pub(crate) fn catalog(&self) -> Result<&Catalog, Error> {
        if let Some(catalog) = self.catalog.get() {
            return Ok(catalog);
        }
        let home = self.home()?.to_path_buf();
        let builtins = self.builtins().to_vec();
        let natives = self.natives.clone();
        Ok(self
            .catalog
            .get_or_init(|| Catalog::new(home, builtins, natives)))
    }

    /// Every mixin that a bundle can use, by name. One that cannot be admitted is listed with what
    /// is known of it, and a warning.
    ///
    /// # Errors
    /// When the home cannot be used.
    pub fn mixins(&self) -> Result<Vec<MixinReport>, Error> {
        let catalog = self.catalog()?;
        let mut reports = Vec::new();
        for name in catalog.names() {
            match catalog
                .choose(&name, None)
                .and_then(|choice| catalog.report_choice(&choice))
            {
                Ok(report) => reports.push(report),
                Err(error) => tracing::warn!(
                    "could not get version from mixin {name}: {}",
                    self.chain(&error)
                ),
            }
        }
        Ok(reports)
    }

    /// What a mixin is and may do, by its name or the path of a component, without running it.
    ///
    /// # Errors
    /// When there is none or it is not admitted.
    pub fn inspect_mixin(&self, name: &str) -> Result<MixinReport, Error> {
        let catalog = self.catalog()?;
        if is_path(name) {
            return Ok(catalog.report(&component::open(Path::new(name))?)?);
        }
        let choice = catalog.choose(name, None)?;
        Ok(catalog.report_choice(&choice)?)
    }

    /// The component of a mixin, by its name or its path.
    pub(crate) fn component(&self, name: &str) -> Result<Component, Error> {
        Ok(if is_path(name) {
            component::open(Path::new(name))?
        } else {
            self.catalog()?.find(name)?
        })
    }
}

/// Whether a user means a file rather than the name of a mixin.
fn is_path(text: &str) -> bool {
    text.contains('/') || text.ends_with(".wasm")
}
