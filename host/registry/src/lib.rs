//! OCI references and registries, downloads, feeds and secrets of a Vault: what comes from somewhere
//! else, or goes there.
//!
//! The only user of oci-client and reqwest.

pub mod client;
pub mod document;
pub mod download;
mod error;
pub mod feed;
pub mod media;
mod reference;
pub mod vault;

pub use client::{Registry, RegistryError, RegistryOptions};
pub use document::{Descriptor, Document, Index, Manifest};
pub use error::{Problem, ReferenceError};
pub use reference::BundleReference;
