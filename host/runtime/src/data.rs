//! The data of templates, and the secrets among it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use porter_cnab::Sensitive;
use porter_runbook::document::{Credential, Parameter};
use porter_runbook::resolve::{Typed, Value};
use porter_runbook::{Json, Runbook};

use crate::bundle::{Bundle, BundleError};
use crate::decode::{self, applies};
use crate::files;
use crate::invocation::Invocation;
use crate::mask::Patterns;
use crate::outputs::Fresh;
use crate::root::Root;

/// How much of an injected file is masked.
const MASKED_FILE: u64 = 1 << 20;

/// Why there is no data for templates.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The client did not inject an earlier output.
    #[error("no parameter source was injected for output {0}")]
    NoOutput(String),
    /// The client did not inject an output of a dependency.
    #[error("bundle dependency {alias} output {output} was not passed into the runtime")]
    NoDependencyOutput {
        /// Alias of the dependency.
        alias: String,
        /// Name of its output.
        output: String,
    },
    /// The value of an object parameter is no object.
    #[error("the value of parameter {parameter} is not a JSON object")]
    NoObject {
        /// Name of the parameter.
        parameter: String,
    },
    /// The bundle's documents.
    #[error(transparent)]
    Bundle(BundleError),
}

/// Where the data comes from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'s> {
    /// The bundle's runbook.
    pub runbook: &'s Runbook,
    /// The run.
    pub invocation: &'s Invocation,
    /// The environment of the container.
    pub environment: &'s BTreeMap<OsString, OsString>,
    /// The bundle's documents.
    pub bundle: &'s Bundle,
    /// Whether steps are planned alike wherever they are: what differs between a preview and the
    /// run, or is secret, is a secret then, and nothing may depend on what it is.
    pub opaque: bool,
}

/// The data of templates during a run.
#[derive(Debug)]
pub struct Data {
    value: Value,
    opaque: bool,
}

impl Data {
    /// The data before the first step.
    ///
    /// # Errors
    /// When the client injected less or other than the bundle needs.
    pub fn new(sources: &Sources<'_>) -> Result<Self, DataError> {
        let Sources {
            runbook,
            invocation,
            bundle,
            ..
        } = sources;
        let mut about: BTreeMap<String, Value> = BTreeMap::new();
        about.insert("name".into(), Value::text(&*runbook.bundle.name));
        about.insert("version".into(), Value::text(&*runbook.bundle.version));
        about.insert(
            "description".into(),
            Value::text(&*runbook.bundle.description),
        );
        about.insert(
            "installerImage".into(),
            sources.of_the_run(bundle.installer_image()),
        );
        about.insert("custom".into(), Value::Json(runbook.custom.clone()));
        about.insert("parameters".into(), Value::Names(sources.parameters()?));
        about.insert("credentials".into(), Value::Names(sources.credentials()));
        about.insert("outputs".into(), Value::Names(sources.earlier_outputs()?));
        about.insert(
            "images".into(),
            bundle.images(runbook).map_err(DataError::Bundle)?,
        );
        about.insert("dependencies".into(), Value::Names(sources.dependencies()?));
        let installation = Value::names([
            ("namespace", Value::text(&*invocation.namespace)),
            ("name", Value::text(&*invocation.name)),
            ("id", sources.of_the_run(&*invocation.id)),
        ]);
        let value = Value::names([
            ("installation", installation),
            ("bundle", Value::Names(about)),
            ("env", Value::Names(sources.variables())),
        ]);
        Ok(Self {
            value,
            opaque: sources.opaque,
        })
    }

    /// What to resolve against.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Adds an output of a step.
    pub fn add_output(&mut self, output: &Fresh<'_>) {
        let text = String::from_utf8_lossy(output.bytes).into_owned();
        let value = if output.sensitive || self.opaque {
            Value::secret(text)
        } else {
            Value::text(text)
        };
        self.insert_output(output.name, value);
    }

    /// Adds an output that a step will make.
    pub(crate) fn add_later_output(&mut self, name: &str) {
        self.insert_output(name, Value::secret(""));
    }

    fn insert_output(&mut self, name: &str, value: Value) {
        if let Value::Names(names) = &mut self.value
            && let Some(Value::Names(about)) = names.get_mut("bundle")
            && let Some(Value::Names(outputs)) = about.get_mut("outputs")
        {
            outputs.insert(name.to_owned(), value);
        }
    }
}

impl<'s> Sources<'s> {
    /// A value that is another one, or not known, where a step is only looked at.
    fn of_the_run(&self, text: impl Into<String>) -> Value {
        if self.opaque {
            Value::secret(text)
        } else {
            Value::text(text)
        }
    }

