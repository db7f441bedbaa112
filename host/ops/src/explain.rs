//! `porter explain`: what a bundle takes, gives and does.
//!
//! Source: `cli.md` §5.4 and §14 of the compatibility reference. Texts come from the bundle and are
//! untrusted.

use std::collections::BTreeMap;

use porter_cnab::Json;
use porter_cnab::bundle::{Bundle, applies_to};
use porter_manifest::Stamp;
use serde::Serialize;

use crate::Porter;
use crate::driver::DOCKER;
use crate::error::Error;
use crate::source::BundleChoice;

/// Extension with the outputs that parameters take their values from.
const SOURCES: &str = "io.cnab.parameter-sources";
/// Beginnings of the custom keys that belong to CNAB and to Porter.
const RESERVED: [&str; 2] = ["io.cnab", "sh.porter"];

/// What a bundle takes, gives and does. The members and their order are Porter's.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Name of the bundle.
    pub name: String,
    /// Description of the bundle.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Version of the bundle.
    pub version: String,
    /// Version of the porter that built it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub porter_version: String,
    /// Its parameters, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ExplainedParameter>,
    /// Its credentials, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<ExplainedCredential>,
    /// Its outputs, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<ExplainedOutput>,
    /// Its own actions, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub custom_actions: Vec<ExplainedAction>,
    /// Its dependencies, in the order in which they run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<ExplainedDependency>,
    /// Names of the mixins that it uses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mixins: Vec<String>,
    /// The author's own data.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, Json>,
    /// What to write after `porter install`, as far as it depends on the bundle.
    #[serde(skip)]
    pub installing: Installing,
}

/// What installing the bundle takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Installing {
    /// Parameters that must be given.
    pub parameters: Vec<String>,
    /// Whether the bundle wants the Docker socket of the host.
    pub docker_host_access: bool,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedParameter {
    /// Name.
    pub name: String,
    /// Type, `file` for contents of files.
    #[serde(rename = "type")]
    pub kind: String,
    /// Value without one given; `null` when there is none or it is sensitive.
    pub default: Json,
    /// Names of actions, separated by commas, or `All Actions`.
    pub apply_to: String,
    /// Description.
    pub description: String,
    /// Whether a value must be given.
    pub required: bool,
    /// Whether values are secret.
    pub sensitive: bool,
    /// Whether the value comes from an output.
    pub injected: bool,
    /// Whether there is a default that is not shown.
    #[serde(skip)]
    pub hidden: bool,
}

/// A credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedCredential {
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Whether it must be given.
    pub required: bool,
    /// Names of actions, separated by commas, or `All Actions`.
    pub apply_to: String,
}

/// An output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedOutput {
    /// Name.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Names of actions, separated by commas, or `All Actions`.
    pub apply_to: String,
    /// Description.
    pub description: String,
}

/// An action of the bundle's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedAction {
    /// Name.
    pub name: String,
    /// Whether it changes what is installed.
    pub modifies: bool,
    /// Whether it can run without an installation.
    pub stateless: bool,
    /// Description.
    pub description: String,
}

/// A dependency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedDependency {
    /// Name within the bundle.
    pub alias: String,
    /// Reference of the bundle.
    pub reference: String,
}

impl Porter {
    /// Explains a bundle; with `action`, only what applies to it. Needs no engine, runs nothing
    /// and writes nothing.
    ///
    /// # Errors
    /// When the bundle cannot be found or read.
    pub async fn explain(
        &self,
        choice: &BundleChoice,
        action: Option<&str>,
    ) -> Result<Explanation, Error> {
        let shown = self.bundle_to_show(choice).await?;
        Ok(Explanation::new(&shown.bundle, action))
    }
}

impl Explanation {
    fn new(bundle: &Bundle, action: Option<&str>) -> Self {
        let stamp = Stamp::of(bundle).unwrap_or_default();
        let is_asked = |to: &[String]| action.is_none_or(|action| applies_to(to, action));
        let custom = bundle.custom.iter().filter(|(key, _)| !is_reserved(key));
        Self {
            name: bundle.name.clone(),
            description: bundle.description.clone(),
            version: bundle.version.clone(),
            porter_version: stamp.version,
            parameters: parameters(bundle, is_asked),
            credentials: credentials(bundle, is_asked),
            outputs: outputs(bundle, is_asked),
            custom_actions: actions(bundle),
            dependencies: dependencies(bundle),
            mixins: stamp.mixins.into_keys().collect(),
            custom: custom
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            installing: installing(bundle),
        }
    }
}

fn is_reserved(key: &str) -> bool {
    RESERVED.iter().any(|beginning| key.starts_with(beginning))
}

