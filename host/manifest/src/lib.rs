//! porter.yaml: parser with positions, types, validation, lint rules.
//!
//! [`Manifest::load`] reads and checks a manifest; a [`Manifest`] gives the requests for its
//! mixins, its lint findings, its Runbook and its `bundle.json`. Nothing here touches a network,
//! an engine or a mixin; only [`source::read`] touches a file.

pub mod bundle;
pub mod lint;
pub mod model;
pub mod problem;
pub mod reference;
pub mod schema;
pub mod source;
pub mod suggest;
pub mod version;
pub mod yaml;

mod build;
mod load;
mod names;
mod overrides;
mod persistent;
mod read;
mod requests;
mod runbook;
mod schema_version;
mod templates;
mod validate;

pub use bundle::Stamp;
pub use lint::Finding;
pub use load::{LoadOptions, Loaded};
pub use model::Manifest;
pub use problem::{Place, Problem, Problems, Severity};
pub use read::actions::ordinal;
pub use reference::Reference;
pub use schema_version::{DEFAULT_SCHEMA_VERSION, Features, SchemaCheck};

/// A JSON value whose numbers keep their spelling.
pub type Json = serde_json::Value;
