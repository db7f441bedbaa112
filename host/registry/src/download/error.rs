//! Why something was not downloaded.

use std::io;

/// Why something was not downloaded. Addresses in it are without user names and passwords.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The text is no address.
    #[error("`{text}` is not the address of a download")]
    Address {
        /// The text.
        text: String,
        /// Why not.
        reason: String,
    },
    /// Neither `https` nor `http`.
    #[error("`{url}` cannot be downloaded: its scheme is `{scheme}`")]
    Scheme {
        /// The address.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// `http` where nobody asked for it.
    #[error("`{url}` is not encrypted, and nobody asked for that address")]
    Insecure {
        /// The address.
        url: String,
    },
    /// A host of the machine or its surroundings where nobody asked for it.
    #[error("`{url}` leads to {address}, which is not an address of the public internet")]
    Private {
        /// The address of the download.
        url: String,
        /// The address of the host.
        address: String,
    },
    /// One redirect after another.
    #[error("`{url}` was redirected more than {limit} times")]
    Redirects {
        /// The first address.
        url: String,
        /// How many are followed.
        limit: usize,
    },
    /// The answer is no success.
    #[error("bad status returned when downloading {url} ({code}) {reason}")]
    Status {
        /// The address.
        url: String,
        /// Such as 404.
        code: u16,
        /// Such as `Not Found`.
        reason: String,
    },
    /// More bytes than may be.
    #[error("`{url}` has more than {limit} bytes, which is too much here")]
    TooLarge {
        /// The address.
        url: String,
        /// How many are taken.
        limit: u64,
    },
    /// No answer, or not a whole one.
    #[error("cannot download `{url}`")]
    Transport {
        /// The address.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// It took too long.
    #[error("`{url}` was not downloaded within {seconds} s")]
    TooSlow {
        /// The address.
        url: String,
        /// What was granted.
        seconds: u64,
    },
    /// What came cannot be written.
    #[error("cannot write what was downloaded from `{url}`")]
    Write {
        /// The address.
        url: String,
        /// Why.
        source: io::Error,
    },
    /// The client cannot be made.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
    /// The client cannot be made.
    #[error("cannot make an HTTP client")]
    Client(#[source] reqwest::Error),
}

impl DownloadError {
    /// What to do next, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Insecure { .. } => {
                "use an `https` address; `http` is taken only where it is given explicitly"
            }
            Self::Private { .. } => {
                "`--allow-private-addresses` allows it, if you trust where the address comes from"
            }
            Self::Transport { source, .. } if source.is_connect() => {
                "is this machine online? HTTPS_PROXY names a proxy; a mixin can also be installed from a file"
            }
            Self::Status { code: 404, .. } => {
                "check name and version; `porter mixins search` lists what is published"
            }
            _ => return None,
        })
    }

    /// Whether the other side says that there is no such thing.
    pub fn is_absent(&self) -> bool {
        // Object stores answer 403 for what is not there to those who may not list it.
        matches!(
            self,
            Self::Status {
                code: 403 | 404 | 410,
                ..
            }
        )
    }
}
