//! Records of Porter: a home of its version 0.38, or an export of a store of its version 1.

mod export;
mod old_home;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use porter_cnab::Sensitive;
use porter_cnab::records::{CredentialSet, OutputValue, ParameterSet, Strategy};
use porter_cnab::secrets::SecretsError;
use porter_cnab::store::History;

use crate::Porter;
use crate::error::Error;

/// Where records come from.
#[derive(Debug, Clone)]
pub enum MigrateSource {
    /// The home of a Porter 0.38 with its store `filesystem`.
    OldHome {
        /// The home.
        home: PathBuf,
        /// The namespace that its records get.
        namespace: String,
    },
    /// A folder with a file of extended JSON per collection, and perhaps one of secrets.
    Export {
        /// The folder.
        folder: PathBuf,
    },
}

/// What was taken over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Installations.
    pub installations: usize,
    /// Their runs.
    pub runs: usize,
    /// Credential sets.
    pub credential_sets: usize,
    /// Parameter sets.
    pub parameter_sets: usize,
}

/// What a source holds.
#[derive(Debug, Default)]
struct Found {
    histories: Vec<History>,
    credential_sets: Vec<CredentialSet>,
    parameter_sets: Vec<ParameterSet>,
    secrets: BTreeMap<String, Sensitive<Vec<u8>>>,
    /// What cannot be read, in sentences.
    problems: Vec<String>,
}

impl Porter {
    /// Takes over the records of a source. What cannot be taken is named at the end; the rest is
    /// there then. Taking the same again changes nothing.
    ///
    /// # Errors
    /// When the source cannot be read, or something in it cannot be taken.
    pub async fn migrate(&self, source: &MigrateSource) -> Result<Migrated, Error> {
        let found = match source {
            MigrateSource::OldHome { home, namespace } => old_home::read(home, namespace)?,
            MigrateSource::Export { folder } => export::read(folder)?,
        };
        let storage = self.storage().await?;
        let mut migrated = Migrated::default();
        let mut problems = found.problems;
        for (key, value) in &found.secrets {
            storage.secrets().put_secret(key, value).await?;
        }
        for history in &found.histories {
            match storage.store().import(history).await {
                Ok(()) => {
                    migrated.installations += 1;
                    migrated.runs += history.runs.len();
                }
                Err(error) => problems.push(crate::error::chain(&error)),
            }
        }
        let missing = self.missing_secrets(&found.histories).await?;
        if missing > 0 {
            tracing::warn!(
                "{missing} secret(s) that the records name are not there; put the files of \
                 PORTER_HOME/secrets of that Porter into `secrets` beside the records and repeat the command"
            );
        }
        for set in &found.credential_sets {
            storage.store().put_credential_set(set).await?;
            migrated.credential_sets += 1;
        }
        for set in &found.parameter_sets {
            storage.store().put_parameter_set(set).await?;
            migrated.parameter_sets += 1;
        }
        if problems.is_empty() {
            return Ok(migrated);
        }
        Err(Error::Migrate {
            installations: migrated.installations,
            problems,
        })
    }

    /// How many of the secrets that records name the secret store does not have.
    async fn missing_secrets(&self, histories: &[History]) -> Result<usize, Error> {
        let secrets = self.storage().await?.secrets();
        let keys: BTreeSet<&str> = histories.iter().flat_map(secret_keys).collect();
        let mut missing = 0;
        for key in keys {
            match secrets.secret(key).await {
                Ok(_) => {}
                Err(SecretsError::NotFound { .. } | SecretsError::NoKeys) => missing += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(missing)
    }
}

/// The keys of secrets that the records of an installation name.
fn secret_keys(history: &History) -> Vec<&str> {
    let mut sets = vec![&history.installation.parameters];
    let mut keys = Vec::new();
    for run in &history.runs {
        sets.extend([&run.run.parameters, &run.run.parameter_overrides]);
        for output in &run.outputs {
            if let OutputValue::Secret { key } = &output.value {
                keys.push(key.as_str());
            }
        }
    }
    let entries = sets.into_iter().flat_map(|set| &set.parameters);
    let named = entries.filter(|entry| entry.source.strategy == Strategy::Secret);
    keys.extend(named.map(|entry| entry.source.hint.as_str()));
    keys
}
