//! What can go wrong with the database, in sentences that name the file and the next step.

use std::path::{Path, PathBuf};

use porter_cnab::secrets::SecretsError;
use porter_cnab::store::StoreError;
use thiserror::Error;

/// Why the database or its key could not be used.
#[derive(Debug, Error)]
pub enum StorageError {
    /// The home directory or a file in it could not be made or read.
    #[error("cannot access `{}`: {source}", path.display())]
    Access {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The home directory or the database cannot be written.
    #[error(
        "`{}` cannot be written; make it and its directory writable, or set PORTER_HOME to a \
         directory that is", path.display()
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error(
        "no space left on the disk of `{}`; free some and repeat the command, nothing was changed",
        path.display()
    )]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged or something else.
    #[error(
        "`{}` is damaged or no database ({message}); restore it from a backup, or move it away \
         together with its -wal and -shm files to begin with an empty store", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        message: String,
    },
    /// The database belongs to another program.
    #[error(
        "`{}` is a database of another program; move it away or set PORTER_HOME to another \
         directory", path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer porter wrote the database.
    #[error(
        "`{}` has schema {found}, this porter knows {known}; use the newer porter that wrote it",
        path.display()
    )]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Schema of the file.
        found: i64,
        /// Newest schema that we know.
        known: i64,
    },
    /// Other processes kept the database locked.
    #[error(
        "`{}` is locked by another process for too long; wait for it to end and repeat the command",
        path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// A record cannot be read.
    #[error("a record in `{}` cannot be read: {source}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The key file is missing although there are secrets.
    #[error(
        "the key `{}` is missing, the stored secrets cannot be read without it; restore it from a \
         backup", path.display()
    )]
    KeyMissing {
        /// The key file.
        path: PathBuf,
    },
    /// The key was to be changed while somebody may be writing with it.
    #[error(
        "{runs} run(s) are in progress and may still write secrets with the key `{}`; wait for them \
         to end and repeat the command", path.display()
    )]
    KeyInUse {
        /// The key file.
        path: PathBuf,
        /// How many runs.
        runs: i64,
    },
    /// Another key than the one that is there.
    #[error(
        "`{}` is not the key of the secrets in `{}`: `{key}` cannot be decrypted with it; nothing was \
         changed", path.display(), database.display()
    )]
    OtherKey {
        /// The file with the key.
        path: PathBuf,
        /// The database.
        database: PathBuf,
        /// The secret that does not decrypt.
        key: String,
    },
    /// There is no key yet.
    #[error("there is no key yet: `{}` is made when the first secret is stored", path.display())]
    NoKey {
        /// Where it would be.
        path: PathBuf,
    },
    /// The key file can be read by others.
    #[error("the key `{}` can be read by others; run `chmod 600 {}`", path.display(), path.display())]
    KeyOpen {
        /// The key file.
        path: PathBuf,
    },
    /// The key file is no key file.
    #[error("`{}` is no key of porter; restore it from a backup", path.display())]
    KeyInvalid {
        /// The key file.
        path: PathBuf,
    },
    /// A secret does not decrypt.
    #[error(
        "the secret `{key}` cannot be decrypted: the key `{}` is not the one it was stored with, or \
         the database was tampered with; restore both from the same backup", path.display()
    )]
    Undecryptable {
        /// Key of the secret.
        key: String,
        /// The key file.
        path: PathBuf,
    },
    /// Anything else that SQLite reports.
    #[error("the database `{}` failed: {source}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: Box<sqlx::Error>,
    },
}

impl StorageError {
    /// Tells the errors apart that have a next step of their own.
    pub(crate) fn database(path: &Path, error: sqlx::Error) -> Self {
        let path = path.to_path_buf();
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .and_then(|code| code.parse::<u32>().ok());
        let Some(code) = code else {
            return Self::Database {
                path,
                source: Box::new(error),
            };
        };
        // The primary code is the lower byte. 4874 is SQLITE_IOERR_SHMSIZE and 4618 SQLITE_IOERR_SHMOPEN:
        // the -shm file could not grow, or not be made.
        match (code & 0xff, code) {
            (13, _) | (_, 4874) => Self::DiskFull { path },
            (8, _) => Self::ReadOnly { path },
            (14, _) | (_, 4618) => cannot_open(path),
            (11 | 26, _) => Self::Damaged {
                path,
                message: error.to_string(),
            },
            (5, _) => Self::Locked { path },
            _ => Self::Database {
                path,
                source: Box::new(error),
            },
        }
    }

    /// An error of the system on a file of the home directory.
    pub(crate) fn access(path: &Path, source: std::io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            std::io::ErrorKind::StorageFull => Self::DiskFull { path },
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Self::ReadOnly { path }
            }
            _ => Self::Access { path, source },
        }
    }
}

/// SQLite says "unable to open" for a file in a directory that takes no new files, as the journal
/// is one.
fn cannot_open(path: PathBuf) -> StorageError {
    match std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
    {
        Err(source) => StorageError::access(&path, source),
        Ok(_) => StorageError::ReadOnly { path },
    }
}

impl From<StorageError> for StoreError {
    fn from(error: StorageError) -> Self {
        Self::Backend(Box::new(error))
    }
}

impl From<StorageError> for SecretsError {
    fn from(error: StorageError) -> Self {
        Self::Backend(Box::new(error))
    }
}
