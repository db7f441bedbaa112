//! Installations from other stores, whole.

use std::collections::BTreeSet;

use porter_cnab::store::{History, StoreError};
use sqlx::{Row, SqliteConnection};

use crate::open::SqliteStore;

impl SqliteStore {
    pub(crate) async fn import_history(&self, history: &History) -> Result<(), StoreError> {
        let installation = &history.installation;
        let (namespace, name) = (&installation.namespace, &installation.name);
        let mut connection = self.connection.lock().await;
        let mut transaction = self.transaction(&mut connection).await?;
        if let Some(lease) = self.lease(&mut transaction, namespace, name).await? {
            return Err(lease.busy());
        }
        let conflict = |reason| StoreError::Conflict {
            installation: installation.qualified_name(),
            reason,
        };
        let found = self
            .find_installation(&mut transaction, namespace, name)
            .await?;
        if found.is_some_and(|found| found.id != installation.id) {
            return Err(conflict("there is another one of this name"));
        }
        let theirs: BTreeSet<&str> = history.runs.iter().map(|run| run.run.id.as_str()).collect();
        for id in self.run_ids(&mut transaction, namespace, name).await? {
            if !theirs.contains(id.as_str()) {
                return Err(conflict("it has gone on here since it was imported"));
            }
        }
        for id in theirs {
            match self.read_run(&mut transaction, id).await {
                Ok(run) if run.namespace != *namespace || run.installation != *name => {
                    return Err(conflict("its runs are here under another name"));
                }
                Ok(_) | Err(StoreError::RunNotFound) => {}
                Err(error) => return Err(error),
            }
        }
        // What belongs to it goes with it, and comes again.
        sqlx::query("DELETE FROM installations WHERE namespace = $1 AND name = $2")
            .bind(namespace)
            .bind(name)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.failed(error))?;
        self.write_installation(&mut transaction, installation)
            .await?;
        for run in &history.runs {
            self.insert_run(&mut transaction, &run.run).await?;
            for result in &run.results {
                self.insert_result(&mut transaction, result).await?;
            }
            for output in &run.outputs {
                self.insert_output(&mut transaction, output).await?;
            }
        }
        self.commit(transaction).await?;
        Ok(())
    }

    async fn run_ids(
        &self,
        connection: &mut SqliteConnection,
        namespace: &str,
        name: &str,
    ) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query("SELECT id FROM runs WHERE namespace = $1 AND installation = $2")
            .bind(namespace)
            .bind(name)
            .fetch_all(connection)
            .await
            .map_err(|error| self.failed(error))?;
        let ids = rows.iter().map(|row| row.try_get(0));
        Ok(ids
            .collect::<Result<_, _>>()
            .map_err(|error| self.failed(error))?)
    }
}
