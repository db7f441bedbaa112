//! Outputs: storing them, and finding the last of each.

use porter_cnab::records::{LOGS_OUTPUT, Output, OutputValue};
use porter_cnab::store::StoreError;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::open::SqliteStore;

impl SqliteStore {
    pub(crate) async fn insert_output(
        &self,
        connection: &mut SqliteConnection,
        output: &Output,
    ) -> Result<(), StoreError> {
        let (secret_key, value) = match &output.value {
            OutputValue::Clear(value) => (None, Some(value.as_slice())),
            OutputValue::Secret { key } => (Some(key.as_str()), None),
        };
        sqlx::query(
            "INSERT INTO outputs (result_id, run_id, namespace, installation, name, schema_version,
                 secret_key, value)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&output.result_id)
        .bind(&output.run_id)
        .bind(&output.namespace)
        .bind(&output.installation)
        .bind(&output.name)
        .bind(&output.schema_version)
        .bind(secret_key)
        .bind(value)
        .execute(connection)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    pub(crate) async fn read_last_output(
        &self,
        namespace: &str,
        name: &str,
        output: &str,
    ) -> Result<Output, StoreError> {
        let mut connection = self.connection.lock().await;
        let row = sqlx::query(
            "SELECT * FROM outputs WHERE namespace = $1 AND installation = $2 AND name = $3
             ORDER BY sequence DESC LIMIT 1",
        )
        .bind(namespace)
        .bind(name)
        .bind(output)
        .fetch_optional(&mut *connection)
        .await
        .map_err(|error| self.failed(error))?;
        self.output_of_row(&row.ok_or(StoreError::OutputNotFound)?)
    }

    pub(crate) async fn read_last_outputs(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Vec<Output>, StoreError> {
        let mut connection = self.connection.lock().await;
        let rows = sqlx::query(
            "SELECT * FROM outputs WHERE sequence IN (
                 SELECT max(sequence) FROM outputs
                 WHERE namespace = $1 AND installation = $2 AND name <> $3 GROUP BY name)
             ORDER BY name",
        )
        .bind(namespace)
        .bind(name)
        .bind(LOGS_OUTPUT)
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.failed(error))?;
        rows.iter().map(|row| self.output_of_row(row)).collect()
    }

    pub(crate) async fn read_outputs_of_run(
        &self,
        run_id: &str,
    ) -> Result<Vec<Output>, StoreError> {
        let mut connection = self.connection.lock().await;
        let rows = sqlx::query(
            "SELECT * FROM outputs WHERE run_id = $1 AND name <> $2 ORDER BY name, sequence",
        )
        .bind(run_id)
        .bind(LOGS_OUTPUT)
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.failed(error))?;
        rows.iter().map(|row| self.output_of_row(row)).collect()
    }

    pub(crate) async fn read_output_of_run(
        &self,
        run_id: &str,
        output: &str,
    ) -> Result<Output, StoreError> {
        let mut connection = self.connection.lock().await;
        let row = sqlx::query(
            "SELECT * FROM outputs WHERE run_id = $1 AND name = $2 ORDER BY sequence DESC LIMIT 1",
        )
        .bind(run_id)
        .bind(output)
        .fetch_optional(&mut *connection)
        .await
        .map_err(|error| self.failed(error))?;
        self.output_of_row(&row.ok_or(StoreError::OutputNotFound)?)
    }

    fn output_of_row(&self, row: &SqliteRow) -> Result<Output, StoreError> {
        let output = || -> Result<Output, sqlx::Error> {
            let key: Option<String> = row.try_get("secret_key")?;
            Ok(Output {
                schema_version: row.try_get("schema_version")?,
                name: row.try_get("name")?,
                namespace: row.try_get("namespace")?,
                installation: row.try_get("installation")?,
                run_id: row.try_get("run_id")?,
                result_id: row.try_get("result_id")?,
                value: match key {
                    Some(key) => OutputValue::Secret { key },
                    None => OutputValue::Clear(row.try_get("value")?),
                },
            })
        };
        Ok(output().map_err(|error| self.failed(error))?)
    }
}
