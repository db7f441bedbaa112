//! Finding, admitting and loading mixins.

mod calls;
mod cases_error;
mod catalog;
mod compare;
mod component;
mod error;
mod evaluation;
mod install;
mod name;
mod publish;
mod search;
mod test;

use std::path::Path;

use serde::Serialize;

use crate::Porter;
use crate::error::Error;

pub use cases_error::CasesError;
pub(crate) use catalog::Catalog;
pub use compare::{CaseChange, Change, MixinDiff, Part};
pub(crate) use component::{Component, Components, Loaded};
pub use error::MixinError;
pub use evaluation::{Answer, CallStats, Evaluation, Function, Ordered};
pub use install::{InstallError, InstallMixin, MixinInstalled};
pub use publish::FeedRequest;
pub use search::Listing;
pub use test::{CaseOutcome, CaseReport, MixinTestReport, MixinTestRequest};

/// A JSON value whose numbers keep their spelling.
pub(crate) type Json = serde_json::Value;

/// The hidden argument with which the porter binary compiles one component.
pub const COMPILE_ARGUMENT: &str = "__compile-component";

/// What `porter mixins inspect` shows: nothing of it is known by running the mixin. Texts that come
/// from the component are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// `pure`, `sealed` or `reader`.
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
        Ok(self.catalog.get_or_init(|| Catalog::new(home, builtins)))
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
                .find(&name)
                .and_then(|component| catalog.report(&component))
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
        let component = self.component(name)?;
        Ok(self.catalog()?.report(&component)?)
    }

    /// The component of a mixin, by its name or its path.
    pub(crate) fn component(&self, name: &str) -> Result<Component, Error> {
        let is_path = name.contains('/') || name.ends_with(".wasm");
        Ok(if is_path {
            component::open(Path::new(name))?
        } else {
            self.catalog()?.find(name)?
        })
    }
}
