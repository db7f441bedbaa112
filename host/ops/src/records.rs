//! What is recorded, as the commands show it.

use std::collections::BTreeMap;

use porter_cnab::bundle::Bundle;
use porter_cnab::parameter::from_text;
use porter_cnab::records::{
    InstallationView, LOGS_OUTPUT, Output, OutputValue, ParameterSet, Run, RunView, Strategy,
    ValueView,
};
use porter_cnab::store::{RecordFilter, StoreError};
use porter_cnab::{Json, Sensitive};

use crate::Porter;
use crate::error::{Error, Usage};
use crate::store::Storage;

/// Which run is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunChoice {
    /// The last one of an installation.
    Installation {
        /// Namespace.
        namespace: String,
        /// Name.
        name: String,
    },
    /// This one.
    Run {
        /// ULID.
        id: String,
    },
}

/// Reads the records.
#[derive(Debug)]
pub struct Records<'a> {
    storage: &'a Storage,
}

impl Porter {
    /// Opens the records.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn records(&self) -> Result<Records<'_>, Error> {
        Ok(Records {
            storage: self.storage().await?,
        })
    }

    /// Deletes the records of an installation.
    ///
    /// # Errors
    /// When it is not there, when its last action was no successful uninstall and `force` is not
    /// given, or while a run holds it.
    pub async fn delete_installation(
        &self,
        namespace: &str,
        name: &str,
        force: bool,
    ) -> Result<(), Error> {
        let store = self.storage().await?.store();
        let found = store.installation(namespace, name).await;
        let installation = found.map_err(|source| Error::NoStatus {
            installation: name.to_owned(),
            source,
        })?;
        if !force && !installation.status.can_delete() {
            return Err(Usage::UnsafeDelete.into());
        }
        tracing::info!("deleting installation records for {name}...");
        Ok(store.delete_installation(namespace, name).await?)
    }
}

