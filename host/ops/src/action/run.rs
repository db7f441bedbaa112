//! One run, from the records before it to the records after it.

use std::collections::BTreeMap;
use std::time::Duration;

use porter_cnab::bundle::Bundle;
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{Driver, Operation, Outcome, PortError};
use porter_cnab::records::{CredentialSet, Installation, ResultStatus, Run, RunResult};
use porter_cnab::store::{BeginRun, FinishRun, HEARTBEAT_SECONDS, StoreError};

use super::inputs::Inputs;
use super::log::Tee;
use super::{
    ActionPorts, ActionRequest, Delete, Kind, Overrides, digest, operation, outputs, parameters,
};
use crate::Porter;
use crate::error::{Error, Usage};
use crate::plan::Plan;
use crate::source::ChosenBundle;
use crate::store::Storage;

/// How an action ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionOutcome {
    /// Name of the installation.
    pub installation: String,
    /// Identity of the run.
    pub run_id: String,
}

impl Porter {
    /// Runs an action of a bundle to its end and records it.
    ///
    /// # Errors
    /// When the bundle cannot be run, or the run failed. What the run left behind is recorded
    /// then, too.
    pub async fn act(
        &self,
        request: ActionRequest,
        ports: &ActionPorts<'_>,
    ) -> Result<ActionOutcome, Error> {
        check(&request)?;
        let overrides = parameters::parse(&request.parameters)?;
        let plan = request.plan.as_deref().map(Plan::read).transpose()?;
        let storage = self.storage().await?;
        let chosen = self.choose_bundle(&request, storage, ports).await?;
        let installation = find(&request, &chosen, storage).await?;
        crate::driver::check_extensions(&chosen.bundle, &request)?;
        let driver = self.driver(&request, &chosen).await?;
        let act = Act {
            porter: self,
            request: &request,
            overrides: &overrides,
            ports,
            storage,
            driver: &*driver,
            plan: plan.as_ref(),
        };
        if let Kind::Uninstall { delete } = request.kind {
            return act.uninstall(&chosen, installation, delete).await;
        }
        act.run(&chosen, installation).await
    }
}

pub(crate) fn check(request: &ActionRequest) -> Result<(), Error> {
    if request.names.len() > 1 {
        return Err(Usage::SeveralNames(request.names.clone()).into());
    }
    if matches!(&request.kind, Kind::Invoke { action } if action.is_empty()) {
        return Err(Usage::NoAction.into());
    }
    crate::driver::choose(request).map(|_| ())
}

/// The installation to act on, checked against the rules of the command.
pub(crate) async fn find(
    request: &ActionRequest,
    chosen: &ChosenBundle,
    storage: &Storage,
) -> Result<Installation, Error> {
    let found = storage
        .store()
        .installation(&request.namespace, &chosen.installation)
        .await;
    let action = chosen.bundle.action(request.kind.action());
    let mut installation = match (found, &request.kind) {
        (Ok(found), _) => found,
        (Err(StoreError::InstallationNotFound), Kind::Install { .. }) => {
            Installation::new(&request.namespace, &chosen.installation)
        }
        (Err(StoreError::InstallationNotFound), Kind::Invoke { action: name }) => {
            let action = action.map_err(|_| Usage::UnknownAction(name.clone()))?;
            if action.modifies || !action.stateless {
                return Err(missing(request, chosen));
            }
            return Ok(Installation::new(&request.namespace, &chosen.installation));
        }
        (Err(StoreError::InstallationNotFound), _) => return Err(missing(request, chosen)),
        (Err(error), _) => return Err(error.into()),
    };
    action?;
    match &request.kind {
        Kind::Install { force, .. } if !force && !installation.status.can_install() => {
            return Err(Error::AlreadyInstalled);
        }
        Kind::Install { labels, .. } => installation.labels.clone_from(labels),
        Kind::Upgrade { force } if !force && !installation.status.can_upgrade() => {
            return Err(Error::NotInstalled);
        }
        _ => {}
    }
    Ok(installation)
}

fn missing(request: &ActionRequest, chosen: &ChosenBundle) -> Error {
    let installation =
        porter_cnab::records::qualified_name(&request.namespace, &chosen.installation);
    Error::NoInstallation {
        installation,
        source: StoreError::InstallationNotFound,
    }
}

/// What the steps of one action share.
pub(super) struct Act<'a> {
    pub(super) porter: &'a Porter,
    pub(super) request: &'a ActionRequest,
    pub(super) overrides: &'a Overrides,
    pub(super) ports: &'a ActionPorts<'a>,
    pub(super) storage: &'a Storage,
    pub(super) driver: &'a dyn Driver,
    /// What was reviewed.
    pub(super) plan: Option<&'a Plan>,
}

