//! The key of the encrypted secrets: exported, imported, exchanged.

use std::path::Path;

use porter_cnab::store::Store as _;
use porter_storage::{SqliteStore, StorageError, StoreOptions};

use crate::Porter;
use crate::error::Error;

impl Porter {
    /// Writes the key to a new file, for the user alone.
    ///
    /// # Errors
    /// When there is no key yet, or the file is there already.
    pub async fn export_key(&self, file: &Path) -> Result<(), Error> {
        let store = self.own_store("export").await?;
        let done = store.export_key(file).await;
        done.map_err(|source| failed("export", source))
    }

    /// Takes over a key from a file, if every secret can be decrypted with it.
    ///
    /// # Errors
    /// When that is not so, or runs are in progress.
    pub async fn import_key(&self, file: &Path) -> Result<(), Error> {
        let store = self.own_store("import").await?;
        let done = store.import_key(file).await;
        done.map_err(|source| failed("import", source))
    }

    /// Makes a new key and encrypts every secret with it; says how many.
    ///
    /// # Errors
    /// When a secret cannot be decrypted, or runs are in progress.
    pub async fn rotate_key(&self) -> Result<usize, Error> {
        let mut store = self.own_store("rotate").await?;
        let done = store.rotate_key().await;
        done.map_err(|source| failed("rotate", source))
    }

    /// A store that no other part of this process uses: it would go on with the key that it has read.
    async fn own_store(&self, what: &'static str) -> Result<SqliteStore, Error> {
        let store = SqliteStore::open(StoreOptions::new(self.home()?)).await;
        let store = store.map_err(|source| failed(what, source))?;
        store.reconcile_lost_runs().await?;
        Ok(store)
    }
}

fn failed(what: &'static str, source: StorageError) -> Error {
    Error::SecretKey { what, source }
}
