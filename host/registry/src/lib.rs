//! OCI references, downloads, feeds and secrets of a Vault: what comes from somewhere else.
//!
//! The only user of oci-client and reqwest. Pulling and pushing come with the registry commands.

pub mod download;
mod error;
pub mod feed;
mod reference;
pub mod vault;

pub use error::{Problem, ReferenceError};
pub use reference::BundleReference;
