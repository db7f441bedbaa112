//! From manifest to Runbook.

use std::collections::BTreeMap;

use porter_runbook::document::{
    Action, BundleInfo, Credential, MixinCode, Output, Parameter, Runbook, SCHEMA_VERSION,
    StateVariable, Step,
};

use crate::Json;
use crate::bundle::{DEBUG, STATE, STATE_PATH, absolute, parameter_env, variable, wiring_name};
use crate::model::Manifest;

impl Manifest {
    /// The Runbook. `mixins` has version, tier, digests and needs of every mixin in use; its
    /// configuration is taken from the manifest.
    #[must_use]
    pub fn runbook(&self, mut mixins: BTreeMap<String, MixinCode>) -> Runbook {
        for (name, code) in &mut mixins {
            code.config = self.mixin_config(name);
        }
        Runbook {
            schema_version: SCHEMA_VERSION.to_owned(),
            bundle: BundleInfo {
                name: self.name.clone(),
                version: self.version.clone(),
                description: self.description.clone(),
            },
            custom: Json::Object(self.custom.clone()),
            mixins,
            parameters: self.runbook_parameters(),
            credentials: self.runbook_credentials(),
            outputs: self.runbook_outputs(),
            state: self.state.iter().map(state).collect(),
            images: self.images.keys().cloned().collect(),
            actions: self.actions.iter().map(action).collect(),
        }
    }

    fn runbook_parameters(&self) -> BTreeMap<String, Parameter> {
        let internal = |kind: &str| Parameter {
            kind: kind.to_owned(),
            env: None,
            path: None,
            apply_to: Vec::new(),
            sensitive: false,
            output: None,
        };
        let mut parameters = BTreeMap::new();
        let debug = Parameter {
            env: Some("PORTER_DEBUG".to_owned()),
            ..internal("boolean")
        };
        parameters.insert(DEBUG.to_owned(), debug);
        let state = Parameter {
            path: Some(STATE_PATH.to_owned()),
            ..internal("file")
        };
        parameters.insert(STATE.to_owned(), state);
        for parameter in &self.parameters {
            parameters.insert(
                parameter.name.value.clone(),
                Parameter {
                    kind: parameter.kind().to_owned(),
                    env: parameter_env(parameter),
                    path: parameter.path.as_deref().map(absolute),
                    apply_to: self.parameter_actions(parameter),
                    sensitive: parameter.sensitive || is_write_only(&parameter.schema.keywords),
                    output: None,
                },
            );
        }
        for name in &self.wired_outputs {
            let Some(output) = self.output(name) else {
                continue;
            };
            let wiring = wiring_name(name);
            parameters.insert(
                wiring.clone(),
                Parameter {
                    env: Some(variable(&wiring)),
                    sensitive: output.sensitive || is_write_only(&output.schema.keywords),
                    output: Some(name.clone()),
                    ..internal(output.kind())
                },
            );
        }
        parameters
    }

    fn runbook_credentials(&self) -> BTreeMap<String, Credential> {
        self.credentials
            .iter()
            .map(|credential| {
                let converted = Credential {
                    env: credential.env.clone(),
                    path: credential.path.clone(),
                };
                (credential.name.value.clone(), converted)
            })
            .collect()
    }

    fn runbook_outputs(&self) -> BTreeMap<String, Output> {
        self.outputs
            .iter()
            .map(|output| {
                let converted = Output {
                    path: output.path.as_deref().map(absolute),
                    apply_to: output
                        .apply_to
                        .iter()
                        .map(|name| name.value.clone())
                        .collect(),
                    sensitive: output.sensitive || is_write_only(&output.schema.keywords),
                };
                (output.name.value.clone(), converted)
            })
            .collect()
    }
}

fn is_write_only(keywords: &serde_json::Map<String, Json>) -> bool {
    keywords.get("writeOnly").and_then(Json::as_bool) == Some(true)
}

fn state(variable: &crate::model::StateVariable) -> StateVariable {
    StateVariable {
        name: variable.name.value.clone(),
        path: variable.path.clone(),
    }
}

fn action(action: &crate::model::Action) -> Action {
    let steps = action.steps.iter().map(|step| Step {
        mixin: step.mixin.value.clone(),
        data: step.data.clone(),
        line: step.mixin.span.start.line,
        column: step.mixin.span.start.column,
    });
    Action {
        name: action.name.value.clone(),
        steps: steps.collect(),
    }
}
