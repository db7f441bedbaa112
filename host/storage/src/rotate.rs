//! The key of the secrets: taken elsewhere, brought back, exchanged for a new one.

use std::path::Path;

use sqlx::{Row, SqliteConnection};
use tokio::sync::OnceCell;

use crate::error::StorageError;
use crate::key::{Sealed, SecretKey};
use crate::open::SqliteStore;
use crate::sets::address_of;

/// An encrypted value of the database, and where it is.
struct Entry {
    place: Place,
    /// What the value is bound to.
    address: String,
    sealed: Sealed,
}

enum Place {
    Secret(String),
    Set(String, String, String),
}

impl SqliteStore {
    /// Writes the key to a new file, for the user alone.
    ///
    /// # Errors
    /// When there is no key, or the file is there already.
    pub async fn export_key(&self, path: &Path) -> Result<(), StorageError> {
        let key = SecretKey::read(&self.key_path)?;
        let key = key.ok_or_else(|| StorageError::NoKey {
            path: self.key_path.clone(),
        })?;
        key.write_new(path)
    }

    /// Takes over a key from a file. Every secret of the database must decrypt with it.
    ///
    /// # Errors
    /// When one does not, or the file is no key; nothing has changed then.
    pub async fn import_key(&self, path: &Path) -> Result<(), StorageError> {
        let key = SecretKey::read(path)?.ok_or_else(|| {
            StorageError::access(path, std::io::Error::from(std::io::ErrorKind::NotFound))
        })?;
        let mut connection = self.connection.lock().await;
        let mut transaction = self.transaction(&mut connection).await?;
        self.refuse_runs(&mut transaction).await?;
        for entry in self.sealed_entries(&mut transaction).await? {
            if key.open(&entry.address, &entry.sealed).is_none() {
                return Err(StorageError::OtherKey {
                    path: path.to_path_buf(),
                    database: self.path.clone(),
                    key: entry.address,
                });
            }
        }
        let is_there = SecretKey::read(&self.key_path)?.is_some_and(|there| there.is_same(&key));
        if !is_there {
            key.replace(&self.key_path)?;
        }
        self.commit(transaction).await
    }

    /// Makes a new key and encrypts every secret with it. The earlier key stays in the key file, to
    /// decrypt; those from before that go when all values are encrypted with the new one. Returns how many values were encrypted anew.
    ///
    /// # Errors
    /// While runs are in progress, or when a secret does not decrypt; nothing has changed then.
    pub async fn rotate_key(&mut self) -> Result<usize, StorageError> {
        let count = {
            let mut connection = self.connection.lock().await;
            let mut transaction = self.transaction(&mut connection).await?;
            self.refuse_runs(&mut transaction).await?;
            let key = SecretKey::read(&self.key_path)?.ok_or_else(|| StorageError::NoKey {
                path: self.key_path.clone(),
            })?;
            let entries = self.sealed_entries(&mut transaction).await?;
            let invalid = || StorageError::KeyInvalid {
                path: self.key_path.clone(),
            };
            let next = key.successor().ok_or_else(invalid)?;
            let mut renewed = Vec::new();
            for entry in &entries {
                let value = key.open(&entry.address, &entry.sealed);
                let value = value.ok_or_else(|| self.undecryptable(&entry.address))?;
                let sealed = next.seal(&entry.address, value.expose());
                renewed.push(sealed.ok_or_else(|| self.undecryptable(&entry.address))?);
            }
            // First the file, which decrypts old and new values: killed between the two, nothing
            // is lost.
            next.replace(&self.key_path)?;
            for (entry, sealed) in entries.iter().zip(renewed) {
                self.reseal(&mut transaction, entry, sealed).await?;
            }
            self.commit(transaction).await?;
            // Under the lock again: another rotation may have come in between, and needs its keys.
            let transaction = self.transaction(&mut connection).await?;
            let there = SecretKey::read(&self.key_path)?;
            if there.is_some_and(|there| there.is_same(&next)) {
                let pruned = next.without_older().ok_or_else(invalid)?;
                pruned.replace(&self.key_path)?;
            }
            self.commit(transaction).await?;
            entries.len()
        };
        self.key = OnceCell::new();
        Ok(count)
    }

    async fn refuse_runs(&self, connection: &mut SqliteConnection) -> Result<(), StorageError> {
        let row = sqlx::query("SELECT count(*) FROM leases")
            .fetch_one(connection)
            .await
            .map_err(|error| self.failed(error))?;
        let runs: i64 = row.try_get(0).map_err(|error| self.failed(error))?;
        if runs == 0 {
            return Ok(());
        }
        Err(StorageError::KeyInUse {
            path: self.key_path.clone(),
            runs,
        })
    }

    async fn sealed_entries(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<Entry>, StorageError> {
        let failed = |error| self.failed(error);
        let secrets = sqlx::query("SELECT key, nonce, ciphertext FROM secrets")
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
        let sets = sqlx::query(
            "SELECT kind, namespace, name, nonce, ciphertext FROM sets WHERE ciphertext IS NOT NULL",
        )
        .fetch_all(connection)
        .await
        .map_err(failed)?;
        let mut entries = Vec::new();
        for row in &secrets {
            let key: String = row.try_get(0).map_err(failed)?;
            entries.push(Entry {
                address: key.clone(),
                place: Place::Secret(key),
                sealed: Sealed {
                    nonce: row.try_get(1).map_err(failed)?,
                    ciphertext: row.try_get(2).map_err(failed)?,
                },
            });
        }
        for row in &sets {
            let text = |index: usize| row.try_get::<String, _>(index).map_err(failed);
            let (kind, namespace, name) = (text(0)?, text(1)?, text(2)?);
            entries.push(Entry {
                address: address_of(&kind, &namespace, &name),
                place: Place::Set(kind, namespace, name),
                sealed: Sealed {
                    nonce: row.try_get(3).map_err(failed)?,
                    ciphertext: row.try_get(4).map_err(failed)?,
                },
            });
        }
        Ok(entries)
    }

    async fn reseal(
        &self,
        connection: &mut SqliteConnection,
        entry: &Entry,
        sealed: Sealed,
    ) -> Result<(), StorageError> {
        let query = match &entry.place {
            Place::Secret(key) => {
                sqlx::query("UPDATE secrets SET nonce = $1, ciphertext = $2 WHERE key = $3")
                    .bind(sealed.nonce)
                    .bind(sealed.ciphertext)
                    .bind(key)
            }
            Place::Set(kind, namespace, name) => sqlx::query(
                "UPDATE sets SET nonce = $1, ciphertext = $2
                 WHERE kind = $3 AND namespace = $4 AND name = $5",
            )
            .bind(sealed.nonce)
            .bind(sealed.ciphertext)
            .bind(kind)
            .bind(namespace)
            .bind(name),
        };
        query
            .execute(connection)
            .await
            .map_err(|error| self.failed(error))?;
        Ok(())
    }
}
