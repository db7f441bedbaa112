//! The lint rules on the manifest itself, and findings of mixins in the same form.

pub mod levels;
mod order;
mod unused;

use std::collections::BTreeSet;

use porter_mixin::{Diagnostic, Place as MixinPlace};
use porter_runbook::template::Position;

use crate::model::{Action, Manifest, Spanned};
use crate::problem::{Place, Problem, Severity};
use crate::source::Span;
use levels::Rule;

/// Something that lint found. Texts of mixins are untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The rule: `porter-100`, `exec-100`, …
    pub code: String,
    /// Short title.
    pub title: String,
    /// The whole text.
    pub message: String,
    /// Where to read more; empty for none.
    pub url: String,
    /// What to do about it, when that is no address.
    pub hint: Option<String>,
    /// The step it is about.
    pub step: Option<StepLocation>,
    /// Where it is in the manifest.
    pub place: Option<Place>,
}

/// A step, as Porter's lint results name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLocation {
    /// The action.
    pub action: String,
    /// The mixin.
    pub mixin: String,
    /// Number of the step in the action, from 1.
    pub number: usize,
    /// The author's description, may be empty.
    pub description: String,
}

impl Finding {
    /// The same as a problem, to be shown with its source line.
    #[must_use]
    pub fn to_problem(&self) -> Problem {
        Problem {
            severity: self.severity,
            code: Some(self.code.clone()),
            message: self.message.clone(),
            hint: self
                .hint
                .clone()
                .or_else(|| (!self.url.is_empty()).then(|| format!("see {}", self.url))),
            place: self.place.clone().map(Box::new),
        }
    }
}

impl Manifest {
    /// Porter's own lint rules: porter-100, porter-101 and porter-102, in this order.
    #[must_use]
    pub fn lint(&self) -> Vec<Finding> {
        let mut findings = self.reserved_names();
        findings.extend(self.wrong_actions());
        findings.extend(self.repeated_dependencies());
        findings
    }

    /// What the rules that Porter does not have find in the manifest alone, in the order of
    /// their codes. Those of secrets and plans are the caller's.
    #[must_use]
    pub fn lint_further(&self) -> Vec<Finding> {
        let mut findings = self.unused_parameters();
        findings.extend(self.unwritten_outputs());
        findings.extend(self.early_outputs());
        findings.extend(self.images_without_digest());
        findings
    }

    /// A finding of one of porter's own rules, whose message is the caller's.
    #[must_use]
    pub fn found(&self, rule: Rule, at: Span) -> Finding {
        Finding {
            severity: Severity::Info,
            code: rule.code.to_owned(),
            title: rule.title.to_owned(),
            message: String::new(),
            url: String::new(),
            hint: None,
            step: None,
            place: Some(self.source.place(at)),
        }
    }

    /// A step of an action, as Porter's lint results name it.
    #[must_use]
    pub fn location(action: &Action, index: usize) -> StepLocation {
        let step = action.steps.get(index);
        StepLocation {
            action: action.name.value.clone(),
            mixin: step
                .map(|step| step.mixin.value.clone())
                .unwrap_or_default(),
            number: index + 1,
            description: step
                .and_then(|step| step.description.clone())
                .unwrap_or_default(),
        }
    }

    /// A mixin's diagnostic as a finding.
    #[must_use]
    pub fn finding(&self, mixin: &str, diagnostic: &Diagnostic) -> Finding {
        let (url, hint) = match &diagnostic.hint {
            Some(hint) if hint.starts_with("https://") => (hint.clone(), None),
            hint => (String::new(), hint.clone()),
        };
        Finding {
            severity: match diagnostic.severity {
                porter_mixin::Severity::Error => Severity::Error,
                porter_mixin::Severity::Warning => Severity::Warning,
            },
            code: diagnostic.code.clone(),
            title: diagnostic.title.clone(),
            message: diagnostic.message.clone(),
            url,
            hint,
            step: self.step_location(mixin, &diagnostic.at),
            place: Some(self.locate(mixin, &diagnostic.at)),
        }
    }

    /// The step of a mixin's diagnostic, numbered among all steps of the action.
    fn step_location(&self, mixin: &str, at: &MixinPlace) -> Option<StepLocation> {
        let MixinPlace::Step { action, index, .. } = at else {
            return None;
        };
        let action = self.actions.iter().find(|one| one.name.value == *action)?;
        let own = action.steps.iter().enumerate();
        let (number, _) = own
            .filter(|(_, step)| step.mixin.value == mixin)
            .nth(usize::try_from(*index).ok()?)?;
        Some(Self::location(action, number))
    }

    fn reserved_names(&self) -> Vec<Finding> {
        let reserved = |name: &str| {
            let name = name.to_lowercase();
            name.starts_with("porter-") || name.starts_with("porter_")
        };
        self.parameters
            .iter()
            .map(|parameter| &parameter.name)
            .filter(|name| reserved(name))
            .map(|name| Finding {
                message: format!(
                    "{} has a reserved prefix. Parameters cannot start with porter- or porter_",
                    name.value
                ),
                url: "https://porter.sh/reference/linter/#porter-100".to_owned(),
                ..self.error("porter-100", "Reserved name error", name)
            })
            .collect()
    }

    fn wrong_actions(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for action in &self.actions {
            for (index, step) in action.steps.iter().enumerate() {
                let mut told = BTreeSet::new();
                crate::names::visit_step(step, &mut |expression, _| {
                    let [bundle, parameters, name, ..] = expression.path.as_slice() else {
                        return;
                    };
                    let applies = self
                        .parameter(name)
                        .is_none_or(|parameter| self.applies(parameter, &action.name));
                    let ours = bundle == "bundle" && parameters == "parameters";
                    if !ours || applies || !told.insert(name.clone()) {
                        return;
                    }
                    let at = Position {
                        line: expression.line,
                        column: expression.column,
                    };
                    let span = crate::names::tag_span(&self.source, at);
                    let place = Spanned {
                        value: name.clone(),
                        span,
                    };
                    findings.push(Finding {
                        message: format!(
                            "Parameter {name} does not apply to {} action",
                            action.name.value
                        ),
                        url: "https://porter.sh/docs/references/linter/#porter-101".to_owned(),
                        step: Some(Self::location(action, index)),
                        ..self.error("porter-101", "Parameter does not apply to action", &place)
                    });
                });
            }
        }
        findings
    }

    fn applies(&self, parameter: &crate::model::Parameter, action: &str) -> bool {
        let actions = self.parameter_actions(parameter);
        actions.is_empty() || actions.iter().any(|name| name == action)
    }

    fn repeated_dependencies(&self) -> Vec<Finding> {
        let mut seen = BTreeSet::new();
        self.dependencies
            .iter()
            .filter(|name| !seen.insert(name.as_str()))
            .map(|name| Finding {
                message: format!("The dependency {} is defined multiple times", name.value),
                url: "https://porter.sh/reference/linter/#porter-102".to_owned(),
                ..self.error("porter-102", "Dependency error", name)
            })
            .collect()
    }

    fn error(&self, code: &str, title: &str, at: &Spanned<String>) -> Finding {
        Finding {
            severity: Severity::Error,
            code: code.to_owned(),
            title: title.to_owned(),
            message: String::new(),
            url: String::new(),
            hint: None,
            step: None,
            place: Some(self.source.place(at.span)),
        }
    }
}
