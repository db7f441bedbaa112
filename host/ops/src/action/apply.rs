//! `porter installations apply`: makes an installation what a file says.
//!
//! Source: `storage-and-state.md` §13 of the compatibility reference.

use std::collections::BTreeMap;
use std::path::PathBuf;

use porter_cnab::records::{Installation, Run, Timestamp};
use porter_cnab::store::StoreError;
use porter_config::SchemaCheck;
use porter_config::desired::{DesiredInstallation, load_installation};
use porter_registry::BundleReference;

use super::run::Act;
use super::{ActionOutcome, ActionPorts, ActionRequest, Delete, Kind, Overrides, digest};
use crate::Porter;
use crate::error::{Error, Usage};
use crate::source::ChosenBundle;
use crate::store::Storage;

/// What to apply.
#[derive(Debug, Clone)]
pub struct ApplyRequest {
    /// The file.
    pub file: PathBuf,
    /// Run also when nothing has changed.
    pub force: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// How strictly the version of the file is checked.
    pub schema_check: SchemaCheck,
    /// Namespace of a file that names none, which bundle a file means that names none, the driver
    /// and its settings. Action, name, parameters and sets come from the file.
    pub action: ActionRequest,
}

impl Porter {
    /// Makes an installation what a file says: installs, upgrades or uninstalls it, or leaves it.
    ///
    /// # Errors
    /// When the file is no installation, the bundle cannot be run, or the run failed.
    pub async fn apply_installation(
        &self,
        request: ApplyRequest,
        ports: &ActionPorts<'_>,
    ) -> Result<Option<ActionOutcome>, Error> {
        let desired = read(&request)?;
        let storage = self.storage().await?;
        let installation = desired_record(&desired, storage).await?;
        let kind = kind(&installation);
        let ApplyRequest {
            force,
            dry_run,
            mut action,
            ..
        } = request;
        action.kind = kind;
        action.names = vec![installation.name.clone()];
        action.namespace.clone_from(&installation.namespace);
        super::run::check(&action)?;
        if is_settled(&installation) {
            tracing::info!("The installation is already up-to-date.");
            return Ok(None);
        }
        let chosen = self
            .desired_bundle(&installation, &action, storage, ports)
            .await?;
        crate::driver::check_extensions(&chosen.bundle, &action)?;
        let reconciliation = Reconciliation {
            storage,
            request: &action,
            chosen: &chosen,
            installation: &installation,
            overrides: &desired.parameters,
        };
        let reason = reconciliation.reason().await?;
        match reason {
            Some(reason) => tracing::info!("{reason}"),
            None if force => tracing::info!(
                "The installation is up-to-date but will be re-applied because --force was \
                 specified"
            ),
            None => {
                tracing::info!("The installation is already up-to-date.");
                return Ok(None);
            }
        }
        tracing::info!(
            "The installation is out-of-sync, running the {} action...",
            action.kind.action()
        );
        if dry_run {
            tracing::info!("Skipping bundle execution because --dry-run was specified");
            return Ok(None);
        }
        let driver = self.driver(&action, &chosen).await?;
        let act = Act {
            porter: self,
            request: &action,
            overrides: &desired.parameters,
            ports,
            storage,
            driver: &*driver,
            plan: None,
        };
        act.run(&chosen, installation).await.map(Some)
    }

    /// The bundle that the file names, that the flags name, or that ran last.
    async fn desired_bundle(
        &self,
        installation: &Installation,
        action: &ActionRequest,
        storage: &Storage,
        ports: &ActionPorts<'_>,
    ) -> Result<ChosenBundle, Error> {
        let tracked = &installation.bundle;
        if !tracked.repository.is_empty() {
            if [&tracked.digest, &tracked.version, &tracked.tag]
                .iter()
                .all(|part| part.is_empty())
            {
                return Err(Usage::NoBundleVersion.into());
            }
            let reference = BundleReference::from_source(tracked).map_err(Usage::Reference)?;
            if let Some(reference) = reference {
                let pulled = self.pull_reference(&reference, action.bundle.pull).await?;
                return crate::source::pulled(Some(&installation.name), pulled);
            }
        }
        let named = &action.bundle;
        if named.file.is_none() && named.cnab_file.is_none() && named.reference.is_none() {
            let (namespace, name) = (&installation.namespace, &installation.name);
            return match storage.store().last_run(namespace, name).await {
                Ok(run) => {
                    let origin = crate::travel::Origin::of_run(&run)?;
                    let chosen = crate::source::chosen(Some(name), run.bundle)?;
                    Ok(ChosenBundle { origin, ..chosen })
                }
                Err(StoreError::RunNotFound) => Err(Usage::NoBundleReference.into()),
                Err(error) => Err(error.into()),
            };
        }
        self.choose_bundle(action, storage, ports).await
    }
}

fn read(request: &ApplyRequest) -> Result<DesiredInstallation, Error> {
    let path = &request.file;
    std::fs::metadata(path).map_err(|source| Error::FileArgument {
        path: path.clone(),
        source,
    })?;
    let document = load_installation(path, request.schema_check).map_err(|source| {
        Error::NoInstallationFile {
            path: path.clone(),
            source,
        }
    })?;
    if let Some(warning) = document.warning {
        tracing::warn!("{warning}");
    }
    let mut desired = document.value;
    if !document.has_namespace {
        desired.namespace.clone_from(&request.action.namespace);
    }
    if desired.name.is_empty() {
        return Err(Usage::UnnamedInstallation.into());
    }
    Ok(desired)
}