    /// A variable of the environment as text.
    fn variable(&self, name: &str) -> Option<String> {
        let value = self.environment.get(OsStr::new(name))?;
        Some(value.to_string_lossy().into_owned())
    }

    fn applicable(&self) -> impl Iterator<Item = (&'s String, &'s Parameter)> {
        let action = &self.invocation.action;
        self.runbook
            .parameters
            .iter()
            .filter(move |(_, parameter)| applies(parameter, action))
    }

    /// Whether a parameter, or the output that it carries, is sensitive.
    fn is_secret(&self, name: &str, parameter: &Parameter) -> bool {
        let output = parameter
            .output
            .as_ref()
            .and_then(|name| self.runbook.outputs.get(name));
        let mut aliases = self.bundle.dependencies();
        parameter.sensitive
            || output.is_some_and(|output| output.sensitive)
            || aliases.any(|alias| {
                output_of(alias, name).is_some_and(|output| self.bundle.is_sensitive(alias, output))
            })
    }

    /// Parameters of the manifest that apply to the action.
    fn parameters(&self) -> Result<BTreeMap<String, Value>, DataError> {
        let own = self.applicable().filter(|(name, _)| !is_internal(name));
        own.map(|(name, parameter)| Ok((name.clone(), self.parameter(name, parameter)?)))
            .collect()
    }

    fn parameter(&self, name: &str, parameter: &Parameter) -> Result<Value, DataError> {
        let typed = match (&parameter.env, &parameter.path) {
            (Some(variable), _) => {
                let text = self.variable(variable);
                let is_absent = text.is_none();
                let typed = Typed::of_kind(&parameter.kind, text.unwrap_or_default());
                // An optional parameter without a value comes as empty text.
                let is_wrong = typed.json.is_string() && (is_absent || !typed.text.is_empty());
                if parameter.kind == "object" && is_wrong {
                    return Err(DataError::NoObject {
                        parameter: name.to_owned(),
                    });
                }
                typed
            }
            // The path is no secret, whatever is in the file.
            (None, Some(path)) => return Ok(Value::text(&**path)),
            (None, None) => Typed::string(""),
        };
        Ok(if parameter.sensitive {
            Value::Secret(Sensitive::new(self.shapeless(typed, &parameter.kind)))
        } else {
            Value::Typed(typed)
        })
    }

    /// A secret structure shows its shape to mixins; where it must not, it is an empty list.
    fn shapeless(&self, typed: Typed, kind: &str) -> Typed {
        if self.opaque && matches!(kind, "object" | "array") {
            return Typed {
                json: Json::Array(Vec::new()),
                ..typed
            };
        }
        typed
    }

    /// All credentials, whether or not they apply.
    fn credentials(&self) -> BTreeMap<String, Value> {
        let value = |credential: &Credential| match (&credential.env, &credential.path) {
            (Some(variable), path) => match (self.variable(variable), path) {
                (None, Some(path)) => Value::text(&**path),
                (text, _) => Value::secret(text.unwrap_or_default()),
            },
            (None, path) => Value::text(path.clone().unwrap_or_default()),
        };
        let all = self.runbook.credentials.iter();
        all.map(|(name, credential)| (name.clone(), value(credential)))
            .collect()
    }

    /// Outputs of earlier runs, which travel in internal parameters.
    fn earlier_outputs(&self) -> Result<BTreeMap<String, Value>, DataError> {
        let mut outputs = BTreeMap::new();
        for (name, parameter) in self.applicable() {
            let (Some(output), Some(variable)) = (&parameter.output, &parameter.env) else {
                continue;
            };
            let text = self.variable(variable);
            let text = text.ok_or_else(|| DataError::NoOutput(output.clone()))?;
            let text = if parameter.kind == "file" {
                decoded(text)
            } else {
                text
            };
            let sensitive = self.is_secret(name, parameter);
            let value = if sensitive {
                Value::secret(text)
            } else {
                Value::text(text)
            };
            outputs.insert(output.clone(), value);
        }
        Ok(outputs)
    }

    fn dependencies(&self) -> Result<BTreeMap<String, Value>, DataError> {
        let aliases = self.bundle.dependencies();
        let all = aliases.map(|alias| {
            let mut dependency = self.bundle.dependency(alias);
            let outputs = self.dependency_outputs(alias)?;
            dependency.insert("outputs".into(), Value::Names(outputs));
            Ok((alias.to_owned(), Value::Names(dependency)))
        });
        all.collect()
    }

