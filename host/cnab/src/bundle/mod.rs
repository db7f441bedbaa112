//! `bundle.json`, CNAB 1.2.

mod read;
mod types;
mod validate;

pub use read::{MAX_BYTES, MAX_DEPTH};
pub use types::{
    Action, Bundle, Credential, Destination, Image, InvocationImage, Maintainer, Output, Parameter,
    applies_to,
};
pub use validate::OUTPUTS_DIRECTORY;

/// Version of the format that is written.
pub const SCHEMA_VERSION: &str = "1.2.0";

/// Versions of the format that are read.
pub const SUPPORTED_VERSIONS: &[&str] = &["1.0.0", "1.1.0", "1.2.0"];

/// `$comment` of the definitions that Porter adds for itself.
pub const INTERNAL_COMMENT: &str = "porter-internal";

/// What is wrong with a `bundle.json`.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The document is larger than any honest one.
    #[error("bundle.json has {0} bytes, the limit is {MAX_BYTES}")]
    TooLarge(usize),
    /// The document is no JSON, or not of this form.
    #[error("bundle.json cannot be read")]
    Json(#[source] serde_json::Error),
    /// A key that would change how numbers are read.
    #[error("bundle.json has a key that begins with `$serde_json::private::`")]
    ReservedKey,
    /// The document breaks a rule of CNAB.
    #[error("invalid bundle: {0}")]
    Invalid(String),
    /// Neither a common action nor one of the bundle's.
    #[error(
        "invalid action '{action}' specified for bundle {bundle}: action not defined \"{action}\""
    )]
    UnknownAction {
        /// Name of the bundle.
        bundle: String,
        /// Name that was asked for.
        action: String,
    },
}
