//! Looks at a component before anything of it is compiled.
//!
//! A walk over the sections, linear in the size of the file and bounded by it: what it imports
//! and exports, what an instance of it would take, what it says about itself. Function bodies and
//! types are validated later, by the compiler's child process.

mod cost;
mod error;
mod interface;
mod metadata;
mod reads;
mod walk;
mod wasi;

pub use error::AdmissionError;
pub use metadata::Metadata;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::{BundlePath, Digest, SandboxError, Tier};

/// The rules of admission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// For components that import `log` only.
    pub pure: Bounds,
    /// For components that import WASI, which bring the runtime of their language along.
    pub sealed: Bounds,
}

/// How large a component may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of the file.
    pub size: usize,
    /// Bytes that the host spends on globals, functions and imports of all core instances.
    pub resources: u64,
    /// Core instances and component instances.
    pub instances: u64,
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            pure: Bounds {
                size: 4 << 20,
                resources: 32 << 20,
                instances: 256,
            },
            sealed: Bounds {
                size: 32 << 20,
                resources: 32 << 20,
                instances: 256,
            },
        }
    }
}

/// A component that may be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted<'a> {
    /// Its bytes.
    pub wasm: &'a [u8],
    /// Their digest.
    pub digest: Digest,
    /// What it asks for.
    pub tier: Tier,
    /// The version of `porter:mixin` that will be used.
    pub interface: &'static str,
    /// Names of its imports, in their order.
    pub imports: Vec<String>,
    /// Names of its exports, in their order. It may have more than the one that is used: untrusted.
    pub exports: Vec<String>,
    /// Paths of the bundle directory that it asks to read: of tier reader only.
    pub reads: Vec<BundlePath>,
    /// What it says about itself. Untrusted.
    pub metadata: Metadata,
}

impl Admission {
    /// Reads the file of a mixin, never more of it than is allowed.
    ///
    /// # Errors
    /// [`SandboxError::Read`], and [`SandboxError::Refused`] for a file that is too large.
    pub fn read(&self, mixin: &str, path: &Path) -> Result<Vec<u8>, SandboxError> {
        let failed = |source| SandboxError::Read {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let limit = self.largest() as u64;
        let mut bytes = Vec::new();
        if size <= limit {
            file.take(limit + 1)
                .read_to_end(&mut bytes)
                .map_err(failed)?;
        }
        let size = size.max(bytes.len() as u64);
        if size > limit {
            return Err(refused(mixin, None, AdmissionError::Size { size, limit }));
        }
        Ok(bytes)
    }

    /// Looks at a component.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn examine<'a>(&self, wasm: &'a [u8]) -> Result<Admitted<'a>, AdmissionError> {
        check_size(wasm, self.largest())?;
        check_kind(wasm)?;
        let found = walk::walk(wasm)?;
        let (interface, tier) = interface::check(&found.imports, &found.exports)?;
        let reads = reads::parse(&found.reads)?;
        let tier = reads::tier(tier, &reads, &found.imports)?;
        let bounds = match tier {
            Tier::Pure => &self.pure,
            Tier::Sealed | Tier::Reader => &self.sealed,
        };
        check_size(wasm, bounds.size)?;
        bounds.check(found.cost)?;
        Ok(Admitted {
            wasm,
            digest: Digest::of(wasm),
            tier,
            interface,
            reads,
            imports: names(found.imports),
            exports: names(found.exports),
            metadata: found.metadata,
        })
    }

    /// Bytes of the largest file that any tier may have.
    pub fn largest(&self) -> usize {
        self.pure.size.max(self.sealed.size)
    }
}

impl Bounds {
    fn check(&self, cost: cost::Cost) -> Result<(), AdmissionError> {
        if cost.instances > self.instances {
            let (count, limit) = (cost.instances, self.instances);
            return Err(AdmissionError::Instances { count, limit });
        }
        if cost.bytes > self.resources {
            let (bytes, limit) = (cost.bytes, self.resources);
            return Err(AdmissionError::Resources { bytes, limit });
        }
        Ok(())
    }
}

impl Admitted<'_> {
    /// Its version, where it says one.
    pub fn version(&self) -> Option<&str> {
        self.metadata.version.as_deref()
    }
}

fn names(items: Vec<walk::Item>) -> Vec<String> {
    items.into_iter().map(|item| item.name).collect()
}

/// An admission error with the name of the mixin.
pub(crate) fn refused(mixin: &str, version: Option<&str>, source: AdmissionError) -> SandboxError {
    let version = version.unwrap_or(crate::mixin::UNKNOWN_VERSION);
    SandboxError::Refused {
        mixin: mixin.to_owned(),
        version: porter_mixin::escape(version),
        source,
    }
}

fn check_size(wasm: &[u8], limit: usize) -> Result<(), AdmissionError> {
    if wasm.len() > limit {
        let (size, limit) = (wasm.len() as u64, limit as u64);
        return Err(AdmissionError::Size { size, limit });
    }
    Ok(())
}

/// Tells what the file is by its first bytes.
fn check_kind(wasm: &[u8]) -> Result<(), AdmissionError> {
    if wasm.starts_with(b"\x7fELF") {
        return Err(AdmissionError::Precompiled);
    }
    if !wasm.starts_with(b"\0asm") {
        return Err(AdmissionError::NotWasm);
    }
    // Version 1 of layer 0 is a core module, everything of layer 1 a component.
    match wasm.get(6..8) {
        Some([0, 0]) => Err(AdmissionError::CoreModule),
        _ => Ok(()),
    }
}
