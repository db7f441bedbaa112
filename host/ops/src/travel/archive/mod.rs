//! Thick bundles: a bundle with all its images in one file.
//!
//! Source: `cnab-runtime.md` §12 of the compatibility reference. A gzip-compressed tar archive:
//! `bundle.json`, `relocation-mapping.json`, and in `artifacts/layout` an OCI image layout. The same
//! bundle is always the same bytes.

mod check;
mod content;
mod pack;
mod publish;

/// The OCI image layout within the archive.
const LAYOUT: &str = "artifacts/layout";
/// The blobs of the layout.
const BLOBS: &str = "artifacts/layout/blobs/sha256/";
/// The document of the bundle.
const BUNDLE: &str = "bundle.json";
/// Where its images were when it was packed.
const RELOCATION: &str = "relocation-mapping.json";
/// Names an image in the index of a layout.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

pub use pack::ArchiveRequest;
