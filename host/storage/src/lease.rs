//! Leases: one run at a time acts on an installation.
//!
//! A holder on this machine is judged by its process; one that cannot be seen from here by the
//! time of its last sign of life.

use porter_cnab::records::{Timestamp, qualified_name};
use porter_cnab::store::{Holder, LEASE_SECONDS, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StorageError;
use crate::open::SqliteStore;
use crate::process::{self, Liveness};

/// A lease as stored.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) namespace: String,
    pub(crate) installation: String,
    pub(crate) run_id: String,
    pub(crate) holder: Holder,
    expires: Timestamp,
}

impl Lease {
    /// Whether its run is dead.
    pub(crate) fn is_lost(&self, observer: &Holder) -> bool {
        match process::liveness(&self.holder, observer) {
            Liveness::Alive => false,
            Liveness::Dead => true,
            Liveness::Unseen => self.is_expired(),
        }
    }

    /// Whether it has shown no sign of life for too long.
    pub(crate) fn is_expired(&self) -> bool {
        self.expires < Timestamp::now()
    }

    /// The refusal that tells who holds it.
    pub(crate) fn busy(self) -> StoreError {
        StoreError::Busy {
            installation: qualified_name(&self.namespace, &self.installation),
            run_id: self.run_id,
            holder: Box::new(self.holder),
        }
    }
}

impl SqliteStore {
    /// The lease on an installation.
    pub(crate) async fn lease(
        &self,
        connection: &mut SqliteConnection,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Lease>, StoreError> {
        let row = sqlx::query("SELECT * FROM leases WHERE namespace = $1 AND installation = $2")
            .bind(namespace)
            .bind(name)
            .fetch_optional(connection)
            .await
            .map_err(|error| self.failed(error))?;
        row.map(|row| self.read_lease(&row)).transpose()
    }

    /// All leases.
    pub(crate) async fn leases(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<Lease>, StoreError> {
        let rows = sqlx::query("SELECT * FROM leases ORDER BY namespace, installation")
            .fetch_all(connection)
            .await
            .map_err(|error| self.failed(error))?;
        rows.iter().map(|row| self.read_lease(row)).collect()
    }

    /// Refuses while a live run of somebody else holds the installation.
    pub(crate) async fn refuse_while_held(
        &self,
        connection: &mut SqliteConnection,
        namespace: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let Some(lease) = self.lease(connection, namespace, name).await? else {
            return Ok(());
        };
        let holder = self.holder().await;
        if lease.holder == *holder || lease.is_lost(holder) {
            return Ok(());
        }
        Err(lease.busy())
    }

    /// Takes the lease for a run. There must be none.
    pub(crate) async fn take_lease(
        &self,
        connection: &mut SqliteConnection,
        namespace: &str,
        name: &str,
        run_id: &str,
    ) -> Result<(), StoreError> {
        let holder = self.holder().await;
        sqlx::query(
            "INSERT INTO leases (namespace, installation, run_id, host, boot, process,
                 process_started, expires)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(namespace)
        .bind(name)
        .bind(run_id)
        .bind(&holder.host)
        .bind(&holder.boot)
        .bind(i64::from(holder.process))
        .bind(i64::try_from(holder.process_started).unwrap_or(i64::MAX))
        .bind(expiry())
        .execute(connection)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    /// Gives back the lease of a run; says whether there was one.
    pub(crate) async fn give_back_lease(
        &self,
        connection: &mut SqliteConnection,
        run_id: &str,
    ) -> Result<bool, StoreError> {
        let deleted = sqlx::query("DELETE FROM leases WHERE run_id = $1")
            .bind(run_id)
            .execute(connection)
            .await
            .map_err(|error| self.failed(error))?;
        Ok(deleted.rows_affected() > 0)
    }

    /// Extends the lease of a run; says whether there was one.
    pub(crate) async fn extend_lease(
        &self,
        connection: &mut SqliteConnection,
        run_id: &str,
    ) -> Result<bool, StoreError> {
        let updated = sqlx::query("UPDATE leases SET expires = $1 WHERE run_id = $2")
            .bind(expiry())
            .bind(run_id)
            .execute(connection)
            .await
            .map_err(|error| self.failed(error))?;
        Ok(updated.rows_affected() > 0)
    }

    fn read_lease(&self, row: &SqliteRow) -> Result<Lease, StoreError> {
        let lease = || -> Result<Lease, sqlx::Error> {
            Ok(Lease {
                namespace: row.try_get("namespace")?,
                installation: row.try_get("installation")?,
                run_id: row.try_get("run_id")?,
                holder: Holder {
                    host: row.try_get("host")?,
                    boot: row.try_get("boot")?,
                    process: unsigned(row.try_get("process")?),
                    process_started: unsigned(row.try_get("process_started")?),
                },
                expires: Timestamp::from_unix_nanoseconds(row.try_get("expires")?),
            })
        };
        Ok(lease().map_err(|error| StorageError::database(&self.path, error))?)
    }
}

fn expiry() -> i64 {
    Timestamp::now()
        .plus_seconds(LEASE_SECONDS)
        .unix_nanoseconds()
}

/// A number that we wrote; anything else stands for no process at all.
fn unsigned<T: TryFrom<i64> + Default>(number: i64) -> T {
    T::try_from(number).unwrap_or_default()
}
