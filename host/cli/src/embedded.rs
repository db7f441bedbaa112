//! The mixins and the runtime inside this binary.

use porter_ops::Builtin;

mod files {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// The program of the image, for linux/amd64; empty when this binary was built without it.
pub(crate) fn runtime() -> &'static [u8] {
    files::RUNTIME
}

/// `sha256:…` of [`runtime`].
pub(crate) fn runtime_digest() -> &'static str {
    files::RUNTIME_DIGEST
}

/// The built-in mixins, sorted by name.
pub(crate) fn mixins() -> Vec<Builtin> {
    files::MIXINS
        .iter()
        .map(|(name, wasm)| Builtin { name, wasm })
        .collect()
}
