//! What the steps of an action would do: planned as in a run, and nothing executed.

use std::collections::BTreeMap;

use porter_mixin::document::{named, tasks};
use porter_mixin::{Evaluate, Json, Task};
use porter_runbook::Runbook;
use porter_runbook::document::Step;

use crate::bundle::Bundle;
use crate::data::{Data, Sources};
use crate::environment::Environment;
use crate::error::{RuntimeError, StepError};
use crate::invocation::Invocation;
use crate::run::steps_of;
use crate::step::Resolved;

/// What a preview is made of.
pub struct Preview<'p> {
    /// The bundle's runbook.
    pub runbook: &'p Runbook,
    /// The bundle's `bundle.json`.
    pub bundle: Json,
    /// Where its images are, if that is elsewhere: an object, or `null`.
    pub relocation: Json,
    /// What the container would be given. Values of secrets do not matter.
    pub environment: Environment,
    /// The mixins that can be asked, by name.
    pub mixins: BTreeMap<&'p str, &'p dyn Evaluate>,
}

/// A step, looked at.
#[derive(Debug)]
pub struct PreviewedStep<'p> {
    /// The step.
    pub step: &'p Step,
    /// What the author says it is for, with names in the place of secrets. `null` without.
    pub description: Json,
    /// Its tasks with names in the place of secrets and of what is not known before the run.
    /// `None` when its mixin cannot be asked.
    pub tasks: Result<Option<Json>, StepError>,
}

impl Preview<'_> {
    /// Looks at the steps of the action that the environment names.
    ///
    /// # Errors
    /// When there is no such action, or the environment lacks what the bundle needs.
    pub fn steps(&self) -> Result<Vec<PreviewedStep<'_>>, RuntimeError> {
        let invocation = Invocation::read(&self.environment)?;
        let bundle = Bundle::of(self.bundle.clone(), self.relocation.clone());
        let sources = Sources {
            runbook: self.runbook,
            invocation: &invocation,
            environment: &self.environment,
            bundle: &bundle,
            opaque: true,
        };
        let steps = steps_of(self.runbook, &invocation.action)?;
        let mut data = Data::new(&sources).map_err(RuntimeError::Data)?;
        let looked_at = steps
            .iter()
            .map(|step| self.step(step, &sources, &mut data));
        Ok(looked_at.collect())
    }

    fn step<'s>(
        &self,
        step: &'s Step,
        sources: &Sources<'_>,
        data: &mut Data,
    ) -> PreviewedStep<'s> {
        let mut description = Json::Null;
        let planned = self.plan(step, sources, data, &mut description);
        match &planned {
            Ok(Some((planned, _))) => {
                for name in outputs(planned) {
                    data.add_later_output(name);
                }
            }
            // Whatever it is, it may make any output.
            Ok(None) | Err(_) => {
                for name in self.runbook.outputs.keys() {
                    data.add_later_output(name);
                }
            }
        }
        PreviewedStep {
            step,
            description,
            tasks: planned.map(|planned| planned.map(|(_, document)| document)),
        }
    }

    fn plan(
        &self,
        step: &Step,
        sources: &Sources<'_>,
        data: &Data,
        description: &mut Json,
    ) -> Result<Option<(Vec<Task>, Json)>, StepError> {
        let mixin = self.mixins.get(step.mixin.as_str());
        let code = self.runbook.mixins.get(&step.mixin);
        let Some((mixin, code)) = mixin.zip(code).filter(|(_, code)| !code.sees_secrets) else {
            return Ok(None);
        };
        let mut resolved = Resolved::new(step, code, sources, data)?;
        let text = resolved.description().map(Json::from);
        let planned = resolved.plan(*mixin, code, sources);
        let names = |number| resolved.secrets.name(number).map(str::to_owned);
        *description = named(text.unwrap_or_default(), &names);
        let planned = planned.map_err(StepError::Plan)?;
        let document = named(tasks(&planned), &names);
        Ok(Some((planned, document)))
    }
}

impl std::fmt::Debug for Preview<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Preview")
            .field("bundle", &self.runbook.bundle)
            .finish_non_exhaustive()
    }
}

/// Names of the outputs that tasks take.
fn outputs(tasks: &[Task]) -> impl Iterator<Item = &str> {
    tasks
        .iter()
        .filter_map(|task| match task {
            Task::Run(command) => Some(&command.outputs),
            Task::Say(_) | Task::Write(_) => None,
        })
        .flatten()
        .map(|output| output.name.as_str())
}