/// A run that was prepared and not begun.
struct Prepared {
    installation: Installation,
    run: Run,
    operation: Operation,
    is_recorded: bool,
}

impl Act<'_> {
    async fn uninstall(
        &self,
        chosen: &ChosenBundle,
        installation: Installation,
        delete: Delete,
    ) -> Result<ActionOutcome, Error> {
        tracing::info!("uninstalling bundle");
        let result = self.run(chosen, installation).await;
        let result = match (result, delete) {
            (Ok(outcome), _) => Ok(outcome),
            (Err(error), Delete::No) => return Err(error),
            (Err(error), Delete::OnSuccess) => return Err(Error::UnsafeDelete(Box::new(error))),
            (Err(error), Delete::Always) => {
                tracing::info!(
                    "ignoring the following errors as --force-delete is true:\n  {}",
                    self.porter.chain(&error)
                );
                Ok(ActionOutcome {
                    installation: chosen.installation.clone(),
                    run_id: String::new(),
                })
            }
        };
        if delete != Delete::No {
            tracing::info!("deleting installation records");
            let namespace = &self.request.namespace;
            self.storage
                .store()
                .delete_installation(namespace, &chosen.installation)
                .await?;
        }
        result
    }

    pub(super) async fn run(
        &self,
        chosen: &ChosenBundle,
        installation: Installation,
    ) -> Result<ActionOutcome, Error> {
        let prepared = self.prepare(chosen, installation).await?;
        if prepared.is_recorded {
            let begin = BeginRun {
                installation: prepared.installation.clone(),
                run: prepared.run.clone(),
                force: false,
            };
            if let Some(lost) = self.storage.store().begin_run(&begin).await? {
                self.porter.clean_up(self.driver, &lost).await;
            }
        }
        let tee = Tee::new(self.ports.log);
        let outcome = self.drive(&prepared, &tee).await;
        let has_logs = self.request.keep_logs && crate::driver::has_logs(&self.request.driver);
        let logs = Some(tee.into_kept()).filter(|_| has_logs);
        self.finish(chosen, &prepared, outcome, logs).await
    }

    async fn prepare(
        &self,
        chosen: &ChosenBundle,
        mut installation: Installation,
    ) -> Result<Prepared, Error> {
        let bundle = &chosen.bundle;
        let action = self.request.kind.action();
        let secrets = self.storage.secrets();
        let inputs = Inputs {
            storage: self.storage,
            request: self.request,
            overrides: self.overrides,
        };
        let parameters = inputs.parameters(bundle, &installation).await?;
        let (given, values) = (parameters.given, parameters.values);
        let sets = inputs.credential_sets(&installation).await?;
        tracing::info!("Just-in-time resolving credentials...");
        let resolved = inputs.credentials(bundle, action, sets).await?;
        let credentials = resolved.credentials;
        tracing::info!("Just-in-time resolving parameters...");
        installation.parameter_sets = parameters.sets;
        installation.credential_sets = resolved.sets;
        if matches!(
            self.request.kind,
            Kind::Install { .. } | Kind::Upgrade { .. }
        ) || !given.overrides.is_empty()
        {
            installation.status.modified = porter_cnab::records::Timestamp::now();
        }
        crate::travel::track(
            chosen.origin.as_ref(),
            &self.request.kind,
            &mut installation,
        );
        let mut run = Run::new(&installation, action, chosen.document.clone());
        if let Some(origin) = &chosen.origin {
            origin.record(&mut run);
        }
        let is_recorded = is_recorded(bundle, action)?;
        if is_recorded {
            parameters::keep_overrides(bundle, &given, &values, &mut installation, secrets).await?;
            parameters::keep_values(bundle, &values, &mut run, secrets).await?;
            run.parameter_overrides = installation.parameters.clone();
            run.parameter_sets.clone_from(&installation.parameter_sets);
            run.credential_sets
                .clone_from(&installation.credential_sets);
            run.credentials_digest =
                digest::of_run(&credentials, &run, self.storage.own_secrets()).await?;
            run.credentials = without_clear_values(credentials.mapping.clone());
        }
        let mut operation = operation::operation(
            bundle,
            &installation,
            &run,
            &values,
            &credentials.values,
            &self.request.verbosity,
        )?;
        if let Some(origin) = &chosen.origin {
            origin.apply(&mut operation)?;
        }
        if let Some(plan) = self.plan {
            self.porter
                .bind(plan, &run, &installation, bundle, &mut operation)?;
        }
        Ok(Prepared {
            installation,
            run,
            operation,
            is_recorded,
        })
    }

    /// Runs the container, saying meanwhile that we are alive.
    async fn drive(&self, prepared: &Prepared, log: &Tee<'_>) -> Result<Outcome, PortError> {
        let cancel: &CancellationToken = self.ports.cancel;
        let running = self.driver.run(&prepared.operation, log, cancel);
        if !prepared.is_recorded {
            return running.await;
        }
        tokio::pin!(running);
        let mut alive = tokio::time::interval(Duration::from_secs(HEARTBEAT_SECONDS));
        alive.tick().await;
        loop {
            tokio::select! {
                outcome = &mut running => return outcome,
                _ = alive.tick() => {
                    if let Err(error) = self.storage.store().heartbeat(&prepared.run.id).await {
                        tracing::warn!("{error}");
                    }
                }
            }
        }
    }

    async fn finish(
        &self,
        chosen: &ChosenBundle,
        prepared: &Prepared,
        outcome: Result<Outcome, PortError>,
        logs: Option<Vec<u8>>,
    ) -> Result<ActionOutcome, Error> {
        let Prepared { run, .. } = prepared;
        let (outcome, failed_to_run) = match outcome {
            Ok(outcome) => (Some(outcome), None),
            Err(error) => (None, Some(error)),
        };
        let mut problems = Vec::new();
        let mut collected = outputs::Collected::default();
        let mut is_canceled = false;
        if let Some(outcome) = outcome {
            is_canceled = outcome.canceled;
            if outcome.exit_code != 0 {
                problems.push(format!(
                    "container exit code: {}, message: <nil>",
                    outcome.exit_code
                ));
            }
            problems.extend(outcome.output_error);
            collected = outputs::collect(&chosen.bundle, &run.action, outcome.outputs);
            problems.append(&mut collected.problems);
        }
        let status = match (&failed_to_run, is_canceled, problems.is_empty()) {
            (_, true, _) => ResultStatus::Canceled,
            (None, false, true) => ResultStatus::Succeeded,
            _ => ResultStatus::Failed,
        };
        let mut result = RunResult::new(run, status);
        result.message = match &failed_to_run {
            Some(error) => self.porter.chain(&**error),
            None => problems.join("\n"),
        };
        if prepared.is_recorded {
            let secrets = self.storage.secrets();
            let outputs =
                outputs::records(&chosen.bundle, run, &mut result, &collected, logs, secrets)
                    .await?;
            let finish = FinishRun { result, outputs };
            self.storage.store().finish_run(&finish).await?;
        }
        if let Some(source) = failed_to_run {
            return Err(Error::Run {
                action: run.action.clone(),
                bundle: chosen.bundle.name.clone(),
                source,
            });
        }
        if is_canceled {
            return Err(Error::Canceled {
                action: run.action.clone(),
                installation: prepared.installation.qualified_name(),
            });
        }
        if !problems.is_empty() {
            return Err(Error::RunFailed { problems });
        }
        Ok(ActionOutcome {
            installation: chosen.installation.clone(),
            run_id: run.id.clone(),
        })
    }
}

