//! Why the docker driver could not run a bundle.

use bollard::errors::Error as EngineError;

/// Why an image could not be run.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The name of the image is malformed.
    #[error("{0:?} is not the reference of an image")]
    Reference(String),
    /// The engine has no image of that name and could not pull it.
    #[error("cannot pull image `{image}`; check its name and `docker login`")]
    Pull {
        /// The image.
        image: String,
        /// What the engine says.
        #[source]
        source: EngineError,
    },
    /// The image could not be looked at.
    #[error("cannot inspect image `{image}`")]
    Inspect {
        /// The image.
        image: String,
        /// What the engine says.
        #[source]
        source: EngineError,
    },
    /// The image is not the one that the bundle names.
    #[error(
        "image digest validation failed: content digest mismatch: invocation image {image} was \
         defined in the bundle with the digest {digest} but no matching repoDigest was found upon \
         inspecting the image"
    )]
    DigestMismatch {
        /// The image.
        image: String,
        /// Digest in the bundle.
        digest: String,
    },
    /// The image has never been in a registry, so its digest cannot be known.
    #[error("image digest validation failed: image {image} has no repo digests")]
    NoDigest {
        /// The image.
        image: String,
    },
    /// A variable that no environment can hold.
    #[error("{name:?} cannot be an environment variable: its name or value is malformed")]
    Variable {
        /// Name of the variable.
        name: String,
    },
    /// A path at which no file can be injected.
    #[error("{path:?} is not a clean absolute path, so no file can be injected there")]
    FilePath {
        /// The path.
        path: String,
    },
    /// The container could not be made.
    #[error("cannot create a container of image `{image}`")]
    Create {
        /// The image.
        image: String,
        /// What the engine says.
        #[source]
        source: EngineError,
    },
    /// The files of the run could not be packed.
    #[error("cannot pack the files of the run")]
    Pack(#[source] std::io::Error),
    /// The files of the run could not be put into the container.
    #[error("cannot put the files of the run into the container")]
    Inject(#[source] EngineError),
    /// Files of the image that cannot be read.
    #[error("cannot read `{folder}` of image `{image}`")]
    Contents {
        /// The image.
        image: String,
        /// The folder.
        folder: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that must be known could not be looked at.
    #[error("cannot look at `{path}` of the container")]
    Trust {
        /// The file.
        path: String,
        /// What the engine says.
        #[source]
        source: EngineError,
    },
    /// A file that must be known is another one.
    #[error(
        "`{path}` of the image is not the runtime of this porter, so the run cannot be bound to a \
         reviewed plan; build the bundle with this porter, or run it without --plan"
    )]
    Untrusted {
        /// The file.
        path: String,
    },
    /// The output of the container could not be attached.
    #[error("cannot attach to the container")]
    Attach(#[source] EngineError),
    /// The container could not be started.
    #[error("cannot start `/cnab/app/run` of image `{image}`; is it a bundle image?")]
    Start {
        /// The image.
        image: String,
        /// What the engine says.
        #[source]
        source: EngineError,
    },
    /// The engine was lost while the container ran.
    #[error(
        "the Docker engine was lost during the run; the container may still be there, the next \
         command removes it"
    )]
    Lost(#[source] Option<EngineError>),
    /// What an earlier run left could not be removed.
    #[error("cannot remove the container of run `{revision}`")]
    CleanUp {
        /// Revision of the run.
        revision: String,
        /// What the engine says.
        #[source]
        source: EngineError,
    },
}