fn parameters(bundle: &Bundle, is_asked: impl Fn(&[String]) -> bool) -> Vec<ExplainedParameter> {
    let sources = bundle.custom.get(SOURCES);
    let mut explained = Vec::new();
    for (name, parameter) in &bundle.parameters {
        let definition = &parameter.definition;
        if bundle.is_internal(definition) || !is_asked(&parameter.apply_to) {
            continue;
        }
        let schema = bundle.definition(definition);
        let default = schema
            .and_then(|schema| schema.get("default"))
            .filter(|default| !default.is_null());
        let sensitive = bundle.is_sensitive(definition);
        explained.push(ExplainedParameter {
            name: name.clone(),
            kind: if bundle.is_file(definition) {
                "file".to_owned()
            } else {
                kind(schema)
            },
            default: default
                .filter(|_| !sensitive)
                .cloned()
                .unwrap_or(Json::Null),
            apply_to: apply_to(&parameter.apply_to),
            description: parameter.description.clone(),
            required: parameter.required,
            sensitive,
            injected: sources.is_some_and(|sources| sources.get(name).is_some()),
            hidden: sensitive && default.is_some(),
        });
    }
    explained
}

fn credentials(bundle: &Bundle, is_asked: impl Fn(&[String]) -> bool) -> Vec<ExplainedCredential> {
    let asked = bundle
        .credentials
        .iter()
        .filter(|(_, credential)| is_asked(&credential.apply_to));
    asked
        .map(|(name, credential)| ExplainedCredential {
            name: name.clone(),
            description: credential.description.clone(),
            required: credential.required,
            apply_to: apply_to(&credential.apply_to),
        })
        .collect()
}

fn outputs(bundle: &Bundle, is_asked: impl Fn(&[String]) -> bool) -> Vec<ExplainedOutput> {
    let asked = bundle.outputs.iter().filter(|(_, output)| {
        !bundle.is_internal(&output.definition) && is_asked(&output.apply_to)
    });
    asked
        .map(|(name, output)| ExplainedOutput {
            name: name.clone(),
            kind: kind(bundle.definition(&output.definition)),
            apply_to: apply_to(&output.apply_to),
            description: output.description.clone(),
        })
        .collect()
}

fn actions(bundle: &Bundle) -> Vec<ExplainedAction> {
    let explained = bundle.actions.iter().map(|(name, action)| ExplainedAction {
        name: name.clone(),
        modifies: action.modifies,
        stateless: action.stateless,
        description: action.description.clone(),
    });
    explained.collect()
}

fn dependencies(bundle: &Bundle) -> Vec<ExplainedDependency> {
    let dependencies = crate::inspect::dependencies(bundle).into_iter();
    dependencies
        .map(|dependency| ExplainedDependency {
            alias: dependency.alias,
            reference: dependency.reference,
        })
        .collect()
}

fn installing(bundle: &Bundle) -> Installing {
    let must = bundle.parameters.iter().filter(|(_, parameter)| {
        parameter.required
            && parameter.applies_to("install")
            && !bundle.is_internal(&parameter.definition)
    });
    Installing {
        parameters: must.map(|(name, _)| name.clone()).collect(),
        docker_host_access: bundle.required_extensions.iter().any(|key| key == DOCKER),
    }
}

fn apply_to(actions: &[String]) -> String {
    if actions.is_empty() {
        "All Actions".to_owned()
    } else {
        actions.join(",")
    }
}

/// The type of a definition in Porter's words, which are Go's for several types and for none.
fn kind(schema: Option<&Json>) -> String {
    match schema.and_then(|schema| schema.get("type")) {
        Some(Json::String(kind)) => kind.clone(),
        Some(Json::Array(kinds)) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(Json::as_str).collect();
            format!("[{}]", kinds.join(" "))
        }
        _ => "<nil>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(text: &str) -> Bundle {
        Bundle::from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_bundle_of_another_tool_has_neither_porter_nor_mixins() {
        let text = r#"{"schemaVersion": "1.2.0", "name": "a", "version": "1", "invocationImages": [],
            "custom": {"io.cnab.dependencies": {"sequence": ["b", "a"], "requires": {
                "a": {"bundle": "one:v1"}, "b": {"bundle": "two", "version": {"ranges": ["1.x"]}}}},
                "com.example": {"a": 1}},
            "parameters": {"p": {"definition": "p", "destination": {"env": "P"}}},
            "definitions": {"p": {"type": ["string", "integer"]}}}"#;
        let explained = Explanation::new(&bundle(text), None);
        let json = serde_json::to_value(&explained).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"name": "a", "version": "1",
                "parameters": [{"name": "p", "type": "[string integer]", "default": null,
                    "applyTo": "All Actions", "description": "", "required": false,
                    "sensitive": false, "injected": false}],
                "dependencies": [{"alias": "b", "reference": "two"},
                    {"alias": "a", "reference": "one:v1"}],
                "custom": {"com.example": {"a": 1}}})
        );
    }

    #[test]
    fn the_default_of_a_sensitive_parameter_is_not_shown() {
        let text = r#"{"schemaVersion": "1.2.0", "name": "a", "version": "1", "invocationImages": [],
            "parameters": {"p": {"definition": "p", "destination": {"env": "P"}}},
            "definitions": {"p": {"type": "string", "writeOnly": true, "default": "hush"}}}"#;
        let explained = Explanation::new(&bundle(text), None);
        assert!(explained.parameters[0].hidden);
        assert!(!serde_json::to_string(&explained).unwrap().contains("hush"));
    }
}
