//! The store that this porter is configured with.

use porter_cnab::ports::Driver;
use porter_cnab::secrets::Secrets;
use porter_cnab::store::{LostRun, Store};
use porter_storage::{SqliteStore, StoreOptions};

use crate::Porter;
use crate::error::Error;

/// An open store and its secrets.
#[derive(Debug)]
pub(crate) struct Storage {
    backend: SqliteStore,
}

impl Storage {
    /// The records.
    pub(crate) fn store(&self) -> &dyn Store {
        &self.backend
    }

    /// The secrets.
    pub(crate) fn secrets(&self) -> &dyn Secrets {
        &self.backend
    }
}

impl Porter {
    /// The store, opened when it is first needed.
    pub(crate) async fn storage(&self) -> Result<&Storage, Error> {
        self.storage.get_or_try_init(|| self.open_storage()).await
    }

    /// Closes what was opened. Without it nothing is lost, but the next command takes longer to
    /// open the store.
    pub async fn close(self) {
        if let Some(storage) = self.storage.into_inner()
            && let Err(error) = storage.backend.close().await
        {
            tracing::debug!("the store was not closed in order: {error}");
        }
    }

    /// Opens the store, and tells of runs whose process died since the last command.
    async fn open_storage(&self) -> Result<Storage, Error> {
        let options = StoreOptions::new(self.home()?);
        let backend = SqliteStore::open(options).await.map_err(Error::OpenStore)?;
        let storage = Storage { backend };
        let lost = storage.store().reconcile_lost_runs().await?;
        if !lost.is_empty() {
            self.tell_lost(&lost).await;
        }
        Ok(storage)
    }

    async fn tell_lost(&self, lost: &[LostRun]) {
        let driver = self.docker_driver(Default::default()).await;
        for run in lost {
            match &driver {
                Ok(driver) => self.clean_up(driver, run).await,
                Err(_) => tell(
                    run,
                    "no Docker engine answers, so its container may still be there",
                ),
            }
        }
    }

    /// Removes what a dead run left in the engine, and says so.
    pub(crate) async fn clean_up(&self, driver: &dyn Driver, run: &LostRun) {
        match driver.clean_up(&run.revision).await {
            Ok(()) => tell(run, "its container is removed"),
            Err(error) => {
                tell(
                    run,
                    &format!(
                        "its container could not be removed: {}",
                        self.chain(&*error)
                    ),
                );
            }
        }
    }
}

fn tell(run: &LostRun, container: &str) {
    tracing::warn!(
        "action `{}` of installation {} was interrupted when porter was killed (run {}); it is recorded as lost, {container}",
        run.action,
        porter_cnab::records::qualified_name(&run.namespace, &run.installation),
        run.run_id,
    );
}
