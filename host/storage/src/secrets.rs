//! The local secret store: values in a table of their own, encrypted.

use async_trait::async_trait;
use porter_cnab::Sensitive;
use porter_cnab::secrets::{Secrets, SecretsError};
use sqlx::{Row, SqliteConnection};

use crate::error::StorageError;
use crate::key::{Sealed, SecretKey};
use crate::open::SqliteStore;

/// Length of a ULID, with which the keys of records begin.
const ULID_LENGTH: usize = 26;

impl SqliteStore {
    /// The key, made when there is neither a key nor a secret.
    pub(crate) async fn key_for_writing(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<&SecretKey, StorageError> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        if let Some(key) = SecretKey::read(&self.key_path)? {
            return Ok(self.key.get_or_init(|| async { key }).await);
        }
        let any = sqlx::query(
            "SELECT 1 FROM secrets UNION ALL
             SELECT 1 FROM sets WHERE ciphertext IS NOT NULL LIMIT 1",
        )
        .fetch_optional(connection)
        .await
        .map_err(|error| self.failed(error))?;
        if any.is_some() {
            return Err(self.key_missing());
        }
        let key = SecretKey::create(&self.key_path)?;
        Ok(self.key.get_or_init(|| async { key }).await)
    }

    pub(crate) async fn key_for_reading(&self) -> Result<&SecretKey, StorageError> {
        self.key
            .get_or_try_init(|| async {
                SecretKey::read(&self.key_path)?.ok_or_else(|| self.key_missing())
            })
            .await
    }

    fn key_missing(&self) -> StorageError {
        StorageError::KeyMissing {
            path: self.key_path.clone(),
        }
    }

    pub(crate) fn undecryptable(&self, key: &str) -> StorageError {
        StorageError::Undecryptable {
            key: key.to_owned(),
            path: self.key_path.clone(),
        }
    }
}

#[async_trait]
impl Secrets for SqliteStore {
    async fn secret(&self, key: &str) -> Result<Sensitive<Vec<u8>>, SecretsError> {
        let mut connection = self.connection.lock().await;
        let row = sqlx::query("SELECT nonce, ciphertext FROM secrets WHERE key = $1")
            .bind(key)
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| self.failed(error))?;
        let Some(row) = row else {
            return Err(SecretsError::NotFound { key: key.into() });
        };
        let sealed = Sealed {
            nonce: row.try_get(0).map_err(|error| self.failed(error))?,
            ciphertext: row.try_get(1).map_err(|error| self.failed(error))?,
        };
        let value = self.key_for_reading().await?.open(key, &sealed);
        Ok(value.ok_or_else(|| self.undecryptable(key))?)
    }

    async fn put_secret(&self, key: &str, value: &Sensitive<Vec<u8>>) -> Result<(), SecretsError> {
        let mut connection = self.connection.lock().await;
        let secret_key = self.key_for_writing(&mut connection).await?;
        let sealed = secret_key
            .seal(key, value.expose())
            .ok_or_else(|| self.undecryptable(key))?;
        sqlx::query(
            "INSERT INTO secrets (key, owner, nonce, ciphertext) VALUES ($1, $2, $3, $4)
             ON CONFLICT (key) DO UPDATE
             SET nonce = excluded.nonce, ciphertext = excluded.ciphertext",
        )
        .bind(key)
        .bind(owner(key))
        .bind(sealed.nonce)
        .bind(sealed.ciphertext)
        .execute(&mut *connection)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }
}

/// The installation or run that the key begins with (`<ULID>-<name>`); empty for other keys.
fn owner(key: &str) -> &str {
    match key.split_at_checked(ULID_LENGTH) {
        Some((owner, rest)) if rest.starts_with('-') => owner,
        _ => "",
    }
}
