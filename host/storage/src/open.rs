//! Opening the store.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use porter_cnab::store::Holder;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, Transaction};
use tokio::sync::{Mutex, OnceCell};

use crate::error::StorageError;
use crate::key::SecretKey;
use crate::{migrate, process};

/// Name of the database in the home directory.
pub const DATABASE_FILE: &str = "porter.db";
/// Name of the key of the secrets in the home directory.
pub const KEY_FILE: &str = "secret.key";

/// How long a process waits for the locks of others.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How to open the store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The home directory; made when absent.
    pub home: PathBuf,
    /// In whose name leases are taken; this process when none is given.
    pub holder: Option<Holder>,
}

impl StoreOptions {
    /// The store in this home directory, for this process.
    pub fn new(home: impl Into<PathBuf>) -> Self {
        Self {
            home: home.into(),
            holder: None,
        }
    }
}

/// The store in an SQLite database. Also a secret store: values are encrypted with a key that lies
/// beside the database, in a file of its own.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) path: PathBuf,
    pub(crate) key_path: PathBuf,
    pub(crate) connection: Mutex<SqliteConnection>,
    pub(crate) key: OnceCell<SecretKey>,
    holder: OnceCell<Holder>,
}

impl SqliteStore {
    /// Opens the store, makes it when it is not there, and brings it to the newest schema.
    ///
    /// # Errors
    /// When the directory or the database cannot be used, or a newer porter wrote it.
    pub async fn open(options: StoreOptions) -> Result<Self, StorageError> {
        let path = options.home.join(DATABASE_FILE);
        create(&options.home, &path)?;
        let mut connection = SqliteConnectOptions::new()
            .filename(&path)
            .busy_timeout(BUSY_TIMEOUT)
            .row_buffer_size(1024)
            .disable_statement_logging()
            .connect()
            .await
            .map_err(|error| StorageError::database(&path, error))?;
        migrate::migrate(&mut connection, &path).await?;
        Ok(Self {
            key_path: options.home.join(KEY_FILE),
            path,
            connection: Mutex::new(connection),
            key: OnceCell::new(),
            holder: OnceCell::new_with(options.holder),
        })
    }

    /// Closes the database in order. Without it nothing is lost, but the next to open it has to
    /// read the log first.
    ///
    /// # Errors
    /// When the log cannot be written back.
    pub async fn close(self) -> Result<(), StorageError> {
        let connection = self.connection.into_inner();
        connection
            .close()
            .await
            .map_err(|error| StorageError::database(&self.path, error))
    }

    /// In whose name leases are taken.
    pub(crate) async fn holder(&self) -> &Holder {
        self.holder
            .get_or_init(|| async { process::current() })
            .await
    }

    /// Begins a transaction that writes: it waits for other writers now, not in the middle.
    pub(crate) async fn transaction<'c>(
        &self,
        connection: &'c mut SqliteConnection,
    ) -> Result<Transaction<'c, Sqlite>, StorageError> {
        let begun = connection.begin_with("BEGIN IMMEDIATE").await;
        begun.map_err(|error| self.failed(error))
    }

    /// Ends a transaction: from here on its changes are there.
    pub(crate) async fn commit(
        &self,
        transaction: Transaction<'_, Sqlite>,
    ) -> Result<(), StorageError> {
        transaction
            .commit()
            .await
            .map_err(|error| self.failed(error))
    }

    pub(crate) fn failed(&self, error: sqlx::Error) -> StorageError {
        StorageError::database(&self.path, error)
    }

    pub(crate) fn unreadable(&self, source: serde_json::Error) -> StorageError {
        StorageError::Record {
            path: self.path.clone(),
            source,
        }
    }
}

/// Makes home directory and database file for the user alone. SQLite gives its other files the
/// mode of the database.
fn create(home: &Path, path: &Path) -> Result<(), StorageError> {
    if fs::symlink_metadata(path).is_ok() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(home)
        .map_err(|source| StorageError::access(home, source))?;
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match created {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(StorageError::access(path, source)),
    }
}
