//! The manifest as typed data, every name with its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Json;
use crate::lint::levels::Levels;
use crate::reference::Reference;
use crate::source::{Source, Span};
use crate::version::Constraint;
use crate::yaml::Node;

/// A value and where it stands in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it is.
    pub span: Span,
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A bundle as its author wrote it, checked.
#[derive(Debug)]
pub struct Manifest {
    pub(crate) source: Arc<Source>,
    /// Version of the manifest's format, empty when it is absent.
    pub schema_version: String,
    /// Name of the bundle.
    pub name: String,
    /// Description, may be empty.
    pub description: String,
    /// Version in full (`1.2.0`), without `v`, may be empty.
    pub version: String,
    /// Where the bundle is published: always with a tag.
    pub reference: Reference,
    /// Who maintains it.
    pub maintainers: Vec<Maintainer>,
    /// The author's Dockerfile template, relative to the bundle.
    pub dockerfile: Option<Spanned<String>>,
    /// Mixins in order of declaration.
    pub mixins: Vec<MixinDeclaration>,
    /// Actions with their steps, in the author's order.
    pub actions: Vec<Action>,
    /// What `customActions` says, by name of the action.
    pub custom_actions: BTreeMap<String, CustomAction>,
    /// Parameters; of several with one name the last.
    pub parameters: Vec<Parameter>,
    /// Credentials; of several with one name the last.
    pub credentials: Vec<Credential>,
    /// Outputs; of several with one name the last.
    pub outputs: Vec<Output>,
    /// Files that are kept from one run to the next.
    pub state: Vec<StateVariable>,
    /// Images that the bundle uses, by alias.
    pub images: BTreeMap<String, Image>,
    /// Extensions that the bundle needs.
    pub required: Vec<RequiredExtension>,
    /// The author's own data.
    pub custom: serde_json::Map<String, Json>,
    /// Paths of the bundle that mixins may read, from `custom`.
    pub grants: Vec<Grant>,
    /// How much findings of lint rules count, from `custom`.
    pub lint: Levels,
    /// Names of bundle outputs that templates use, sorted: their earlier values are wired in.
    pub wired_outputs: Vec<String>,
    /// Names of dependencies, with their places.
    pub dependencies: Vec<Spanned<String>>,
    /// Files that a build downloads first.
    pub files: Vec<FileSource>,
}

/// A file that a build downloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSource {
    /// Its address: `http` or `https`.
    pub url: Spanned<String>,
    /// Where it goes: a path in the bundle directory.
    pub destination: Spanned<String>,
}

/// A maintainer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Maintainer {
    /// Name, may be empty.
    pub name: String,
    /// Mail address, may be empty.
    pub email: String,
    /// Web address, may be empty.
    pub url: String,
}

/// A path of the bundle that a mixin may read. Nobody has checked the path.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Name of the mixin.
    pub mixin: Spanned<String>,
    /// The path, as the author wrote it.
    pub path: Spanned<String>,
}

/// A mixin that the bundle uses.
#[derive(Debug, Clone)]
pub struct MixinDeclaration {
    /// Its name.
    pub name: Spanned<String>,
    /// Which versions of it fit.
    pub constraint: Option<Constraint>,
    /// Its configuration.
    pub config: Option<Arc<Node>>,
}

/// An action and its steps.
#[derive(Debug, Clone)]
pub struct Action {
    /// Its name.
    pub name: Spanned<String>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// The mixin that does it.
    pub mixin: Spanned<String>,
    /// The author's description, templates unresolved.
    pub description: Option<String>,
    /// The value of the mixin key.
    pub value: Arc<Node>,
    /// The same with its templates parsed.
    pub data: porter_runbook::Node,
}

/// What `customActions` says of an action.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomAction {
    /// Description, may be empty.
    pub description: String,
    /// Whether it changes what is installed.
    pub modifies: bool,
    /// Whether it can run without an installation.
    pub stateless: bool,
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: Spanned<String>,
    /// Description, may be empty.
    pub description: String,
    /// The JSON schema keywords, as the author wrote them.
    pub schema: Schema,
    /// Environment variable that the author chose.
    pub env: Option<String>,
    /// File that the author chose.
    pub path: Option<String>,
    /// Actions it applies to; empty means all.
    pub apply_to: Vec<Spanned<String>>,
    /// The output that it takes its value from.
    pub source: Option<ParameterSource>,
    /// Whether its value is masked and hidden.
    pub sensitive: bool,
}

/// Where a parameter takes its value from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSource {
    /// The output.
    pub output: Spanned<String>,
    /// The dependency whose output it is, otherwise the bundle's own.
    pub dependency: Option<Spanned<String>>,
}

