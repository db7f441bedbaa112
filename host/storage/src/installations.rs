//! Installations: reading, listing, storing, deleting.

use futures_util::TryStreamExt;
use porter_cnab::records::Installation;
use porter_cnab::store::{RecordFilter, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::filter::Matcher;
use crate::open::SqliteStore;

impl SqliteStore {
    pub(crate) async fn get_installation(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Installation, StoreError> {
        let mut connection = self.connection.lock().await;
        self.find_installation(&mut connection, namespace, name)
            .await?
            .ok_or(StoreError::InstallationNotFound)
    }

    /// The installation, if it is there.
    pub(crate) async fn find_installation(
        &self,
        connection: &mut SqliteConnection,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Installation>, StoreError> {
        let row =
            sqlx::query("SELECT document FROM installations WHERE namespace = $1 AND name = $2")
                .bind(namespace)
                .bind(name)
                .fetch_optional(connection)
                .await
                .map_err(|error| self.failed(error))?;
        row.map(|row| self.document(&row, 0)).transpose()
    }

    pub(crate) async fn list_installations(
        &self,
        filter: &RecordFilter,
    ) -> Result<Vec<Installation>, StoreError> {
        let matcher = Matcher::new(filter)?;
        let mut window = matcher.window();
        let mut connection = self.connection.lock().await;
        let mut rows = sqlx::query(
            "SELECT document, name FROM installations
             WHERE $1 IS NULL OR namespace = $1 ORDER BY namespace, name",
        )
        .bind(filter.namespace.as_deref())
        .fetch(&mut *connection);
        let mut found = Vec::new();
        while window.is_open() {
            let Some(row) = rows.try_next().await.map_err(|error| self.failed(error))? else {
                break;
            };
            let name: &str = row.try_get(1).map_err(|error| self.failed(error))?;
            if !matcher.has_name(name) {
                continue;
            }
            // What is skipped is not read where labels do not matter.
            if !matcher.wants_labels() {
                if window.takes() {
                    found.push(self.document(&row, 0)?);
                }
                continue;
            }
            let installation: Installation = self.document(&row, 0)?;
            if matcher.has_labels(&installation.labels) && window.takes() {
                found.push(installation);
            }
        }
        Ok(found)
    }

    pub(crate) async fn store_installation(
        &self,
        installation: &Installation,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = self.transaction(&mut connection).await?;
        self.refuse_while_held(
            &mut transaction,
            &installation.namespace,
            &installation.name,
        )
        .await?;
        self.upsert_installation(&mut transaction, installation.clone())
            .await?;
        self.commit(transaction).await?;
        Ok(())
    }

    /// Stores an installation and returns it as stored: where there was one, identity and status
    /// stay, because the caller's copy may be older than the last run.
    pub(crate) async fn upsert_installation(
        &self,
        connection: &mut SqliteConnection,
        mut installation: Installation,
    ) -> Result<Installation, StoreError> {
        let stored = self
            .find_installation(connection, &installation.namespace, &installation.name)
            .await?;
        if let Some(stored) = stored {
            let modified = installation.status.modified;
            installation.id = stored.id;
            installation.status = stored.status;
            installation.status.modified = modified.max(installation.status.modified);
        }
        self.write_installation(connection, &installation).await?;
        Ok(installation)
    }

    /// Writes an installation as it is.
    pub(crate) async fn write_installation(
        &self,
        connection: &mut SqliteConnection,
        installation: &Installation,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO installations (namespace, name, id, document) VALUES ($1, $2, $3, $4)
             ON CONFLICT (namespace, name) DO UPDATE
             SET id = excluded.id, document = excluded.document",
        )
        .bind(&installation.namespace)
        .bind(&installation.name)
        .bind(&installation.id)
        .bind(self.text(installation)?)
        .execute(connection)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    pub(crate) async fn remove_installation(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = self.transaction(&mut connection).await?;
        self.refuse_while_held(&mut transaction, namespace, name)
            .await?;
        sqlx::query(
            "DELETE FROM secrets WHERE owner IN (
                 SELECT id FROM installations WHERE namespace = $1 AND name = $2
                 UNION ALL SELECT id FROM runs WHERE namespace = $1 AND installation = $2)",
        )
        .bind(namespace)
        .bind(name)
        .execute(&mut *transaction)
        .await
        .map_err(|error| self.failed(error))?;
        let deleted = sqlx::query("DELETE FROM installations WHERE namespace = $1 AND name = $2")
            .bind(namespace)
            .bind(name)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.failed(error))?;
        if deleted.rows_affected() == 0 {
            return Err(StoreError::InstallationNotFound);
        }
        self.commit(transaction).await?;
        Ok(())
    }

    /// The record in a column of JSON text.
    pub(crate) fn document<T: serde::de::DeserializeOwned>(
        &self,
        row: &SqliteRow,
        column: usize,
    ) -> Result<T, StoreError> {
        let text: &str = row.try_get(column).map_err(|error| self.failed(error))?;
        Ok(serde_json::from_str(text).map_err(|error| self.unreadable(error))?)
    }

    /// A record as JSON text.
    pub(crate) fn text<T: serde::Serialize>(&self, record: &T) -> Result<String, StoreError> {
        Ok(serde_json::to_string(record).map_err(|error| self.unreadable(error))?)
    }
}
