//! A step on its way to its tasks.

use porter_mixin::{Evaluate, EvaluateError, Json, PlanRequest, Task};
use porter_runbook::document::{MixinCode, Step};
use porter_runbook::resolve::{ResolveError, Secrets, resolve};

use crate::data::{Data, Sources};

/// A step with its templates resolved.
#[derive(Debug)]
pub(crate) struct Resolved {
    data: Json,
    /// What placeholders stand for.
    pub(crate) secrets: Secrets,
}

impl Resolved {
    /// Resolves the templates of a step.
    ///
    /// # Errors
    /// When one of them cannot be resolved.
    pub(crate) fn new(
        step: &Step,
        code: &MixinCode,
        sources: &Sources<'_>,
        data: &Data,
    ) -> Result<Self, ResolveError> {
        let mut secrets = match (code.sees_secrets, sources.opaque) {
            (true, _) => Secrets::shown(),
            (false, true) => Secrets::opaque(),
            (false, false) => Secrets::hidden(),
        };
        let data = resolve(&step.data, data.value(), &mut secrets)?;
        Ok(Self { data, secrets })
    }

    /// What the author says that the step is for.
    pub(crate) fn description(&self) -> Option<&str> {
        self.data.get("description").and_then(Json::as_str)
    }

    /// Asks the mixin for the tasks.
    ///
    /// # Errors
    /// When it refuses the step, or misbehaves.
    pub(crate) fn plan(
        &mut self,
        mixin: &dyn Evaluate,
        code: &MixinCode,
        sources: &Sources<'_>,
    ) -> Result<Vec<Task>, EvaluateError> {
        let mut environment = Vec::new();
        for (name, value, is_secret) in sources.for_mixin(&code.environment) {
            let value = if is_secret {
                self.secrets.add(&format!("env.{name}"), &value)
            } else {
                value
            };
            environment.push((name, value));
        }
        mixin.plan(&PlanRequest {
            config: code.config.clone(),
            action: sources.invocation.action.clone(),
            step: self.data.clone(),
            environment,
        })
    }
}
