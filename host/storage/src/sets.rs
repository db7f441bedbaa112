//! Credential and parameter sets.

use porter_cnab::store::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::open::SqliteStore;

/// Which sets.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SetKind {
    /// Credential sets.
    Credentials,
    /// Parameter sets.
    Parameters,
}

impl SetKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Parameters => "parameters",
        }
    }
}

impl SqliteStore {
    pub(crate) async fn read_set<T: DeserializeOwned>(
        &self,
        kind: SetKind,
        namespace: &str,
        name: &str,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection.lock().await;
        let row = sqlx::query(
            "SELECT document FROM sets WHERE kind = $1 AND namespace = $2 AND name = $3",
        )
        .bind(kind.name())
        .bind(namespace)
        .bind(name)
        .fetch_optional(&mut *connection)
        .await
        .map_err(|error| self.failed(error))?;
        let row = row.ok_or_else(|| StoreError::SetNotFound { name: name.into() })?;
        self.document(&row, 0)
    }

    pub(crate) async fn write_set<T: Serialize + Sync>(
        &self,
        kind: SetKind,
        namespace: &str,
        name: &str,
        set: &T,
    ) -> Result<(), StoreError> {
        let text = self.text(set)?;
        let mut connection = self.connection.lock().await;
        sqlx::query(
            "INSERT INTO sets (kind, namespace, name, document) VALUES ($1, $2, $3, $4)
             ON CONFLICT (kind, namespace, name) DO UPDATE SET document = excluded.document",
        )
        .bind(kind.name())
        .bind(namespace)
        .bind(name)
        .bind(text)
        .execute(&mut *connection)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }
}
