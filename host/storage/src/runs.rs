//! The life of a run: begun, finished, or found dead.

use porter_cnab::records::{Installation, ResultStatus, Run, RunResult, qualified_name};
use porter_cnab::store::{BeginRun, FinishRun, LostRun, RunWithResults, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::lease::Lease;
use crate::open::SqliteStore;

/// What a run that died leaves as its message.
const LOST_MESSAGE: &str = "the process that ran it died before the result was known";

impl SqliteStore {
    pub(crate) async fn begin(&self, begin: &BeginRun) -> Result<Option<LostRun>, StoreError> {
        let run = &begin.run;
        let holder = self.holder().await.clone();
        let mut connection = self.connection.lock().await;
        let mut transaction = self.transaction(&mut connection).await?;
        let lease = self
            .lease(&mut transaction, &run.namespace, &run.installation)
            .await?;
        let lost = match lease {
            Some(lease) if lease.is_lost(&holder) || (begin.force && lease.is_expired()) => {
                Some(self.close_lost(&mut transaction, lease).await?)
            }
            Some(lease) => return Err(lease.busy()),
            None => None,
        };
        self.upsert_installation(&mut transaction, begin.installation.clone())
            .await?;
        self.insert_run(&mut transaction, run).await?;
        let running = RunResult {
            created: run.created,
            ..RunResult::new(run, ResultStatus::Running)
        };
        self.insert_result(&mut transaction, &running).await?;
        self.take_lease(&mut transaction, &run.namespace, &run.installation, &run.id)
            .await?;
        self.commit(transaction).await?;
        Ok(lost)
    }

    pub(crate) async fn sign_of_life(&self, run_id: &str) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        if self.extend_lease(&mut connection, run_id).await? {
            return Ok(());
        }
        let run = self.read_run(&mut connection, run_id).await?;
        Err(lease_lost(&run))
    }

    pub(crate) async fn finish(&self, finish: &FinishRun) -> Result<Installation, StoreError> {
        let run_id = &finish.result.run_id;
        let mut connection = self.connection.lock().await;
        let mut transaction = self.transaction(&mut connection).await?;
        let run = self.read_run(&mut transaction, run_id).await?;
        let held = self.give_back_lease(&mut transaction, run_id).await?;
        // Taken for dead, but nobody came after: what really happened is the better truth.
        if !held && self.newest_run(&mut transaction, &run).await?.id != run.id {
            return Err(lease_lost(&run));
        }
        self.insert_result(&mut transaction, &finish.result).await?;
        for output in &finish.outputs {
            self.insert_output(&mut transaction, output).await?;
        }
        let installation = self
            .apply_result(&mut transaction, &run, &finish.result)
            .await?;
        self.commit(transaction).await?;
        Ok(installation)
    }

    pub(crate) async fn close_lost_runs(&self) -> Result<Vec<LostRun>, StoreError> {
        let mut connection = self.connection.lock().await;
        // Outside of a transaction first: there is hardly ever anything to do.
        let leases = self.leases(&mut connection).await?;
        if leases.is_empty() {
            return Ok(Vec::new());
        }
        let holder = self.holder().await.clone();
        if !leases.iter().any(|lease| lease.is_lost(&holder)) {
            return Ok(Vec::new());
        }
        let mut transaction = self.transaction(&mut connection).await?;
        let mut lost = Vec::new();
        for lease in self.leases(&mut transaction).await? {
            if lease.is_lost(&holder) {
                lost.push(self.close_lost(&mut transaction, lease).await?);
            }
        }
        self.commit(transaction).await?;
        Ok(lost)
    }

    /// Closes the run of a dead lease as CNAB `unknown`.
    async fn close_lost(
        &self,
        connection: &mut SqliteConnection,
        lease: Lease,
    ) -> Result<LostRun, StoreError> {
        let run = self.read_run(connection, &lease.run_id).await?;
        let mut result = RunResult::new(&run, ResultStatus::Unknown);
        result.message = LOST_MESSAGE.into();
        self.insert_result(connection, &result).await?;
        self.apply_result(connection, &run, &result).await?;
        self.give_back_lease(connection, &run.id).await?;
        Ok(LostRun {
            namespace: run.namespace,
            installation: run.installation,
            run_id: run.id,
            revision: run.revision,
            action: run.action,
            started: run.created,
            holder: lease.holder,
        })
    }

    async fn apply_result(
        &self,
        connection: &mut SqliteConnection,
        run: &Run,
        result: &RunResult,
    ) -> Result<Installation, StoreError> {
        let mut installation = self
            .find_installation(connection, &run.namespace, &run.installation)
            .await?
            .ok_or(StoreError::InstallationNotFound)?;
        installation.status.apply(run, result);
        self.write_installation(connection, &installation).await?;
        Ok(installation)
    }

    pub(crate) async fn insert_run(
        &self,
        connection: &mut SqliteConnection,
        run: &Run,
    ) -> Result<(), StoreError> {
        // The bundle is by far the largest part and often not needed: it has a column of its own.
        let document = Run {
            bundle: String::new(),
            ..run.clone()
        };
        sqlx::query(
            "INSERT INTO runs (id, namespace, installation, bundle, document)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&run.id)
        .bind(&run.namespace)
        .bind(&run.installation)
        .bind(&run.bundle)
        .bind(self.text(&document)?)
        .execute(connection)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    pub(crate) async fn insert_result(
        &self,
        connection: &mut SqliteConnection,
        result: &RunResult,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO results (id, run_id, status, document) VALUES ($1, $2, $3, $4)")
            .bind(&result.id)
            .bind(&result.run_id)
            .bind(result.status.name())
            .bind(self.text(result)?)
            .execute(connection)
            .await
            .map_err(|error| self.failed(error))?;
        Ok(())
    }

    pub(crate) async fn read_run(
        &self,
        connection: &mut SqliteConnection,
        run_id: &str,
    ) -> Result<Run, StoreError> {
        let row = sqlx::query("SELECT document, bundle FROM runs WHERE id = $1")
            .bind(run_id)
            .fetch_optional(connection)
            .await
            .map_err(|error| self.failed(error))?;
        let row = row.ok_or(StoreError::RunNotFound)?;
        self.run_of_row(&row)
    }

    async fn newest_run(
        &self,
        connection: &mut SqliteConnection,
        run: &Run,
    ) -> Result<Run, StoreError> {
        self.read_last_run(connection, &run.namespace, &run.installation)
            .await
    }

    pub(crate) async fn read_last_run(
        &self,
        connection: &mut SqliteConnection,
        namespace: &str,
        name: &str,
    ) -> Result<Run, StoreError> {
        let row = sqlx::query(
            "SELECT document, bundle FROM runs WHERE namespace = $1 AND installation = $2
             ORDER BY sequence DESC LIMIT 1",
        )
        .bind(namespace)
        .bind(name)
        .fetch_optional(connection)
        .await
        .map_err(|error| self.failed(error))?;
        let row = row.ok_or(StoreError::RunNotFound)?;
        self.run_of_row(&row)
    }

    pub(crate) async fn read_runs(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Vec<RunWithResults>, StoreError> {
        let mut connection = self.connection.lock().await;
        let rows = sqlx::query(
            "SELECT runs.document, runs.bundle, results.document FROM runs
             LEFT JOIN results ON results.run_id = runs.id
             WHERE runs.namespace = $1 AND runs.installation = $2
             ORDER BY runs.sequence, results.sequence",
        )
        .bind(namespace)
        .bind(name)
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| self.failed(error))?;
        let mut runs: Vec<RunWithResults> = Vec::new();
        for row in &rows {
            let result: Option<&str> = row.try_get(2).map_err(|error| self.failed(error))?;
            let result: Option<RunResult> = result
                .map(serde_json::from_str)
                .transpose()
                .map_err(|error| self.unreadable(error))?;
            match (runs.last_mut(), result) {
                (Some(last), Some(result)) if last.run.id == result.run_id => {
                    last.results.push(result);
                }
                (_, result) => runs.push(RunWithResults {
                    run: self.run_of_row(row)?,
                    results: result.into_iter().collect(),
                }),
            }
        }
        Ok(runs)
    }

    pub(crate) async fn read_results(&self, run_id: &str) -> Result<Vec<RunResult>, StoreError> {
        let mut connection = self.connection.lock().await;
        let rows = sqlx::query("SELECT document FROM results WHERE run_id = $1 ORDER BY sequence")
            .bind(run_id)
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| self.failed(error))?;
        rows.iter().map(|row| self.document(row, 0)).collect()
    }

    fn run_of_row(&self, row: &SqliteRow) -> Result<Run, StoreError> {
        let mut run: Run = self.document(row, 0)?;
        run.bundle = row.try_get(1).map_err(|error| self.failed(error))?;
        Ok(run)
    }
}

fn lease_lost(run: &Run) -> StoreError {
    StoreError::LeaseLost {
        installation: qualified_name(&run.namespace, &run.installation),
        run_id: run.id.clone(),
    }
}
