//! Persistent parameters: their value is kept in an output of the same name.

use crate::model::{Output, ParameterSource, Spanned};
use crate::read::Report;
use crate::read::metadata::Draft;
use crate::schema_version::Features;
use crate::version::parse_version;

/// Expands `persistent: true`; nothing when one of them breaks a rule.
pub(crate) fn expand(
    draft: &mut Draft<'_>,
    features: &Features,
    report: &mut Report<'_>,
) -> Option<()> {
    let version = draft
        .schema_version
        .as_ref()
        .and_then(|version| parse_version(version));
    let new_enough = version
        .zip(parse_version("1.2.0"))
        .is_some_and(|(has, needs)| has >= needs);
    let mut actions: Vec<String> = draft
        .actions
        .iter()
        .map(|action| action.name.value.clone())
        .collect();
    actions.sort();
    for (parameter, persistent) in &mut draft.parameters {
        let Some(span) = *persistent else { continue };
        let fault = if !features.has("persistent-parameters") {
            "uses persistent: true which requires the persistent-parameters experimental feature"
        } else if !new_enough {
            "uses persistent: true which requires schemaVersion >= 1.2.0"
        } else if parameter.source.is_some() {
            "cannot combine persistent with source.output"
        } else if parameter.path.is_some() || parameter.env.is_some() {
            "cannot combine persistent with path/env"
        } else if !parameter.apply_to.is_empty() {
            "cannot combine persistent with applyTo"
        } else {
            let name = parameter.name.clone();
            let path = format!("/cnab/app/{}", name.value);
            parameter.path = Some(path.clone());
            parameter.source = Some(ParameterSource {
                output: name.clone(),
                dependency: None,
            });
            parameter.apply_to = actions
                .iter()
                .map(|action| Spanned {
                    value: action.clone(),
                    span,
                })
                .collect();
            if !draft
                .outputs
                .iter()
                .any(|output| output.name.value == name.value)
            {
                draft.outputs.push(Output {
                    name,
                    description: parameter.description.clone(),
                    schema: parameter.schema.clone(),
                    path: Some(path),
                    apply_to: Vec::new(),
                    sensitive: parameter.sensitive,
                });
            }
            continue;
        };
        let message = format!("parameter \"{}\" {fault}", parameter.name.value);
        report.error(span, message, "");
        return None;
    }
    Some(())
}
