//! OCI references and registries.
//!
//! The only user of oci-client. Pulling and pushing come with the registry commands.

mod error;
mod reference;

pub use error::{Problem, ReferenceError};
pub use reference::BundleReference;