/// The JSON schema keywords of a parameter or output.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The mapping they stand in.
    pub node: Arc<Node>,
    /// The keywords, `description` included.
    pub keywords: serde_json::Map<String, Json>,
}

/// A credential.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Its name.
    pub name: Spanned<String>,
    /// Description, may be empty.
    pub description: String,
    /// Environment variable.
    pub env: Option<String>,
    /// File, as the author wrote it.
    pub path: Option<String>,
    /// Whether it must be given.
    pub required: bool,
    /// Actions it applies to; empty means all.
    pub apply_to: Vec<Spanned<String>>,
}

/// An output.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its name.
    pub name: Spanned<String>,
    /// Description, may be empty.
    pub description: String,
    /// The JSON schema keywords, as the author wrote them.
    pub schema: Schema,
    /// File that is taken when no step made the output.
    pub path: Option<String>,
    /// Actions it applies to; empty means all.
    pub apply_to: Vec<Spanned<String>>,
    /// Whether its value is masked and hidden.
    pub sensitive: bool,
}

/// A file that is kept from one run to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateVariable {
    /// Name in the archive.
    pub name: Spanned<String>,
    /// The file, absolute or relative to the bundle's directory.
    pub path: String,
}

/// An image that the bundle uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its alias.
    pub alias: Spanned<String>,
    /// Description, may be empty.
    pub description: String,
    /// `docker` unless the author says otherwise.
    pub image_type: String,
    /// Reference without tag.
    pub repository: String,
    /// Tag, may be empty.
    pub tag: String,
    /// Digest, may be empty.
    pub digest: String,
    /// Media type, may be empty.
    pub media_type: String,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// An extension that the bundle needs.
#[derive(Debug, Clone, PartialEq)]
pub struct RequiredExtension {
    /// Its key in `bundle.json`.
    pub key: Spanned<String>,
    /// Its configuration, or `null`.
    pub config: Json,
}

impl Schema {
    /// Whether a keyword that says the type in another way stands in place of `type`.
    fn is_composed(&self) -> bool {
        ["oneOf", "anyOf", "allOf", "$ref"]
            .iter()
            .any(|key| self.keywords.contains_key(*key))
    }

    /// The type with Porter's defaults: `file` with a path, otherwise `string`; none where the
    /// schema says it in another way or names several.
    #[must_use]
    pub fn kind(&self, has_path: bool) -> Option<&str> {
        match self.keywords.get("type") {
            Some(Json::String(kind)) => Some(kind),
            Some(_) => None,
            None if has_path => Some("file"),
            None if self.is_composed() => None,
            None => Some("string"),
        }
    }

    /// The definition in `bundle.json`.
    #[must_use]
    pub fn definition(&self, has_path: bool, sensitive: bool) -> Json {
        let mut definition = self.keywords.clone();
        match self.kind(has_path) {
            Some("file") => {
                definition.insert("type".to_owned(), "string".into());
                definition.insert("contentEncoding".to_owned(), "base64".into());
            }
            Some(kind) => {
                let kind = kind.into();
                definition.insert("type".to_owned(), kind);
            }
            None => {}
        }
        if sensitive {
            definition.insert("writeOnly".to_owned(), true.into());
        }
        Json::Object(definition)
    }
}

impl Parameter {
    /// The type with Porter's defaults; `string` where it has several.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.schema.kind(self.path.is_some()).unwrap_or("string")
    }

    /// Whether it applies to an action.
    #[must_use]
    pub fn applies_to(&self, action: &str) -> bool {
        self.apply_to.is_empty() || self.apply_to.iter().any(|name| name.value == action)
    }
}

impl Output {
    /// The type with Porter's defaults; `string` where it has several.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.schema.kind(self.path.is_some()).unwrap_or("string")
    }
}

impl Image {
    /// The reference: by digest, else by tag, else `latest`.
    #[must_use]
    pub fn reference(&self) -> String {
        match (self.digest.as_str(), self.tag.as_str()) {
            ("", "") => format!("{}:latest", self.repository),
            ("", tag) => format!("{}:{tag}", self.repository),
            (digest, _) => format!("{}@{digest}", self.repository),
        }
    }
}

impl Manifest {
    /// The text of the manifest.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Whether there is an action of this name.
    #[must_use]
    pub fn has_action(&self, name: &str) -> bool {
        self.actions.iter().any(|action| action.name.value == name)
    }

    /// The parameter of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name.value == name)
    }

    /// The output of this name.
    #[must_use]
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name.value == name)
    }
}