/// The stored installation with what the file says in place of what it said before.
async fn desired_record(
    desired: &DesiredInstallation,
    storage: &Storage,
) -> Result<Installation, Error> {
    let (namespace, name) = (&desired.namespace, &desired.name);
    let found = storage.store().installation(namespace, name).await;
    let mut installation = match found {
        Ok(found) => {
            tracing::info!("Updating {} installation\n", found.qualified_name());
            found
        }
        Err(StoreError::InstallationNotFound) => {
            let new = Installation::new(namespace, name);
            tracing::info!(
                "Creating a new installation\t{}",
                serde_json::json!({"installation": new.qualified_name()})
            );
            new
        }
        Err(error) => return Err(error.into()),
    };
    installation.uninstalled = desired.uninstalled;
    installation.bundle.clone_from(&desired.bundle);
    installation.labels.clone_from(&desired.labels);
    installation
        .credential_sets
        .clone_from(&desired.credential_sets);
    installation
        .parameter_sets
        .clone_from(&desired.parameter_sets);
    installation.parameters.parameters.clear();
    installation.status.modified = Timestamp::now();
    Ok(installation)
}

/// What has to run, if something has to.
fn kind(installation: &Installation) -> Kind {
    match (installation.status.is_installed(), installation.uninstalled) {
        (true, true) => Kind::Uninstall { delete: Delete::No },
        (true, false) => Kind::Upgrade { force: false },
        (false, _) => Kind::Install {
            force: false,
            labels: installation.labels.clone(),
        },
    }
}

/// Whether nothing can have to be done, whatever the bundle is.
fn is_settled(installation: &Installation) -> bool {
    if installation.status.is_uninstalled() {
        tracing::info!("Ignoring because the installation is uninstalled");
        return true;
    }
    if installation.uninstalled && !installation.status.is_installed() {
        tracing::info!(
            "Ignoring because installation.uninstalled is true but the installation doesn't exist \
             yet"
        );
        return true;
    }
    false
}

/// Finds out whether an installation is what it should be. Writes nothing.
struct Reconciliation<'a> {
    storage: &'a Storage,
    request: &'a ActionRequest,
    chosen: &'a ChosenBundle,
    installation: &'a Installation,
    overrides: &'a Overrides,
}

impl Reconciliation<'_> {
    /// Why something has to run; the first reason counts.
    async fn reason(&self) -> Result<Option<String>, Error> {
        if self.installation.uninstalled {
            return Ok(Some(
                "Triggering because installation.uninstalled is true".to_owned(),
            ));
        }
        // Whatever the reason is, the values must be right.
        let inputs = super::inputs::Inputs {
            storage: self.storage,
            request: self.request,
            overrides: self.overrides,
        };
        let bundle = &self.chosen.bundle;
        let parameters = inputs.parameters(bundle, self.installation).await?;
        if !self.installation.status.is_installed() {
            return Ok(Some(
                "Triggering because the installation has not completed successfully yet".to_owned(),
            ));
        }
        let (namespace, name) = (&self.installation.namespace, &self.installation.name);
        let last = match self.storage.store().last_run(namespace, name).await {
            Ok(last) => last,
            Err(StoreError::RunNotFound) => {
                return Ok(Some(
                    "Triggering because the last run for the installation wasn't recorded"
                        .to_owned(),
                ));
            }
            Err(error) => return Err(error.into()),
        };
        if last.bundle != self.chosen.document {
            return Ok(Some(
                "Triggering because the bundle definition has changed".to_owned(),
            ));
        }
        if let Some(diff) = self.difference(&parameters.values, &last).await? {
            return Ok(Some(format!(
                "Triggering because the parameters have changed\n{diff}"
            )));
        }
        let sets = inputs.credential_sets(self.installation).await?;
        let credentials = inputs.credentials(bundle, &last.action, sets).await?;
        if digest::differ(&credentials.credentials, &last, self.storage.own_secrets()).await? {
            return Ok(Some(
                "Triggering because the credentials have changed".to_owned(),
            ));
        }
        Ok(None)
    }

    /// A line for each parameter whose value is not that of the last run; sensitive ones hidden.
    async fn difference(
        &self,
        values: &super::parameters::Values,
        last: &Run,
    ) -> Result<Option<String>, Error> {
        let bundle = &self.chosen.bundle;
        let mut before = BTreeMap::new();
        for entry in &last.parameters.parameters {
            let text =
                porter_config::sources::resolve(&entry.source, self.storage.secrets()).await?;
            before.insert(entry.name.as_str(), text);
        }
        let mut lines = Vec::new();
        for (name, parameter) in &bundle.parameters {
            if bundle.is_internal(&parameter.definition) {
                continue;
            }
            let before = before
                .get(name.as_str())
                .map(|text| text.expose().as_slice());
            let after = values.get(name).map(|value| value.text.expose().as_bytes());
            if before == after {
                continue;
            }
            let hidden = bundle.is_sensitive(&parameter.definition);
            for (sign, text) in [('-', before), ('+', after)] {
                if let Some(text) = text {
                    let text = if hidden {
                        "******".into()
                    } else {
                        String::from_utf8_lossy(text)
                    };
                    lines.push(format!("{sign} {name}: {text:?}"));
                }
            }
        }
        Ok((!lines.is_empty()).then(|| lines.join("\n")))
    }
}
