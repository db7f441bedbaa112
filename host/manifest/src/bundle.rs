//! From manifest to `bundle.json`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use porter_cnab::bundle::{
    self, Bundle, Destination, INTERNAL_COMMENT, InvocationImage, OUTPUTS_DIRECTORY,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Json;
use crate::model::{Manifest, Parameter, ParameterSource};

/// The parameter and output in which state travels from run to run.
pub const STATE: &str = "porter-state";

/// The parameter that asks for details.
pub const DEBUG: &str = "porter-debug";

/// Where the state arrives in the container.
pub const STATE_PATH: &str = "/porter/state.tgz";

/// The directory of the bundle's files in the container.
pub const BUNDLE_DIRECTORY: &str = "/cnab/app";

const STATE_DESCRIPTION: &str = "Supports persisting state for bundles. Porter internal parameter \
                                 that should not be set manually.";
const DEBUG_DESCRIPTION: &str = "Print debug information from Porter when executing the bundle";
const GENERATED: &str = "https://porter.sh/generated-bundle/#";
const FILE_PARAMETERS: &str = "sh.porter.file-parameters";
const PARAMETER_SOURCES: &str = "io.cnab.parameter-sources";
const STAMP: &str = "sh.porter";

/// What Porter notes of a build in `bundle.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stamp {
    /// Digest of everything that the build read.
    #[serde(default)]
    pub manifest_digest: String,
    /// Versions of the mixins, by name.
    #[serde(default)]
    pub mixins: BTreeMap<String, MixinVersion>,
    /// The author's manifest in base64.
    #[serde(default)]
    pub manifest: String,
    /// Version of the program.
    #[serde(default)]
    pub version: String,
    /// Commit of the program.
    #[serde(default)]
    pub commit: String,
    /// Whether tags of images were kept.
    #[serde(default)]
    pub preserve_tags: bool,
}

/// Version of a mixin in the [`Stamp`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MixinVersion {
    /// The version.
    #[serde(default)]
    pub version: String,
    /// `native` for a mixin that runs outside of the sandbox; empty for all others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tier: String,
}

impl Stamp {
    /// The stamp of a bundle that Porter built; none where it is missing or damaged.
    #[must_use]
    pub fn of(bundle: &Bundle) -> Option<Self> {
        serde_json::from_value(bundle.custom.get(STAMP)?.clone()).ok()
    }

    /// With the content of the author's manifest.
    #[must_use]
    pub fn with_manifest(mut self, content: &[u8]) -> Self {
        self.manifest = STANDARD.encode(content);
        self
    }
}

/// The environment variable of a parameter: the author's, else one made from its name, unless it
/// only goes to a file.
pub(crate) fn parameter_env(parameter: &Parameter) -> Option<String> {
    match (&parameter.env, &parameter.path) {
        (Some(env), _) => Some(env.clone()),
        (None, Some(_)) => None,
        (None, None) => Some(variable(&parameter.name)),
    }
}

/// The name of a variable: upper case (letter by letter, so `ß` stays), `-` and `.` as `_`.
pub(crate) fn variable(name: &str) -> String {
    let upper = |letter: char| {
        let mut upper = letter.to_uppercase();
        match (upper.next(), upper.next()) {
            (Some(single), None) => single,
            _ => letter,
        }
    };
    name.chars()
        .map(|c| {
            if matches!(c, '-' | '.') {
                '_'
            } else {
                upper(c)
            }
        })
        .collect()
}

