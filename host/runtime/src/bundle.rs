//! What templates and the runtime need of `/cnab/bundle.json`, of its images and dependencies.

use std::collections::BTreeMap;
use std::io;

use porter_runbook::resolve::Value;
use porter_runbook::{Json, Runbook};

use crate::files;
use crate::root::{RELOCATION, Root};

const BUNDLE_JSON: &str = "/cnab/bundle.json";
const DEPENDENCIES: &str = "/cnab/app/dependencies";

/// Why the bundle's documents cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file that cannot be read.
    #[error("cannot load bundle at {path}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file that is not JSON.
    #[error("cannot load bundle at {path}")]
    Json {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The definition of a dependency is not one of a bundle.
    #[error("error unmarshaling bundle definition for dependency {0}")]
    Dependency(String),
    /// An image that the manifest does not know.
    #[error("unable to resolve bundle images: unable to find image in porter manifest: {0}")]
    UnknownImage(String),
}

/// The documents of the bundle. By default there are none.
#[derive(Debug, Default)]
pub struct Bundle {
    document: Json,
    relocation: Json,
    /// `bundle.json` of each direct dependency, by alias.
    dependencies: BTreeMap<String, Json>,
}

impl Bundle {
    /// Reads the documents. What is absent is empty.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn load(root: &Root) -> Result<Self, BundleError> {
        let mut dependencies = BTreeMap::new();
        let entries = std::fs::read_dir(root.path(DEPENDENCIES))
            .into_iter()
            .flatten()
            .flatten();
        for alias in entries.filter_map(|entry| entry.file_name().into_string().ok()) {
            let document = read(root, &format!("{DEPENDENCIES}/{alias}/bundle.json"))?;
            if !document.is_object() {
                return Err(BundleError::Dependency(alias));
            }
            dependencies.insert(alias, document);
        }
        let document = read(root, BUNDLE_JSON)?;
        Ok(Self {
            document,
            relocation: read(root, RELOCATION)?,
            dependencies,
        })
    }

    /// A `bundle.json` with the mapping of its images, and no dependencies.
    pub fn of(document: Json, relocation: Json) -> Self {
        Self {
            document,
            relocation,
            ..Self::default()
        }
    }

    /// Aliases of the direct dependencies.
    pub fn dependencies(&self) -> impl Iterator<Item = &str> {
        self.dependencies.keys().map(String::as_str)
    }

    /// What templates know of a dependency, without its outputs.
    pub fn dependency(&self, alias: &str) -> BTreeMap<String, Value> {
        let document = self.dependencies.get(alias);
        let field = |name: &str| {
            document
                .and_then(|json| json[name].as_str())
                .unwrap_or_default()
        };
        ["name", "version", "description"]
            .into_iter()
            .map(|name| (name.to_owned(), Value::text(field(name))))
            .collect()
    }

    /// Whether a dependency calls its output sensitive.
    pub fn is_sensitive(&self, alias: &str, output: &str) -> bool {
        let Some(document) = self.dependencies.get(alias) else {
            return false;
        };
        let definition = document["outputs"][output]["definition"].as_str();
        definition.is_some_and(|name| document["definitions"][name]["writeOnly"] == true)
    }

    /// The image that runs, where it really is.
    pub fn installer_image(&self) -> String {
        let image = &self.document["invocationImages"][0];
        let written = image["image"].as_str().unwrap_or_default();
        match (self.relocated(written), image["contentDigest"].as_str()) {
            (Some(relocated), _) => relocated.to_owned(),
            (None, Some(digest)) if !digest.is_empty() && !written.contains('@') => {
                let (repository, _, _) = split(written);
                format!("{repository}@{digest}")
            }
            (None, _) => written.to_owned(),
        }
    }

    /// What templates know of the images.
    ///
    /// # Errors
    /// When the bundle has an image that the manifest does not know.
    pub fn images(&self, runbook: &Runbook) -> Result<Value, BundleError> {
        let images = self.document["images"].as_object();
        let images = images.into_iter().flatten().map(|(alias, image)| {
            if !runbook.images.contains(alias) {
                return Err(BundleError::UnknownImage(alias.clone()));
            }
            Ok((alias.clone(), self.image(image)))
        });
        Ok(Value::Names(images.collect::<Result<_, _>>()?))
    }

    fn image(&self, image: &Json) -> Value {
        let text = |name: &str| image[name].as_str().unwrap_or_default().to_owned();
        let written = text("image");
        let reference = self.relocated(&written).unwrap_or(&written);
        let (repository, tag, digest) = split(reference);
        let digest = digest.map_or_else(|| text("contentDigest"), str::to_owned);
        let tag = match (tag, reference.contains('@')) {
            (None, false) => "latest",
            (tag, _) => tag.unwrap_or_default(),
        };
        Value::names([
            ("repository", Value::text(repository)),
            ("tag", Value::text(tag)),
            ("digest", Value::text(digest)),
            ("description", Value::text(text("description"))),
            ("imageType", Value::text(text("imageType"))),
            ("mediaType", Value::text(text("mediaType"))),
            ("size", Value::Json(image["size"].clone())),
            ("labels", Value::Json(image["labels"].clone())),
        ])
    }

    fn relocated(&self, image: &str) -> Option<&str> {
        self.relocation.get(image)?.as_str()
    }
}

fn read(root: &Root, inside: &str) -> Result<Json, BundleError> {
    let path = || inside.to_owned();
    match files::read_regular(&root.path(inside), files::MAX_FILE) {
        Ok(content) => serde_json::from_slice(&content.bytes).map_err(|source| BundleError::Json {
            path: path(),
            source,
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Json::Null),
        Err(source) => Err(BundleError::Read {
            path: path(),
            source,
        }),
    }
}

/// Repository, tag and digest of a reference.
fn split(reference: &str) -> (&str, Option<&str>, Option<&str>) {
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (reference, None),
    };
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag), digest),
        _ => (name, None, digest),
    }
}
