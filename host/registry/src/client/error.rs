//! Why a registry did not do what it was asked.

use std::io;
use std::path::PathBuf;

use crate::download::DownloadError;

/// Why a registry did not do what it was asked. What comes from the registry is escaped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// There is no such manifest or blob.
    #[error("{what}: not found")]
    NotFound {
        /// Reference or digest.
        what: String,
    },
    /// Nothing answers, or the connection broke.
    #[error("cannot reach the registry `{registry}`")]
    Transport {
        /// Host and port.
        registry: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The registry wants other credentials, or forbids it.
    #[error("the registry `{registry}` denies access to `{repository}`{detail}")]
    Denied {
        /// Host and port.
        registry: String,
        /// The repository.
        repository: String,
        /// What it says, after a colon.
        detail: String,
    },
    /// The answer is no success.
    #[error("the registry `{registry}` answers {method} `{path}` with {code}{detail}")]
    Status {
        /// Host and port.
        registry: String,
        /// Method.
        method: String,
        /// Path.
        path: String,
        /// Such as 500.
        code: u16,
        /// What it says, after a colon.
        detail: String,
    },
    /// The answer is not what the protocol says.
    #[error("the registry `{registry}` gives an answer that cannot be used: {what}")]
    Protocol {
        /// Host and port.
        registry: String,
        /// What is wrong.
        what: String,
    },
    /// What came is not what was asked for.
    #[error("what the registry sent has the digest {actual}, not {expected}")]
    Digest {
        /// What was asked for.
        expected: String,
        /// What came.
        actual: String,
    },
    /// More or less came than was said.
    #[error("{digest} has {actual} bytes, not {expected}")]
    Size {
        /// What was asked for.
        digest: String,
        /// How many bytes there should be.
        expected: u64,
        /// How many came.
        actual: u64,
    },
    /// More than is taken.
    #[error("{what} has more than {limit} bytes, which is too much here")]
    TooLarge {
        /// What.
        what: String,
        /// How many are taken.
        limit: u64,
    },
    /// A manifest or an index is none.
    #[error("the manifest {digest} cannot be read")]
    Document {
        /// Its digest.
        digest: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A manifest or an index is not an honest one.
    #[error("the manifest {digest} cannot be used: {what}")]
    Content {
        /// Its digest.
        digest: String,
        /// What is wrong.
        what: String,
    },
    /// The service that gives tokens cannot be used.
    #[error("cannot get a token for the registry `{registry}`: {reason}")]
    Token {
        /// Host and port.
        registry: String,
        /// Why.
        reason: String,
    },
    /// A credential helper failed.
    #[error("the credential helper `{program}` failed: {reason}")]
    Helper {
        /// The program.
        program: String,
        /// Why.
        reason: String,
    },
    /// Docker's configuration cannot be read.
    #[error("cannot read `{}`", path.display())]
    Configuration {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A redirect or a realm leads where nobody should go.
    #[error(transparent)]
    Address(#[from] DownloadError),
    /// What is sent or what came cannot be read or written here.
    #[error("cannot read or write `{what}`")]
    File {
        /// What.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// The client cannot be made.
    #[error("cannot make an HTTP client")]
    Client(#[source] reqwest::Error),
}

impl RegistryError {
    /// What to do next, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Denied { registry, .. } => Some(format!(
                "run `docker login {registry}`, or check that your account may do this"
            )),
            Self::Transport { source, registry } if source.is_connect() => Some(format!(
                "check that `{registry}` is right and can be reached; HTTPS_PROXY names a proxy, \
                 SSL_CERT_FILE the certificates to trust, and --insecure-registry allows a registry \
                 without them"
            )),
            Self::Address(error) => error.hint().map(str::to_owned),
            Self::Helper { program, .. } => Some(format!(
                "run `{program} list` to see what is wrong, or take it out of docker's config.json"
            )),
            _ => None,
        }
    }

    /// Whether the other side says that there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether the registry refuses what it was sent, so that another form may do.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Status {
                code: 400 | 404 | 405 | 406 | 415 | 422,
                ..
            }
        )
    }
}