impl Records<'_> {
    /// The installations that a filter lets through, the last changed first.
    ///
    /// # Errors
    /// When the filter is invalid or the store fails.
    pub async fn list(&self, filter: &RecordFilter) -> Result<Vec<InstallationView>, Error> {
        let mut found = self.storage.store().installations(filter).await?;
        found.sort_by_key(|installation| std::cmp::Reverse(installation.status.modified));
        Ok(found.into_iter().map(InstallationView::new).collect())
    }

    /// One installation with its parameters.
    ///
    /// # Errors
    /// When it is not there or the store fails.
    pub async fn show(&self, namespace: &str, name: &str) -> Result<InstallationView, Error> {
        let installation = self.storage.store().installation(namespace, name).await;
        let installation = installation.map_err(|source| match source {
            StoreError::InstallationNotFound => Error::NoInstallation {
                installation: porter_cnab::records::qualified_name(namespace, name),
                source,
            },
            other => other.into(),
        })?;
        let run = match self.storage.store().last_run(namespace, name).await {
            Ok(run) => Some(run),
            Err(StoreError::RunNotFound) => None,
            Err(error) => return Err(error.into()),
        };
        let bundle = run.as_ref().map(bundle_of).transpose()?;
        let overrides = self
            .typed(&installation.parameters, bundle.as_ref())
            .await?;
        let resolved = match (&run, &bundle) {
            (Some(run), Some(bundle)) => self.resolved(run, bundle).await?,
            _ => Vec::new(),
        };
        Ok(InstallationView::new(installation).with_parameters(overrides, resolved))
    }

    /// The runs of an installation, the last begun first.
    ///
    /// # Errors
    /// When the installation is not there or the store fails.
    pub async fn runs(&self, namespace: &str, name: &str) -> Result<Vec<RunView>, Error> {
        let runs = self.storage.store().runs(namespace, name).await?;
        let mut views = Vec::new();
        for found in runs.iter().rev() {
            let mut view = RunView::new(&found.run, &found.results);
            let bundle = bundle_of(&found.run)?;
            view.parameters = self.typed(&found.run.parameters, Some(&bundle)).await?;
            views.push(view);
        }
        Ok(views)
    }

    /// The outputs of a run that the bundle defines, internal ones left out.
    ///
    /// # Errors
    /// When there is no run or the store fails.
    pub async fn outputs(&self, choice: &RunChoice) -> Result<Vec<ValueView>, Error> {
        let store = self.storage.store();
        let (run, outputs) = match choice {
            RunChoice::Installation { namespace, name } => {
                let run = store.last_run(namespace, name).await?;
                (run, store.last_outputs(namespace, name).await?)
            }
            RunChoice::Run { id } => (store.run(id).await?, store.outputs_of_run(id).await?),
        };
        let bundle = bundle_of(&run)?;
        let mut views = Vec::new();
        for output in outputs {
            let Some(declared) = bundle.outputs.get(&output.name) else {
                continue;
            };
            if bundle.is_internal(&declared.definition) {
                continue;
            }
            let value = self.value(&output).await?;
            views.push(ValueView {
                name: output.name,
                value_type: type_of(&bundle, &declared.definition),
                sensitive: bundle.is_sensitive(&declared.definition),
                value: Json::String(String::from_utf8_lossy(value.expose()).into_owned()),
            });
        }
        Ok(views)
    }

    /// The value of one output.
    ///
    /// # Errors
    /// When there is none or the store fails.
    pub async fn output(
        &self,
        choice: &RunChoice,
        name: &str,
    ) -> Result<Sensitive<Vec<u8>>, Error> {
        let store = self.storage.store();
        let output = match choice {
            RunChoice::Installation {
                namespace,
                name: installation,
            } => store.last_output(namespace, installation, name).await,
            RunChoice::Run { id } => store.output_of_run(id, name).await,
        };
        let output = output.map_err(|source| Error::NoOutput {
            output: name.to_owned(),
            of: match choice {
                RunChoice::Installation { namespace, name } => {
                    let name = porter_cnab::records::qualified_name(namespace, name);
                    format!("installation '{name}'")
                }
                RunChoice::Run { id } => format!("run '{id}'"),
            },
            source,
        })?;
        self.value(&output).await
    }

    /// What the container of a run printed.
    ///
    /// # Errors
    /// When nothing was kept or the store fails.
    pub async fn logs(&self, choice: &RunChoice) -> Result<Sensitive<Vec<u8>>, Error> {
        match self.output(choice, LOGS_OUTPUT).await {
            Err(Error::NoOutput {
                source: StoreError::OutputNotFound,
                ..
            }) => Err(Usage::NoLogs.into()),
            other => other,
        }
    }

    async fn value(&self, output: &Output) -> Result<Sensitive<Vec<u8>>, Error> {
        match &output.value {
            OutputValue::Clear(content) => Ok(Sensitive::new(content.clone())),
            OutputValue::Secret { key } => Ok(self.storage.secrets().secret(key).await?),
        }
    }

    /// Values of a set with their types, where the bundle tells them.
    async fn typed(
        &self,
        set: &ParameterSet,
        bundle: Option<&Bundle>,
    ) -> Result<BTreeMap<String, Json>, Error> {
        let mut values = BTreeMap::new();
        for entry in &set.parameters {
            let text = match entry.source.strategy {
                Strategy::Secret => {
                    let value = self.storage.secrets().secret(&entry.source.hint).await?;
                    String::from_utf8_lossy(value.expose()).into_owned()
                }
                _ => entry.source.hint.clone(),
            };
            let definition = bundle.and_then(|bundle| {
                let parameter = bundle.parameters.get(&entry.name)?;
                bundle.definition(&parameter.definition)
            });
            let typed = definition.and_then(|known| from_text(&entry.name, known, &text).ok());
            values.insert(entry.name.clone(), typed.unwrap_or(Json::String(text)));
        }
        Ok(values)
    }

    async fn resolved(&self, run: &Run, bundle: &Bundle) -> Result<Vec<ValueView>, Error> {
        let values = self.typed(&run.parameters, Some(bundle)).await?;
        let views = values.into_iter().filter_map(|(name, value)| {
            let definition = &bundle.parameters.get(&name)?.definition;
            let view = ValueView {
                value_type: type_of(bundle, definition),
                sensitive: bundle.is_sensitive(definition),
                name,
                value,
            };
            Some(view)
        });
        Ok(views.collect())
    }
}

fn bundle_of(run: &Run) -> Result<Bundle, Error> {
    Ok(Bundle::from_json(run.bundle.as_bytes())?)
}

/// The type as the author wrote it.
fn type_of(bundle: &Bundle, definition: &str) -> String {
    if bundle.is_file(definition) {
        return "file".to_owned();
    }
    match bundle
        .definition(definition)
        .and_then(|schema| schema.get("type"))
    {
        Some(Json::String(name)) => name.clone(),
        Some(Json::Array(names)) => {
            let names: Vec<&str> = names.iter().filter_map(Json::as_str).collect();
            names.join(", ")
        }
        _ => String::new(),
    }
}
