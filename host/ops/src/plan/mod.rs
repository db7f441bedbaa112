//! `porter plan`: everything that an action would do, before anything runs; and running exactly
//! that.

mod bundle;
mod document;

use std::collections::BTreeMap;
use std::ffi::OsString;

use porter_cnab::Sensitive;
use porter_cnab::ports::{Operation, TrustedFile};
use porter_cnab::records::{Installation, Run};
use porter_mixin::{Evaluate, EvaluateError};
use porter_runbook::document::MixinCode;
use porter_runbook::resolve::TemplateFault;
use porter_runtime::error::StepError;
use porter_runtime::root::{RELOCATION, REVIEWED_PLAN};
use porter_runtime::{Environment, Preview, PreviewedStep};

pub use document::{Plan, PlanError, PlannedBundle, PlannedInstallation, PlannedStep};

use crate::Porter;
use crate::action::{ActionRequest, operation_of, overrides};
use crate::error::Error;
use crate::mixins::NATIVE_TIER;
use bundle::Material;

/// The program that starts in every bundle image.
const RUN: &str = "/cnab/app/run";
/// What a mixin says that cannot plan a step without a value that it may not see.
const NEEDS_VALUE: &str = "needs-value";

impl Porter {
    /// Plans every step of an action as a run would, and executes nothing. From source no engine
    /// is needed; of a bundle that was built, the runbook and the mixins are read out of its image.
    ///
    /// # Errors
    /// When the bundle, the installation or the parameters cannot be used, or a step cannot be
    /// planned for another reason than a value that is not known yet.
    pub async fn plan(&self, request: &ActionRequest) -> Result<Plan, Error> {
        crate::action::check(request)?;
        let overrides = overrides(&request.parameters)?;
        let storage = self.storage().await?;
        let origin = self.origin(request, storage).await?;
        let chosen = &origin.chosen;
        let installation = crate::action::find(request, chosen, storage).await?;
        let operation = operation_of(request, &overrides, storage, chosen, &installation).await?;
        let material = self.material(&origin, &operation.image).await?;
        let run = Preview {
            runbook: &material.runbook,
            bundle: serde_json::from_str(&chosen.document)?,
            relocation: relocation(&operation)?,
            environment: environment(&operation),
            mixins: mixins(&material),
        };
        let action = request.kind.action();
        let steps = run
            .steps()
            .map_err(|source| Error::Preview(Box::new(source)))?;
        let steps: Result<Vec<_>, _> = steps
            .into_iter()
            .enumerate()
            .map(|(index, step)| planned(action, index, step, &material))
            .collect();
        let plan = Plan::new(
            PlannedBundle {
                name: chosen.bundle.name.clone(),
                version: chosen.bundle.version.clone(),
            },
            action,
            PlannedInstallation {
                namespace: installation.namespace,
                name: installation.name,
            },
            steps?,
        );
        Ok(plan?)
    }

    /// Binds a run to a plan that was reviewed: the runtime executes nothing else.
    pub(crate) fn bind(
        &self,
        plan: &Plan,
        run: &Run,
        installation: &Installation,
        bundle: &porter_cnab::bundle::Bundle,
        operation: &mut Operation,
    ) -> Result<(), Error> {
        plan.check(run, installation, bundle)?;
        let content = Sensitive::new(serde_json::to_vec(plan)?);
        operation.files.insert(REVIEWED_PLAN.to_owned(), content);
        operation.trusted = Some(TrustedFile {
            path: RUN.to_owned(),
            digests: self.runtime_digests(),
        });
        Ok(())
    }
}

/// Where the images of the bundle are, as the container is told.
fn relocation(operation: &Operation) -> Result<porter_cnab::Json, Error> {
    match operation.files.get(RELOCATION) {
        Some(file) => Ok(serde_json::from_slice(file.expose())?),
        None => Ok(porter_cnab::Json::Null),
    }
}

fn environment(operation: &Operation) -> Environment {
    let variables: BTreeMap<OsString, OsString> = operation
        .environment
        .iter()
        .map(|(name, value)| (name.into(), value.expose().into()))
        .collect();
    variables.into()
}

fn mixins<'a>(material: &'a Material<'_>) -> BTreeMap<&'a str, &'a dyn Evaluate> {
    let all = material.mixins.iter();
    all.map(|(name, mixin)| (name.as_str(), &**mixin)).collect()
}

/// A step of the plan.
fn planned(
    action: &str,
    index: usize,
    step: PreviewedStep<'_>,
    material: &Material<'_>,
) -> Result<PlannedStep, Error> {
    let PreviewedStep {
        step,
        description,
        tasks,
    } = step;
    let code = material.runbook.mixins.get(&step.mixin);
    let (tasks, unplanned) = match tasks {
        Ok(Some(tasks)) => (Some(tasks), None),
        Ok(None) => (None, Some(cannot_be_asked(code))),
        Err(error) => match needs(&error) {
            Some(reason) => (None, Some(reason)),
            None => {
                return Err(Error::PlanStep {
                    step: format!(
                        "step {} of {action} (mixin `{}`, line {} of the manifest)",
                        index + 1,
                        porter_mixin::escape::escape(&step.mixin),
                        step.line
                    ),
                    source: Box::new(error),
                });
            }
        },
    };
    let text = |get: fn(&MixinCode) -> &String| code.map(get).cloned().unwrap_or_default();
    Ok(PlannedStep {
        description,
        mixin: step.mixin.clone(),
        version: text(|code| &code.version),
        component: text(|code| &code.digest),
        tier: text(|code| &code.tier),
        line: step.line,
        tasks,
        unplanned,
    })
}

fn cannot_be_asked(code: Option<&MixinCode>) -> String {
    match code {
        Some(code) if code.tier == NATIVE_TIER => {
            "its mixin is native and unsandboxed: what it does is known only when it runs"
                .to_owned()
        }
        Some(code) if code.sees_secrets => {
            "its mixin was granted to see secrets: what it does may depend on them".to_owned()
        }
        _ => "its mixin is not there".to_owned(),
    }
}

/// The value for want of which a step cannot be planned, as a sentence.
fn needs(error: &StepError) -> Option<String> {
    match error {
        StepError::Resolve(fault) => match &fault.source {
            source @ TemplateFault::NeedsValue { .. } => {
                Some(format!("line {}: {source}", fault.line))
            }
            _ => None,
        },
        StepError::Plan(EvaluateError::Refused { diagnostics, .. }) => {
            let needs = |found: &&porter_mixin::Diagnostic| found.code == NEEDS_VALUE;
            let errors =
                |found: &&porter_mixin::Diagnostic| found.severity == porter_mixin::Severity::Error;
            let all = diagnostics.iter().filter(errors);
            let first = all.clone().next()?;
            all.clone().all(|found| needs(&found)).then(|| {
                let text = if first.message.is_empty() {
                    &first.title
                } else {
                    &first.message
                };
                porter_mixin::escape::escape(text)
            })
        }
        _ => None,
    }
}