/// A path in the container: a relative one is below the bundle's directory.
pub(crate) fn absolute(path: &str) -> String {
    let joined = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{BUNDLE_DIRECTORY}/{path}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The name of a definition: the suffix is not repeated.
pub(crate) fn definition_name(name: &str, suffix: &str) -> String {
    if name.ends_with(suffix) {
        name.to_owned()
    } else {
        format!("{name}{suffix}")
    }
}

/// The parameter that carries the earlier value of an output.
pub(crate) fn wiring_name(output: &str) -> String {
    format!("porter-{output}-output")
}

fn names(list: &[crate::model::Spanned<String>]) -> Vec<String> {
    list.iter().map(|name| name.value.clone()).collect()
}

impl Manifest {
    /// The bundle, with the image under the name that it has before it is published.
    ///
    /// # Errors
    /// When the stamp cannot be spelled in JSON.
    pub fn bundle(&self, stamp: &Stamp) -> Result<Bundle, serde_json::Error> {
        let mut bundle = Bundle {
            schema_version: bundle::SCHEMA_VERSION.to_owned(),
            name: self.name.clone(),
            version: self.version.clone(),
            description: self.description.clone(),
            maintainers: self.maintainers.iter().map(maintainer).collect(),
            invocation_images: vec![InvocationImage {
                image: self.reference.installer_image(),
                image_type: "docker".to_owned(),
                ..InvocationImage::default()
            }],
            images: self
                .images
                .iter()
                .map(|(alias, image)| (alias.clone(), to_image(image)))
                .collect(),
            actions: self.bundle_actions(),
            credentials: self.bundle_credentials(),
            custom: self.custom.clone().into_iter().collect(),
            ..Bundle::default()
        };
        self.add_internal(&mut bundle);
        self.add_parameters(&mut bundle);
        self.add_outputs(&mut bundle);
        self.add_wiring(&mut bundle);
        self.add_extensions(&mut bundle);
        bundle
            .custom
            .insert(STAMP.to_owned(), serde_json::to_value(stamp)?);
        Ok(bundle)
    }

    fn bundle_actions(&self) -> BTreeMap<String, bundle::Action> {
        let common = |name: &str| matches!(name, "install" | "upgrade" | "uninstall");
        let custom: Vec<&str> = self
            .actions
            .iter()
            .map(|action| action.name.as_str())
            .filter(|name| !common(name))
            .collect();
        let mut actions = BTreeMap::new();
        if custom.is_empty() {
            return actions;
        }
        for (name, action) in &self.custom_actions {
            actions.insert(
                name.clone(),
                bundle::Action {
                    modifies: action.modifies,
                    stateless: action.stateless,
                    description: action.description.clone(),
                },
            );
        }
        for name in custom {
            actions
                .entry(name.to_owned())
                .or_insert_with(|| default_action(name));
        }
        actions
    }

    fn bundle_credentials(&self) -> BTreeMap<String, bundle::Credential> {
        let convert = |credential: &crate::model::Credential| bundle::Credential {
            description: credential.description.clone(),
            destination: Destination {
                env: credential.env.clone().unwrap_or_default(),
                path: credential.path.as_deref().map(absolute).unwrap_or_default(),
            },
            required: credential.required,
            apply_to: names(&credential.apply_to),
        };
        self.credentials
            .iter()
            .map(|one| (one.name.value.clone(), convert(one)))
            .collect()
    }

    fn add_internal(&self, bundle: &mut Bundle) {
        let debug = definition_name(DEBUG, "-parameter");
        bundle.definitions.insert(
            debug.clone(),
            json!({
                "$comment": INTERNAL_COMMENT, "$id": format!("{GENERATED}{DEBUG}"),
                "description": DEBUG_DESCRIPTION, "type": "boolean", "default": false,
            }),
        );
        bundle.definitions.insert(
            STATE.to_owned(),
            json!({
                "$comment": INTERNAL_COMMENT, "$id": format!("{GENERATED}{STATE}"),
                "description": STATE_DESCRIPTION, "type": "string", "contentEncoding": "base64",
            }),
        );
        let parameter =
            |definition: String, description: &str, env: &str, path: &str| bundle::Parameter {
                definition,
                description: description.to_owned(),
                destination: Some(Destination {
                    env: env.to_owned(),
                    path: path.to_owned(),
                }),
                ..bundle::Parameter::default()
            };
        bundle.parameters.insert(
            DEBUG.to_owned(),
            parameter(debug, DEBUG_DESCRIPTION, "PORTER_DEBUG", ""),
        );
        bundle.parameters.insert(
            STATE.to_owned(),
            parameter(STATE.to_owned(), STATE_DESCRIPTION, "", STATE_PATH),
        );
        bundle.outputs.insert(
            STATE.to_owned(),
            bundle::Output {
                definition: STATE.to_owned(),
                description: STATE_DESCRIPTION.to_owned(),
                path: format!("{OUTPUTS_DIRECTORY}/{STATE}"),
                ..bundle::Output::default()
            },
        );
    }

    fn add_parameters(&self, bundle: &mut Bundle) {
        for parameter in &self.parameters {
            let definition = definition_name(&parameter.name, "-parameter");
            let has_path = parameter.path.is_some();
            bundle.definitions.insert(
                definition.clone(),
                parameter.schema.definition(has_path, parameter.sensitive),
            );
            let destination = Destination {
                env: parameter_env(parameter).unwrap_or_default(),
                path: parameter.path.as_deref().map(absolute).unwrap_or_default(),
            };
            bundle.parameters.insert(
                parameter.name.value.clone(),
                bundle::Parameter {
                    definition,
                    description: parameter.description.clone(),
                    destination: Some(destination),
                    required: !parameter.schema.keywords.contains_key("default"),
                    apply_to: self.parameter_actions(parameter),
                },
            );
        }
    }

    /// The actions of a parameter. One that takes its value from an output and has no default
    /// cannot exist before the first run.
    pub(crate) fn parameter_actions(&self, parameter: &Parameter) -> Vec<String> {
        let derived = parameter.source.is_some()
            && parameter.apply_to.is_empty()
            && !parameter.schema.keywords.contains_key("default");
        if !derived {
            return names(&parameter.apply_to);
        }
        let mut actions: Vec<String> = self
            .actions
            .iter()
            .map(|action| action.name.value.clone())
            .filter(|name| name != "install")
            .collect();
        actions.sort();
        actions
    }

    fn add_outputs(&self, bundle: &mut Bundle) {
        for output in &self.outputs {
            let definition = definition_name(&output.name, "-output");
            let has_path = output.path.is_some();
            bundle.definitions.insert(
                definition.clone(),
                output.schema.definition(has_path, output.sensitive),
            );
            bundle.outputs.insert(
                output.name.value.clone(),
                bundle::Output {
                    definition,
                    description: output.description.clone(),
                    path: format!("{OUTPUTS_DIRECTORY}/{}", output.name.value),
                    apply_to: names(&output.apply_to),
                },
            );
        }
    }

    /// Parameters that carry the earlier values of the outputs that templates use.
    fn add_wiring(&self, bundle: &mut Bundle) {
        for name in &self.wired_outputs {
            let Some(output) = self.output(name) else {
                continue;
            };
            let wiring = wiring_name(name);
            let mut definition = output
                .schema
                .definition(output.path.is_some(), output.sensitive);
            if let Json::Object(members) = &mut definition {
                members.insert("$comment".to_owned(), INTERNAL_COMMENT.into());
                members.insert(
                    "$id".to_owned(),
                    format!("{GENERATED}porter-parameter-source-definition").into(),
                );
            }
            bundle.definitions.insert(wiring.clone(), definition);
            bundle.parameters.insert(
                wiring.clone(),
                bundle::Parameter {
                    definition: wiring.clone(),
                    description: format!(
                        "Wires up the {name} output for use as a parameter. Porter internal \
                         parameter that should not be set manually."
                    ),
                    destination: Some(Destination {
                        env: variable(&wiring),
                        path: String::new(),
                    }),
                    ..bundle::Parameter::default()
                },
            );
        }
    }

    fn add_extensions(&self, bundle: &mut Bundle) {
        let mut sources = serde_json::Map::new();
        sources.insert(STATE.to_owned(), output_source(STATE));
        for name in &self.wired_outputs {
            sources.insert(wiring_name(name), output_source(name));
        }
        for parameter in &self.parameters {
            let source = match &parameter.source {
                None => continue,
                Some(ParameterSource {
                    output,
                    dependency: None,
                }) => output_source(output),
                Some(ParameterSource {
                    output,
                    dependency: Some(dependency),
                }) => dependency_source(dependency, output),
            };
            sources.insert(parameter.name.value.clone(), source);
        }
        bundle.custom.insert(FILE_PARAMETERS.to_owned(), json!({}));
        bundle
            .custom
            .insert(PARAMETER_SOURCES.to_owned(), Json::Object(sources));
        bundle.required_extensions = vec![FILE_PARAMETERS.to_owned(), PARAMETER_SOURCES.to_owned()];
        for extension in &self.required {
            if bundle.required_extensions.contains(&extension.key.value) {
                continue;
            }
            bundle
                .custom
                .insert(extension.key.value.clone(), extension.config.clone());
            bundle.required_extensions.push(extension.key.value.clone());
        }
    }
}

/// A value that comes from an output of an earlier run.
fn output_source(output: &str) -> Json {
    json!({"priority": ["output"], "sources": {"output": {"name": output}}})
}

/// A value that comes from an output of a dependency.
fn dependency_source(dependency: &str, output: &str) -> Json {
    let source = json!({"dependency": dependency, "name": output});
    json!({"priority": ["dependencies.output"], "sources": {"dependencies.output": source}})
}

fn maintainer(maintainer: &crate::model::Maintainer) -> bundle::Maintainer {
    bundle::Maintainer {
        name: maintainer.name.clone(),
        email: maintainer.email.clone(),
        url: maintainer.url.clone(),
    }
}

fn to_image(image: &crate::model::Image) -> bundle::Image {
    bundle::Image {
        description: image.description.clone(),
        image: image.reference(),
        image_type: image.image_type.clone(),
        content_digest: image.digest.clone(),
        media_type: image.media_type.clone(),
        size: image.size,
        labels: image.labels.clone(),
    }
}

/// What is known of a custom action that `customActions` does not list.
fn default_action(name: &str) -> bundle::Action {
    let (stateless, description) = match name {
        "dry-run" | "io.cnab.dry-run" => (
            true,
            "Execute the installation in a dry-run mode, allowing to see what would happen with \
             the given set of parameter values",
        ),
        "help" | "io.cnab.help" => (true, "Print a help message to the standard output"),
        "log" | "io.cnab.log" => (
            false,
            "Print logs of the installed system to the standard output",
        ),
        "status" | "io.cnab.status" => (
            false,
            "Print a human readable status message to the standard output",
        ),
        "status+json" | "io.cnab.status+json" => (
            false,
            "Print a json payload describing the detailed status with the following the CNAB \
             status schema",
        ),
        other => {
            return bundle::Action {
                modifies: true,
                stateless: false,
                description: other.to_owned(),
            };
        }
    };
    bundle::Action {
        modifies: false,
        stateless,
        description: description.to_owned(),
    }
}
