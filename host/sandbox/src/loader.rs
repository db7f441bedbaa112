//! From the bytes of a component to a mixin.

use std::hash::{Hash, Hasher};
use std::path::Path;

use porter_mixin::escape;
use sha2::{Digest as _, Sha256};

use crate::admission::{self, Admission, AdmissionError, Admitted};
use crate::component::load_trusted;
use crate::mixin::UNKNOWN_VERSION;
use crate::{Cache, CompileError, Compiler, Digest, Mixin, Sandbox, SandboxError, engine};

/// Turns components into mixins: admits, compiles or finds them in the cache, loads.
#[derive(Debug)]
pub struct Loader {
    sandbox: Sandbox,
    compiler: Compiler,
    admission: Admission,
    cache: Option<Cache>,
    compatibility: String,
}

/// Machine code of a component, for this build and machine: what goes into an image beside the
/// component, for [`Mixin::from_trusted`].
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// The machine code.
    pub bytes: Vec<u8>,
    /// Its digest, for the runbook.
    pub digest: Digest,
}

impl Loader {
    /// Compiles with `compiler` what it has not seen, and keeps nothing.
    pub fn new(sandbox: Sandbox, compiler: Compiler) -> Self {
        let compatibility = compatibility(&sandbox);
        Self {
            sandbox,
            compiler,
            admission: Admission::default(),
            cache: None,
            compatibility,
        }
    }

    /// Keeps compiled code in `cache`.
    #[must_use]
    pub fn with_cache(mut self, cache: Cache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Sets other rules of admission than the default.
    #[must_use]
    pub fn with_admission(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// Looks at a component without compiling it.
    ///
    /// # Errors
    /// [`SandboxError::Refused`].
    pub fn admit<'a>(&self, name: &str, wasm: &'a [u8]) -> Result<Admitted<'a>, SandboxError> {
        self.admission
            .examine(wasm)
            .map_err(|error| admission::refused(name, None, error))
    }

    /// Reads, admits and loads the component in a file.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub fn load_file(&self, name: &str, path: &Path) -> Result<Mixin, SandboxError> {
        self.load(name, &self.admission.read(name, path)?)
    }

    /// Admits a component and loads it, from the cache where it is there.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub fn load(&self, name: &str, wasm: &[u8]) -> Result<Mixin, SandboxError> {
        let admitted = self.admit(name, wasm)?;
        let cached = self.cached(&admitted);
        // Code that is ours but does not load is a miss, too.
        if let Some(Ok(mixin)) = cached.map(|code| self.mixin(name, &admitted, &code)) {
            return Ok(mixin);
        }
        let code = self.compile(name, &admitted)?;
        let mixin = self.mixin(name, &admitted, &code)?;
        self.keep(&admitted, &code);
        Ok(mixin)
    }

    /// Admits a component and gives its machine code, from the cache where it is there.
    ///
    /// # Errors
    /// As [`Self::load`]: the code has been loaded once, so it is known to fit.
    pub fn code(&self, name: &str, wasm: &[u8]) -> Result<Code, SandboxError> {
        let admitted = self.admit(name, wasm)?;
        let fits = |code: &Vec<u8>| self.mixin(name, &admitted, code).is_ok();
        if let Some(code) = self.cached(&admitted).filter(fits) {
            return Ok(Code {
                digest: Digest::of(&code),
                bytes: code,
            });
        }
        let code = self.compile(name, &admitted)?;
        self.mixin(name, &admitted, &code)?;
        self.keep(&admitted, &code);
        Ok(Code {
            digest: Digest::of(&code),
            bytes: code,
        })
    }

    fn cached(&self, admitted: &Admitted<'_>) -> Option<Vec<u8>> {
        self.cache
            .as_ref()?
            .get(&admitted.digest, &self.compatibility)
    }

    fn keep(&self, admitted: &Admitted<'_>, code: &[u8]) {
        if let Some(cache) = &self.cache {
            cache.put(&admitted.digest, &self.compatibility, code);
        }
    }

    fn compile(&self, name: &str, admitted: &Admitted<'_>) -> Result<Vec<u8>, SandboxError> {
        self.compiler
            .compile(admitted.wasm, admitted.tier)
            .map_err(|source| match source {
                CompileError::Type { reason } => {
                    admission::refused(name, admitted.version(), AdmissionError::Type { reason })
                }
                source => SandboxError::Compile {
                    mixin: name.to_owned(),
                    version: escape(admitted.version().unwrap_or(UNKNOWN_VERSION)),
                    source,
                },
            })
    }

    fn mixin(
        &self,
        name: &str,
        admitted: &Admitted<'_>,
        code: &[u8],
    ) -> Result<Mixin, SandboxError> {
        let component =
            load_trusted(&self.sandbox.inner.engine, code).map_err(|error| SandboxError::Load {
                mixin: name.to_owned(),
                source: error.into(),
            })?;
        let version = admitted.version().unwrap_or(UNKNOWN_VERSION);
        let kind = (admitted.tier, admitted.digest);
        Mixin::new(&self.sandbox, name, version, &component, kind).map_err(|error| {
            let reason = escape(&format!("{error:#}"));
            admission::refused(name, admitted.version(), AdmissionError::Type { reason })
        })
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Code({} bytes, {})", self.bytes.len(), self.digest)
    }
}

/// Names everything that machine code depends on beside the component.
fn compatibility(sandbox: &Sandbox) -> String {
    let mut hasher = Stable(Sha256::new());
    sandbox
        .inner
        .engine
        .precompile_compatibility_hash()
        .hash(&mut hasher);
    engine::TARGET.hash(&mut hasher);
    engine::REVISION.hash(&mut hasher);
    let digest = hasher.0.finalize();
    let hex: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{hex}-{}", env!("CARGO_PKG_VERSION"))
}

/// A hasher that gives the same in every process.
struct Stable(Sha256);

impl Hasher for Stable {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        // Only the digest is used.
        0
    }
}
