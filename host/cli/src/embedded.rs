//! The mixins, the runtime and the adapter inside this binary.

use porter_ops::{Builtin, Program};

mod files {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// The program of the image, for linux/amd64; empty when this binary was built without it.
pub(crate) fn runtime() -> Program {
    Program {
        bytes: files::RUNTIME,
        digest: files::RUNTIME_DIGEST,
    }
}

/// The one for images of bundles with a mixin that imports WASI.
pub(crate) fn runtime_sealed() -> Program {
    Program {
        bytes: files::RUNTIME_SEALED,
        digest: files::RUNTIME_SEALED_DIGEST,
    }
}

/// The program that speaks Porter's mixin protocol, for linux/amd64.
pub(crate) fn adapter() -> Program {
    Program {
        bytes: files::ADAPTER,
        digest: files::ADAPTER_DIGEST,
    }
}

/// The one for mixins that import WASI.
pub(crate) fn adapter_sealed() -> Program {
    Program {
        bytes: files::ADAPTER_SEALED,
        digest: files::ADAPTER_SEALED_DIGEST,
    }
}

/// The built-in mixins, sorted by name.
pub(crate) fn mixins() -> Vec<Builtin> {
    files::MIXINS
        .iter()
        .map(|(name, wasm)| Builtin { name, wasm })
        .collect()
}
