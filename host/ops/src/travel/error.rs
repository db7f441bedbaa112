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
    /// A bundle cannot be pulled.
    #[error("unable to pull bundle")]
    Pull(#[source] Box<TravelError>),
    /// What a reference leads to is no mixin.
    #[error("{0}: that is no mixin")]
    NoMixin(String),
    /// What is to be copied cannot be pulled.
    #[error("unable to pull bundle before copying")]
    BeforeCopy(#[source] Box<TravelError>),
    /// An archive that is not as it should be. Nothing of it was pushed.
    #[error("the archive cannot be used: {0}")]
    Archive(String),
    /// An image that the archive does not have.
    #[error("can not locate the referenced image: {0}")]
    NoRelocation(String),
    /// What a reference leads to is no bundle.
    #[error("the provided reference must be a Porter bundle: {0}")]
    NoBundle(String),
    /// What a reference leads to is a bundle that cannot be used.
    #[error("the bundle cannot be used: {0}")]
    Foreign(String),
    /// A `bundle.json` that is none.
    #[error("the bundle.json that was pulled cannot be used")]
    Unreadable(#[source] Box<crate::error::Error>),
    /// Nobody could tell whether the image is the bundle's.
    #[error(
        "unable to verify that the pulled image {0} is the bundle image referenced by the bundle \
         because the bundle does not specify a content digest. This could allow for the bundle \
         image to be replaced or tampered with"
    )]
    NoDigest(String),
    /// The index names an image that the bundle does not have.
    #[error("component \"{0}\" not found in bundle")]
    NoComponent(String),
    /// The index names another image than the bundle.
    #[error(
        "content digest mismatch: image {image} has digest {actual} but the digest should be \
         {expected} according to the bundle manifest"
    )]
    Replaced {
        /// The image.
        image: String,
        /// What the index says.
        actual: String,
        /// What the bundle says.
        expected: String,
    },
    /// JSON that must be writable was not.
    #[error("cannot write JSON")]
    Json(#[from] serde_json::Error),
}

impl TravelError {
    /// Whether the other side says that there is no such thing.
    pub(crate) fn is_not_found(&self) -> bool {
        match self {
            Self::Registry(error) => error.is_not_found(),
            Self::Pull(source) => source.is_not_found(),
            _ => false,
        }
    }
}

impl Hint for TravelError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Registry(error) => error.hint(),
            Self::Detection { source, .. } => source.hint(),
            Self::Copy { source, .. } | Self::Pull(source) | Self::BeforeCopy(source) => {
                source.hint()
            }
            Self::NoImage(_) => Some("run `porter build`".to_owned()),
            _ => None,
        }
    }
}
