//! Why a cache is not used.

use std::path::PathBuf;

/// Why a cache is not used. The product works without one, slower.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// A file operation failed.
    #[error("cannot {action} `{path}`")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The folder or the key is a link, or something else than it should be.
    #[error("`{path}` is not {expected}, or a link to one")]
    Kind {
        /// The file or folder.
        path: PathBuf,
        /// What it has to be.
        expected: &'static str,
    },
    /// Somebody else owns it.
    #[error("`{path}` belongs to user {owner}, not to user {user} who runs this")]
    Owner {
        /// The file or folder.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who we are.
        user: u32,
    },
    /// Others can write to it, or read the key.
    #[error("`{path}` is open to others (mode {mode:o}): close it with `chmod {wanted:o}`")]
    Mode {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What they should be.
        wanted: u32,
    },
    /// The key lies in the folder that it protects.
    #[error("the key `{path}` lies inside the cache folder")]
    KeyInside {
        /// Path of the key.
        path: PathBuf,
    },
    /// The key is not one.
    #[error("`{path}` is not a key: remove it, it is made again")]
    Key {
        /// Path of the key.
        path: PathBuf,
    },
}
