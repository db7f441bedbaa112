//! Why a bundle did not get where it should.

use std::path::PathBuf;

use porter_registry::{ReferenceError, RegistryError};

use crate::error::Hint;

/// Why a bundle did not get where it should. Texts in backticks of the compatibility reference
/// appear word for word.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TravelError {
    /// A registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Something that a document names is no reference.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A bundle is there already.
    #[error(
        "{doing} stopped because {reference} already exists in the destination registry. To \
         overwrite it, repeat the command with --force specified."
    )]
    Exists {
        /// `Publish` or `Copy`.
        doing: &'static str,
        /// The reference.
        reference: String,
    },
    /// Nobody knows whether a bundle is there.
    #[error(
        "{doing} stopped because detection of {reference} in the destination registry failed. To \
         overwrite it, repeat the command with --force specified"
    )]
    Detection {
        /// `Publish` or `Copy`.
        doing: &'static str,
        /// The reference.
        reference: String,
        /// Why.
        source: Box<RegistryError>,
    },
    /// The image of the bundle is not in the engine.
    #[error("the Docker engine does not have the bundle image `{0}`")]
    NoImage(String),
    /// What the engine gives is no image that can be pushed.
    #[error("the image `{image}` that the Docker engine gives cannot be pushed: {reason}")]
    Image {
        /// The image.
        image: String,
        /// Why.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("cannot read or write `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An image cannot be copied.
    #[error("Failed to copy image {image}")]
    Copy {
        /// The image.
        image: String,
        /// Why.
        source: Box<TravelError>,
    },
    /// What a reference leads to is no image.
    #[error("{reference} has the media type `{media_type}`, which is no image")]
    NoImageType {
        /// The reference.
        reference: String,
        /// Escaped.
        media_type: String,
    },
    /// Indexes within indexes.
    #[error("{0} has indexes within indexes within indexes")]
    TooDeep(String),
    /// The bundle cannot be published as it is.
    #[error("the bundle cannot be published: {0}")]
    Bundle(String),
    /// JSON that must be writable was not.
    #[error("cannot write JSON")]
    Json(#[from] serde_json::Error),
}

impl Hint for TravelError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Registry(error) => error.hint(),
            Self::Detection { source, .. } => source.hint(),
            Self::Copy { source, .. } => source.hint(),
            Self::NoImage(_) => Some("run `porter build`".to_owned()),
            _ => None,
        }
    }
}
