//! `porter inspect`: the images of a bundle, and the bundles that it depends on.
//!
//! Source: `cli.md` §4.9 and §5 of the compatibility reference. Texts come from the bundle and are
//! untrusted.

use std::collections::{BTreeMap, BTreeSet};

use porter_cnab::Json;
use porter_cnab::bundle::{Bundle, Image, InvocationImage};
use serde::Serialize;

use crate::Porter;
use crate::error::Error;
use crate::source::{BundleChoice, BundleToShow};

/// The extension with dependencies, as CNAB has it.
const DEPENDENCIES: &str = "io.cnab.dependencies";
/// The extension with dependencies, as Porter has it.
const DEPENDENCIES_2: &str = "org.getporter.dependencies@v2";

/// The images of a bundle. The members and their order are Porter's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// Name of the bundle.
    pub name: String,
    /// Description of the bundle.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Version of the bundle.
    pub version: String,
    /// The images that can be run.
    pub invocation_images: Vec<InspectedImage>,
    /// The images that the bundle uses, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<NamedImage>,
    /// What it depends on, in the order in which it runs; empty when nobody asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
}

/// What is known of any image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageFacts {
    /// `docker` or `oci`.
    pub image_type: String,
    /// Reference.
    pub image: String,
    /// Digest of the image's manifest.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub content_digest: String,
    /// Size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Media type of the image's manifest.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub media_type: String,
}

/// An image that can be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectedImage {
    /// What is known of it.
    #[serde(flatten)]
    pub facts: ImageFacts,
    /// Where it was before the bundle was published; empty before that.
    pub original_image: String,
}

/// An image that the bundle uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedImage {
    /// Name within the bundle.
    pub name: String,
    /// What is known of it.
    #[serde(flatten)]
    pub facts: ImageFacts,
    /// Description.
    pub description: String,
    /// Where it was before the bundle was published; empty before that.
    pub original_image: String,
}

/// A bundle that the bundle depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// Name within the bundle.
    pub alias: String,
    /// Reference of the bundle.
    pub reference: String,
    /// Versions that will do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Bundles between it and the one that is inspected.
    pub depth: u32,
    /// Whether an installation of it is shared.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sharing_mode: bool,
    /// Among which installations it is shared.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sharing_group: String,
}

/// What to look for besides images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InspectOptions {
    /// `--show-dependencies`, and `--max-dependency-depth` with it.
    pub dependency_depth: Option<u32>,
}

impl Porter {
    /// Lists the images of a bundle. Needs no engine, runs nothing and writes nothing.
    ///
    /// # Errors
    /// When the bundle cannot be found or read.
    pub async fn inspect(
        &self,
        choice: &BundleChoice,
        options: InspectOptions,
    ) -> Result<Inspection, Error> {
        let BundleToShow { bundle, relocation } = self.bundle_to_show(choice).await?;
        let mut inspection = Inspection::new(&bundle);
        inspection.relocate(&relocation);
        match options.dependency_depth {
            None => {}
            Some(0) if !dependencies(&bundle).is_empty() => {
                tracing::warn!("dependency graph exceeds max depth of 0, stopping traversal");
            }
            Some(_) => inspection.dependencies = dependencies(&bundle),
        }
        Ok(inspection)
    }
}

impl Inspection {
    fn new(bundle: &Bundle) -> Self {
        let images = bundle.invocation_images.iter();
        let used = bundle.images.iter();
        Self {
            name: bundle.name.clone(),
            description: bundle.description.clone(),
            version: bundle.version.clone(),
            invocation_images: images
                .map(|image| InspectedImage {
                    facts: invocation(image),
                    original_image: String::new(),
                })
                .collect(),
            images: used
                .map(|(name, image)| NamedImage {
                    name: name.clone(),
                    facts: referenced(image),
                    description: image.description.clone(),
                    original_image: String::new(),
                })
                .collect(),
            dependencies: Vec::new(),
        }
    }
}

impl Inspection {
    /// Says of each image where it is, and where it was.
    fn relocate(&mut self, relocation: &BTreeMap<String, String>) {
        let one = |facts: &mut ImageFacts, original: &mut String| {
            if let Some(relocated) = relocation.get(&facts.image) {
                *original = std::mem::replace(&mut facts.image, relocated.clone());
            }
        };
        for image in &mut self.invocation_images {
            one(&mut image.facts, &mut image.original_image);
        }
        for image in &mut self.images {
            one(&mut image.facts, &mut image.original_image);
        }
    }
}

fn invocation(image: &InvocationImage) -> ImageFacts {
    ImageFacts {
        image_type: image.image_type.clone(),
        image: image.image.clone(),
        content_digest: image.content_digest.clone(),
        size: image.size,
        labels: image.labels.clone(),
        media_type: image.media_type.clone(),
    }
}

fn referenced(image: &Image) -> ImageFacts {
    ImageFacts {
        image_type: image.image_type.clone(),
        image: image.image.clone(),
        content_digest: image.content_digest.clone(),
        size: image.size,
        labels: image.labels.clone(),
        media_type: image.media_type.clone(),
    }
}

/// What a bundle says that it depends on, as it says it: no registry is asked.
pub(crate) fn dependencies(bundle: &Bundle) -> Vec<Dependency> {
    if let Some(extension) = bundle.custom.get(DEPENDENCIES) {
        return first_version(extension);
    }
    let second = bundle.custom.get(DEPENDENCIES_2);
    second.map(second_version).unwrap_or_default()
}

fn first_version(extension: &Json) -> Vec<Dependency> {
    let Some(requires) = extension.get("requires").and_then(Json::as_object) else {
        return Vec::new();
    };
    let sequence = extension.get("sequence").and_then(Json::as_array);
    let named = sequence.into_iter().flatten().filter_map(Json::as_str);
    // What the sequence leaves out comes last.
    let others = requires.keys().map(String::as_str);
    let mut seen = BTreeSet::new();
    let aliases = named.chain(others).filter(|alias| seen.insert(*alias));
    let found = aliases.filter_map(|alias| {
        let dependency = requires.get(alias)?;
        let ranges = dependency.pointer("/version/ranges");
        let ranges = ranges.and_then(Json::as_array).into_iter().flatten();
        let ranges: Vec<&str> = ranges.filter_map(Json::as_str).collect();
        Some(Dependency {
            alias: alias.to_owned(),
            reference: text(dependency, "/bundle"),
            version: ranges.join(" || "),
            depth: 0,
            sharing_mode: false,
            sharing_group: String::new(),
        })
    });
    found.collect()
}

fn second_version(extension: &Json) -> Vec<Dependency> {
    let requires = extension.get("requires").and_then(Json::as_object);
    let found = requires.into_iter().flatten();
    found
        .map(|(alias, dependency)| Dependency {
            alias: alias.clone(),
            reference: text(dependency, "/bundle"),
            version: text(dependency, "/version"),
            depth: 0,
            sharing_mode: dependency
                .pointer("/sharing/mode")
                .and_then(Json::as_bool)
                .unwrap_or_default(),
            sharing_group: text(dependency, "/sharing/group/name"),
        })
        .collect()
}

fn text(value: &Json, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned()
}
