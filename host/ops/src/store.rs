//! The store that this porter is configured with.

use async_trait::async_trait;
use porter_cnab::Sensitive;
use porter_cnab::ports::Driver;
use porter_cnab::secrets::{Secrets, SecretsError};
use porter_cnab::store::{LostRun, Store};
use porter_config::stores::StoreKind;
use porter_storage::{SqliteStore, StoreOptions};

use crate::Porter;
use crate::error::Error;
use crate::secrets::SecretStore;

/// An open store and its secrets.
#[derive(Debug)]
pub(crate) struct Storage {
    backend: SqliteStore,
    secrets: SecretStore,
}

impl Storage {
    /// The records.
    pub(crate) fn store(&self) -> &dyn Store {
        &self.backend
    }

    /// The secrets.
    pub(crate) fn secrets(&self) -> &dyn Secrets {
        self
    }

    /// The encrypted store, whichever is configured: for what is porter's own business.
    pub(crate) fn own_secrets(&self) -> &dyn Secrets {
        &self.backend
    }
}

#[async_trait]
impl Secrets for Storage {
    async fn secret(&self, key: &str) -> Result<Sensitive<Vec<u8>>, SecretsError> {
        match &self.secrets {
            SecretStore::Encrypted(files) => match self.backend.secret(key).await {
                Err(SecretsError::NotFound { key }) => match files.read(&key) {
                    Ok(Some(value)) => Ok(value),
                    Ok(None) => Err(SecretsError::NotFound { key }),
                    Err(error) => Err(SecretsError::Backend(Box::new(error))),
                },
                other => other,
            },
            SecretStore::Other(store) => match store.secret(key).await {
                Err(error @ (SecretsError::NotFound { .. } | SecretsError::NoKeys)) => {
                    self.backend.secret(key).await.map_err(|_| error)
                }
                other => other,
            },
        }
    }

    async fn put_secret(&self, key: &str, value: &Sensitive<Vec<u8>>) -> Result<(), SecretsError> {
        match &self.secrets {
            SecretStore::Encrypted(_) => self.backend.put_secret(key, value).await,
            SecretStore::Other(store) => store.put_secret(key, value).await,
        }
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
        let home = self.home()?;
        let account = self.settings.account(StoreKind::Storage)?;
        if let Some(account) = account.filter(|account| account.plugin != "porter.sqlite") {
            return Err(Error::UnknownStoragePlugin {
                plugin: account.plugin,
            });
        }
        let account = self.settings.account(StoreKind::Secrets)?;
        let secrets = SecretStore::open(home, account.as_ref())?;
        let options = StoreOptions::new(home);
        let backend = SqliteStore::open(options).await.map_err(Error::OpenStore)?;
        let storage = Storage { backend, secrets };
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
