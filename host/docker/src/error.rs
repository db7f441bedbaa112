//! What can go wrong between us and a Docker engine.

use std::path::PathBuf;

use crate::text::shown;

/// An error of the engine, of a build, or of the way to them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DockerError {
    /// Nothing answered where an engine may be.
    #[error("no Docker engine answers: {}", tried.join("; "))]
    NoEngine {
        /// What was tried, and what each attempt ended with.
        tried: Vec<String>,
    },
    /// The engine is older than what we can work with.
    #[error(
        "the Docker engine at `{host}` is too old: its API is {api}, 1.42 (Docker 23) is needed"
    )]
    TooOld {
        /// Where the engine is.
        host: String,
        /// Version of its API.
        api: String,
    },
    /// The host of the engine is written in a way we do not understand or support.
    #[error("cannot use `{host}` as a Docker engine ({said_by}): {reason}")]
    UnusableHost {
        /// The host as written.
        host: String,
        /// Who named it.
        said_by: String,
        /// Why it cannot be used.
        reason: String,
    },
    /// A docker context is named that does not exist or cannot be read.
    #[error("cannot use the docker context `{name}`: {reason}")]
    Context {
        /// Name of the context.
        name: String,
        /// Why it cannot be used.
        reason: String,
    },
    /// A file of docker's configuration cannot be read.
    #[error("cannot read `{}`: {reason}", path.display())]
    Configuration {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The engine refused a request, or the connection to it broke.
    #[error("the Docker engine failed to {what}")]
    Request {
        /// What was asked of it.
        what: String,
        /// The failure.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine went away during a build.
    #[error("the connection to the Docker engine broke during the build: {reason}")]
    ConnectionLost {
        /// What was seen of it.
        reason: String,
    },
    /// A step of a build failed.
    #[error("step `{}` failed: {}", shown(name), shown(reason))]
    StepFailed {
        /// Name of the step, untrusted text.
        name: String,
        /// Why, untrusted text.
        reason: String,
        /// All that the step wrote: raw bytes, untrusted.
        log: Vec<u8>,
    },
    /// A build failed outside of a step.
    #[error("the build failed: {}", shown(reason))]
    BuildFailed {
        /// Why, untrusted text.
        reason: String,
    },
    /// The build was canceled.
    #[error("the build was canceled")]
    Canceled,
    /// A file of the build context cannot be sent.
    #[error("cannot send `{}` to the build: {reason}", shown(path))]
    ContextFile {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
}

impl DockerError {
    /// What the user can do about it, if there is something.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoEngine { .. } => Some(
                "start Docker, or let DOCKER_HOST name an engine; in a checkout of porter, `cargo \
                 xtask engine up` provides one",
            ),
            Self::TooOld { .. } => Some("upgrade the engine, or let DOCKER_HOST name another one"),
            Self::UnusableHost { .. } => {
                Some("set DOCKER_HOST to a unix:// or tcp:// address, or choose another context")
            }
            Self::Context { .. } => Some(
                "list the contexts with `docker context ls`, or unset DOCKER_CONTEXT to use the \
                 default one",
            ),
            Self::ConnectionLost { .. } => {
                Some("see whether the engine is running, and build again")
            }
            _ => None,
        }
    }

    pub(crate) fn request(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Request {
            what: what.into(),
            source: source.into(),
        }
    }
}

/// Whether the engine says that there is no such thing.
pub(crate) const fn is_absent(error: &bollard::errors::Error) -> bool {
    matches!(
        error,
        bollard::errors::Error::DockerResponseServerError {
            status_code: 404,
            ..
        }
    )
}
