//! What is declared and does nothing: parameters that nothing uses, outputs that nothing makes.

use std::collections::{BTreeSet, HashSet};

use super::Finding;
use super::levels::{UNUSED_PARAMETER, UNWRITTEN_OUTPUT};
use crate::bundle::variable;
use crate::model::{Manifest, Output, Parameter};
use crate::names::StepOutputs;

const PARAMETERS: &str = "bundle.parameters";

impl Manifest {
    /// Parameters that no template names, that no text names by the variable they come in, and
    /// for which the author chose neither a variable nor a file.
    pub(super) fn unused_parameters(&self) -> Vec<Finding> {
        let text = self.source.text();
        let Some(named) = named(text) else {
            return Vec::new();
        };
        let words = words(text);
        let is_used = |parameter: &Parameter| {
            parameter.env.is_some()
                || parameter.path.is_some()
                || named.contains(parameter.name.as_str())
                || words.contains(variable(&parameter.name).as_str())
        };
        let unused = self.parameters.iter().filter(|one| !is_used(one));
        unused
            .map(|parameter| Finding {
                message: format!("Nothing uses the parameter {}", parameter.name.value),
                hint: Some(
                    "remove it, or name it with `env` where a script takes it from the environment"
                        .to_owned(),
                ),
                ..self.found(UNUSED_PARAMETER, parameter.name.span)
            })
            .collect()
    }

    /// Outputs without a file that no step of an action they belong to makes.
    pub(super) fn unwritten_outputs(&self) -> Vec<Finding> {
        let made: Vec<_> = self
            .actions
            .iter()
            .map(|action| (action.name.as_str(), StepOutputs::of(&action.steps)))
            .collect();
        let is_made = |output: &Output| {
            made.iter()
                .filter(|(action, _)| applies(output, action))
                .any(|(_, outputs)| outputs.may_have(&output.name))
        };
        let unwritten = self
            .outputs
            .iter()
            .filter(|output| output.path.is_none() && !is_made(output));
        unwritten
            .map(|output| Finding {
                message: format!("No step makes the output {}", output.name.value),
                hint: Some(
                    "add it to the `outputs` of a step, or give it the `path` of a file".to_owned(),
                ),
                ..self.found(UNWRITTEN_OUTPUT, output.name.span)
            })
            .collect()
    }
}

fn applies(output: &Output, action: &str) -> bool {
    output.apply_to.is_empty() || output.apply_to.iter().any(|name| name.value == action)
}

/// The parameters that are named anywhere in the text; nothing when it names all of them at once.
fn named(text: &str) -> Option<BTreeSet<&str>> {
    let mut names = BTreeSet::new();
    for (start, _) in text.match_indices(PARAMETERS) {
        let name = text[start + PARAMETERS.len()..].strip_prefix('.')?;
        let end = name.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')));
        names.insert(&name[..end.unwrap_or(name.len())]);
    }
    Some(names)
}

/// Everything in the text that could be the name of a variable.
fn words(text: &str) -> HashSet<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .collect()
}