/// What the container of an action would be given, less credentials. Records nothing.
pub(crate) async fn operation_of(
    request: &ActionRequest,
    overrides: &Overrides,
    storage: &Storage,
    chosen: &ChosenBundle,
    installation: &Installation,
) -> Result<Operation, Error> {
    let inputs = Inputs {
        storage,
        request,
        overrides,
    };
    let bundle = &chosen.bundle;
    let values = inputs.parameters(bundle, installation).await?.values;
    let run = Run::new(installation, request.kind.action(), chosen.document.clone());
    let none = BTreeMap::new();
    operation::operation(
        bundle,
        installation,
        &run,
        &values,
        &none,
        &request.verbosity,
    )
}

/// A literal in a credential set is the secret itself: it is not recorded.
fn without_clear_values(mut mapping: CredentialSet) -> CredentialSet {
    for entry in &mut mapping.credentials {
        if entry.source.strategy == porter_cnab::records::Strategy::Value {
            entry.source.hint = String::new();
        }
    }
    mapping
}

/// A run leaves records unless its action neither modifies, nor is stateful, nor has an output
/// that a user sees.
fn is_recorded(bundle: &Bundle, action: &str) -> Result<bool, Error> {
    let properties = bundle.action(action)?;
    let has_output = bundle
        .outputs
        .values()
        .any(|output| output.applies_to(action) && !bundle.is_internal(&output.definition));
    Ok(properties.modifies || !properties.stateless || has_output)
}