    /// Outputs of a dependency, which travel in parameters `porter-ALIAS-OUTPUT-dep-output`.
    fn dependency_outputs(&self, alias: &str) -> Result<BTreeMap<String, Value>, DataError> {
        let mut outputs = BTreeMap::new();
        for (name, parameter) in self.applicable() {
            let (Some(output), Some(variable)) = (output_of(alias, name), &parameter.env) else {
                continue;
            };
            let text = self
                .variable(variable)
                .ok_or_else(|| DataError::NoDependencyOutput {
                    alias: alias.to_owned(),
                    output: output.to_owned(),
                })?;
            let sensitive = self.is_secret(name, parameter);
            let value = if sensitive {
                Value::secret(text)
            } else {
                Value::text(text)
            };
            outputs.insert(output.to_owned(), value);
        }
        Ok(outputs)
    }

    /// Names of the variables that carry secrets.
    fn secret_variables(&self) -> BTreeSet<&'s str> {
        let parameters = self
            .runbook
            .parameters
            .iter()
            .filter(|(name, parameter)| self.is_secret(name, parameter));
        let parameters = parameters.filter_map(|(_, parameter)| parameter.env.as_deref());
        let credentials = self.runbook.credentials.values();
        parameters
            .chain(credentials.filter_map(|credential| credential.env.as_deref()))
            .collect()
    }

    fn variables(&self) -> BTreeMap<String, Value> {
        let secret = self.secret_variables();
        let all = self.environment.iter();
        all.filter_map(|(name, value)| {
            let name = name.to_str()?;
            let text = value.to_string_lossy().into_owned();
            let value = if secret.contains(name) {
                Value::secret(text)
            } else {
                self.of_the_run(text)
            };
            Some((name.to_owned(), value))
        })
        .collect()
    }

    /// The variables that a mixin must know and that are set, with whether they are secret.
    pub fn for_mixin(&self, names: &[String]) -> Vec<(String, String, bool)> {
        let secret = self.secret_variables();
        let set = names
            .iter()
            .filter_map(|name| Some((name.clone(), self.variable(name)?)));
        set.map(|(name, value)| (name.clone(), value, secret.contains(name.as_str())))
            .collect()
    }

    /// Adds to `patterns` all secrets that are there before the first step: sensitive parameters
    /// and their parts, credentials or their paths, files of both, sensitive earlier outputs.
    pub fn hide(&self, root: &Root, patterns: &mut Patterns) {
        let sensitive = self
            .runbook
            .parameters
            .iter()
            .filter(|(name, parameter)| self.is_secret(name, parameter));
        for (_, parameter) in sensitive {
            if let Some(text) = parameter.env.as_ref().and_then(|name| self.variable(name)) {
                patterns.add(text.as_bytes());
                if matches!(parameter.kind.as_str(), "object" | "array") {
                    serde_json::from_str::<Json>(&text)
                        .iter()
                        .for_each(|json| patterns.add_json(json));
                }
                if parameter.kind == "file" {
                    patterns.add(decoded(text).as_bytes());
                }
            }
            let injected = parameter
                .path
                .as_ref()
                .and_then(|path| beginning(root, path));
            if let Some(content) = injected {
                let plain = if parameter.kind == "file" {
                    decode::text(&content).ok()
                } else {
                    None
                };
                patterns.add(&plain.unwrap_or(content));
            }
        }
        for credential in self.runbook.credentials.values() {
            match credential.env.as_ref().and_then(|name| self.variable(name)) {
                Some(text) => patterns.add(text.as_bytes()),
                None => patterns.add(credential.path.as_deref().unwrap_or_default().as_bytes()),
            }
            if let Some(content) = credential
                .path
                .as_ref()
                .and_then(|path| beginning(root, path))
            {
                patterns.add(&content);
            }
        }
    }
}

/// The output of the dependency `alias` that a parameter carries.
fn output_of<'n>(alias: &str, parameter: &'n str) -> Option<&'n str> {
    let rest = parameter.strip_prefix("porter-")?.strip_prefix(alias)?;
    rest.strip_prefix('-')?.strip_suffix("-dep-output")
}

/// Parameters that are not the author's.
fn is_internal(name: &str) -> bool {
    name.starts_with("porter-")
}

fn decoded(text: String) -> String {
    match decode::text(text.as_bytes()).map(String::from_utf8) {
        Ok(Ok(decoded)) => decoded,
        _ => text,
    }
}

/// An injected file, unless it is too large to be looked for in all output.
fn beginning(root: &Root, path: &str) -> Option<Vec<u8>> {
    files::read_regular(&root.path(path), MASKED_FILE)
        .ok()
        .map(|content| content.bytes)
}
