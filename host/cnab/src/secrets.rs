//! The port to a secret store.

use async_trait::async_trait;
use thiserror::Error;

use crate::Sensitive;
use crate::ports::PortError;

/// Why a secret could not be read or written.
#[derive(Debug, Error)]
pub enum SecretsError {
    /// Nothing is stored under the key.
    #[error("secret `{key}` does not exist in the secret store")]
    NotFound {
        /// The key.
        key: String,
    },
    /// The store only takes values from the machine it runs on. The text is Porter's.
    #[error(
        "the default secrets plugin, secrets.porter.{plugin}, does not support persisting secrets: \
         not implemented"
    )]
    CannotStore {
        /// The plugin.
        plugin: &'static str,
    },
    /// The store does not know secrets by a key. The text is Porter's.
    #[error("invalid credential source: secret")]
    NoKeys,
    /// The store failed.
    #[error("the secret store failed")]
    Backend(#[source] PortError),
}

/// Keeps sensitive values, by key.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The value under `key`.
    ///
    /// # Errors
    /// [`SecretsError::NotFound`] when there is none, [`SecretsError::Backend`] otherwise.
    async fn secret(&self, key: &str) -> Result<Sensitive<Vec<u8>>, SecretsError>;

    /// Stores a value under `key`, in place of what was there.
    ///
    /// # Errors
    /// When it cannot be written; nothing has changed then.
    async fn put_secret(&self, key: &str, value: &Sensitive<Vec<u8>>) -> Result<(), SecretsError>;
}
