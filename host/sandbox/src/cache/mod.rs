//! Keeps compiled code, and trusts nothing that it finds.
//!
//! An entry is machine code: whoever can write one runs code as us. So the folder has to be ours
//! alone, every entry carries an HMAC over its name and its bytes, made with a key that lies
//! elsewhere, and the bytes that were verified are the bytes that are used. Any doubt is a miss.

mod entry;
mod error;
mod folder;
mod key;

pub use error::CacheError;

use std::path::{Path, PathBuf};

use folder::Folder;
use key::Key;

use crate::Digest;

/// Bytes of all entries above which the oldest are removed.
const MAX_TOTAL: u64 = 1 << 30;
/// Bytes of one entry.
const MAX_ENTRY: u64 = 256 << 20;

/// A folder of compiled code, safe to be used by several processes at once.
pub struct Cache {
    folder: Folder,
    path: PathBuf,
    key: Key,
    total: u64,
}

impl Cache {
    /// Opens `folder`, making it where it is missing. `key_file`, made where it is missing, has
    /// to lie outside of it: where the folder is shared or restored by others, the key is not.
    ///
    /// # Errors
    /// [`CacheError`] for a folder or a key that somebody else could have written. Compile
    /// without a cache then.
    pub fn open(folder: &Path, key_file: &Path) -> Result<Self, CacheError> {
        let opened = Folder::open(folder)?;
        if key_file.starts_with(folder) {
            return Err(CacheError::KeyInside {
                path: key_file.to_owned(),
            });
        }
        let key = Key::open(key_file)?;
        Ok(Self {
            folder: opened,
            path: folder.to_owned(),
            key,
            total: MAX_TOTAL,
        })
    }

    /// Sets how many bytes all entries may have, 1 GiB by default.
    #[must_use]
    pub fn with_total(mut self, bytes: u64) -> Self {
        self.total = bytes;
        self
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Code of the component with digest `wasm`, compiled by the build that `compatibility` names.
    pub(crate) fn get(&self, wasm: &Digest, compatibility: &str) -> Option<Vec<u8>> {
        let name = name(wasm, compatibility);
        let sealed = match self.folder.read(&name, MAX_ENTRY) {
            Ok(sealed) => sealed?,
            Err(error) => {
                tracing::debug!("cannot read cached code `{name}`: {error}");
                return None;
            }
        };
        let code = entry::unseal(&self.key, &name, sealed);
        if code.is_none() {
            tracing::warn!("cached code `{name}` is not what was stored: it is compiled again");
        }
        code
    }

    /// Stores `code`. A failure costs a compilation later, nothing else.
    pub(crate) fn put(&self, wasm: &Digest, compatibility: &str, code: &[u8]) {
        if code.len() as u64 > MAX_ENTRY - entry::HEADER as u64 {
            return;
        }
        let name = name(wasm, compatibility);
        let header = entry::seal(&self.key, &name, code);
        let stored = self
            .folder
            .write(&name, &[&header, code])
            .and_then(|()| self.folder.shrink(self.total, &name));
        if let Err(error) = stored {
            tracing::warn!(
                "cannot keep compiled code in `{}`: {error}",
                self.path.display()
            );
        }
    }
}

fn name(wasm: &Digest, compatibility: &str) -> String {
    format!("{}-{compatibility}.cwasm", wasm.hex())
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
