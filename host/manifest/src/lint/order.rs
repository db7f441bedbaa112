//! Steps that use what a later step makes, and images whose content can change.

use std::collections::{BTreeSet, HashMap};

use porter_runbook::template::Position;

use super::Finding;
use super::levels::{EARLY_OUTPUT, IMAGE_WITHOUT_DIGEST};
use crate::model::{Action, Manifest};
use crate::names::{StepOutputs, tag_span, visit_step};
use crate::read::actions::ordinal;

impl Manifest {
    /// Templates that name an output of this or a later step of the same action.
    pub(super) fn early_outputs(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for action in &self.actions {
            let makers = Makers::of(action);
            for index in 0..action.steps.len() {
                self.early_in_step(action, index, &makers, &mut findings);
            }
        }
        findings
    }

    fn early_in_step(
        &self,
        action: &Action,
        index: usize,
        makers: &Makers<'_>,
        findings: &mut Vec<Finding>,
    ) {
        let mut told = BTreeSet::new();
        visit_step(&action.steps[index], &mut |expression, _| {
            let [bundle, outputs, name] = expression.path.as_slice() else {
                return;
            };
            let is_output = bundle == "bundle" && outputs == "outputs";
            let Some(maker) = makers.late(name, index).filter(|_| is_output) else {
                return;
            };
            if !told.insert(name.clone()) {
                return;
            }
            let at = Position {
                line: expression.line,
                column: expression.column,
            };
            let which = match maker == index {
                true => "this step".to_owned(),
                false => format!("the {} step", ordinal(maker + 1)),
            };
            let wired = match self.output(name) {
                Some(_) => "; here it has the value of an earlier run, and the first has none",
                None => "",
            };
            findings.push(Finding {
                message: format!("The output {name} is made by {which} of the action{wired}"),
                hint: Some("use it in a step after the one that makes it".to_owned()),
                step: Some(Self::location(action, index)),
                ..self.found(EARLY_OUTPUT, tag_span(&self.source, at))
            });
        });
    }

    /// Images that are named by a tag.
    pub(super) fn images_without_digest(&self) -> Vec<Finding> {
        let mut images: Vec<_> = self
            .images
            .values()
            .filter(|image| image.digest.is_empty())
            .collect();
        images.sort_by_key(|image| {
            let start = image.alias.span.start;
            (start.line, start.column)
        });
        images
            .into_iter()
            .map(|image| Finding {
                message: format!(
                    "The image {} is {}, which can be another one tomorrow",
                    image.alias.value,
                    image.reference()
                ),
                hint: Some("add its `digest`".to_owned()),
                ..self.found(IMAGE_WITHOUT_DIGEST, image.alias.span)
            })
            .collect()
    }
}

/// Which step of an action is the first to make an output.
struct Makers<'m> {
    first: HashMap<&'m str, usize>,
    /// The first step that may make any output.
    open: usize,
}

impl<'m> Makers<'m> {
    fn of(action: &'m Action) -> Self {
        let mut makers = Self {
            first: HashMap::new(),
            open: usize::MAX,
        };
        for (index, step) in action.steps.iter().enumerate() {
            let outputs = StepOutputs::of(std::slice::from_ref(step));
            if outputs.is_open() {
                makers.open = makers.open.min(index);
            }
            for name in outputs.names() {
                makers.first.entry(name).or_insert(index);
            }
        }
        makers
    }

    /// The step that makes the output, when none before `user` does.
    fn late(&self, name: &str, user: usize) -> Option<usize> {
        let maker = *self.first.get(name)?;
        (maker >= user && self.open >= user).then_some(maker)
    }
}
