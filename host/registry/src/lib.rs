//! OCI references, downloads and feeds: what comes from somewhere else.
//!
//! The only user of oci-client and reqwest. Pulling and pushing come with the registry commands.

pub mod download;
mod error;
pub mod feed;
mod reference;

pub use error::{Problem, ReferenceError};
pub use reference::BundleReference;
