//! PORTER_HOME, configuration files and documents such as credential and parameter sets, and the
//! resolution of their sources.
//!
//! The only user of `serde_yaml`. Reads files of the user, nothing that a stranger sends.

pub mod desired;
pub mod documents;
mod environment;
mod error;
pub mod file;
mod format;
pub mod home;
mod schema;
pub mod settings;
pub mod sources;
pub mod stores;
mod template;
mod yaml;

pub use environment::EnvVars;
pub use error::{ConfigError, Place};
pub use schema::SchemaCheck;
pub use yaml::to_yaml;
