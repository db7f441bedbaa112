//! Rules on what the mixins would do: steps that have no plan, secrets among arguments.

use std::collections::BTreeSet;

use porter_manifest::lint::levels::{NO_PLAN, Rule, SECRET_ARGUMENT};
use porter_manifest::model::{Action, Step};
use porter_manifest::{Finding, Manifest};
use porter_mixin::placeholder::{Piece, pieces};
use porter_mixin::{Diagnostic, Evaluate, EvaluateError, Place, PlanRequest, Severity, Task};
use porter_runbook::resolve::{Secrets, Value, resolve};

use super::sample;
use crate::mixins::Loaded;

/// What planning every step with sample values brings to light. Steps of native mixins, which have
/// no plan, and steps whose templates need values of a run are left out.
pub(super) fn findings(manifest: &Manifest, mixins: &[Loaded<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for action in &manifest.actions {
        let data = sample::data(manifest, &manifest.step_outputs(action));
        for (index, step) in action.steps.iter().enumerate() {
            let mixin = mixins
                .iter()
                .find(|one| one.component.name == step.mixin.value);
            if let Some(Loaded { mixin, .. }) = mixin {
                let at = At {
                    manifest,
                    action,
                    index,
                    step,
                };
                at.planned(mixin, &data, &mut findings);
            }
        }
    }
    findings
}

/// A step.
struct At<'m> {
    manifest: &'m Manifest,
    action: &'m Action,
    index: usize,
    step: &'m Step,
}

impl At<'_> {
    fn planned(&self, mixin: &dyn Evaluate, data: &Value, findings: &mut Vec<Finding>) {
        let mut secrets = Secrets::hidden();
        let Ok(step) = resolve(&self.step.data, data, &mut secrets) else {
            return;
        };
        let request = PlanRequest {
            config: self.manifest.mixin_config(&self.step.mixin),
            action: self.action.name.value.clone(),
            step,
            environment: Vec::new(),
        };
        match mixin.plan(&request) {
            Ok(tasks) => self.secret_arguments(&tasks, &secrets, findings),
            Err(EvaluateError::Refused { diagnostics, .. }) => {
                let errors = diagnostics
                    .iter()
                    .filter(|one| one.severity == Severity::Error);
                findings.extend(errors.map(|diagnostic| self.refused(diagnostic)));
            }
            Err(error) => {
                let why = std::error::Error::source(&error).map(|source| format!(": {source}"));
                findings.push(Finding {
                    message: format!("{error}{}", why.unwrap_or_default()),
                    ..self.found(NO_PLAN)
                });
            }
        }
    }

    fn refused(&self, diagnostic: &Diagnostic) -> Finding {
        let pointer = match &diagnostic.at {
            Place::Step { pointer, .. } => pointer.as_str(),
            Place::Config { .. } => "",
        };
        let span = match pointer {
            "" => self.step.mixin.span,
            pointer => self.step.value.find(pointer).span,
        };
        Finding {
            message: format!("{}: {}", diagnostic.title, diagnostic.message),
            hint: diagnostic.hint.clone(),
            place: Some(self.manifest.source().place(span)),
            ..self.found(NO_PLAN)
        }
    }

    fn secret_arguments(&self, tasks: &[Task], secrets: &Secrets, findings: &mut Vec<Finding>) {
        let mut told = BTreeSet::new();
        for task in tasks {
            let Task::Run(command) = task else {
                continue;
            };
            let texts = std::iter::once(&command.program).chain(&command.args);
            for number in texts.flat_map(|text| numbers(text)) {
                let Some(name) = secrets.get(number).map(|secret| secret.expose().clone()) else {
                    continue;
                };
                if told.insert(name.clone()) {
                    findings.push(Finding {
                        message: format!(
                            "{name} becomes an argument of `{}`, which every process of the \
                             machine can read",
                            command.program
                        ),
                        hint: Some(
                            "give it in an environment variable, a file or standard input"
                                .to_owned(),
                        ),
                        ..self.found(SECRET_ARGUMENT)
                    });
                }
            }
        }
    }

    fn found(&self, rule: Rule) -> Finding {
        Finding {
            step: Some(Manifest::location(self.action, self.index)),
            ..self.manifest.found(rule, self.step.mixin.span)
        }
    }
}

/// Numbers of the placeholders in a text.
fn numbers(text: &str) -> Vec<usize> {
    let pieces = pieces(text).unwrap_or_default();
    pieces
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Value { number, .. } => Some(number),
            Piece::Text(_) => None,
        })
        .collect()
}
