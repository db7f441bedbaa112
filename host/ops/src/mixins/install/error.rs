//! Why a mixin was not installed, or something about those that others publish failed.

use std::io;
use std::path::PathBuf;

use porter_registry::download::DownloadError;
use porter_registry::feed::FeedError;

use crate::error::Hint;
use crate::mixins::MixinError;

/// Why a mixin was not installed, removed, searched for or published.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// What is asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// It cannot be had from its registry.
    #[error(transparent)]
    Registry(Box<crate::travel::TravelError>),
    /// It cannot be downloaded.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The feed is none.
    #[error("cannot read the feed at {url}")]
    Feed {
        /// Its address.
        url: String,
        /// Why not.
        source: FeedError,
    },
    /// The feed does not have it. Porter's words.
    #[error("the feed at {url} does not contain an entry for {mixin} @ {version}")]
    NoEntry {
        /// Address of the feed.
        url: String,
        /// Name of the mixin.
        mixin: String,
        /// What was asked for.
        version: String,
        /// Versions that there are.
        known: Vec<String>,
    },
    /// The feed has nothing that fits this machine. Porter's words.
    #[error("{mixin} @ {version} did not publish a download for {platform}")]
    NoDownload {
        /// Name of the mixin.
        mixin: String,
        /// Its version.
        version: String,
        /// Such as `linux/amd64`.
        platform: String,
    },
    /// It is a program for one system, and nobody allowed that.
    #[error(
        "{mixin} @ {version} is published as native programs only, which run with all your rights"
    )]
    Native {
        /// Name of the mixin.
        mixin: String,
        /// Its version.
        version: String,
    },
    /// The name is taken by a built-in one.
    #[error("mixin `{0}` is built into porter")]
    Builtin(String),
    /// It is not what it should be.
    #[error("what came from {url} is {found}, but {by} says {expected}")]
    Digest {
        /// Where it came from.
        url: String,
        /// What it is.
        found: String,
        /// What it should be.
        expected: String,
        /// Who says so.
        by: &'static str,
    },
    /// Text that should be a digest and is none.
    #[error("`{text}` from {from} is no sha256 digest")]
    NoDigest {
        /// The text.
        text: String,
        /// Where it comes from.
        from: String,
    },
    /// A component that porter does not take.
    #[error("it cannot be used as a mixin")]
    Unusable(#[from] MixinError),
    /// The file system refused.
    #[error("cannot {what} `{}`", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The list of what is published is none.
    #[error("the package list at {url} cannot be read")]
    List {
        /// Its address.
        url: String,
        /// Why not.
        source: serde_json::Error,
    },
    /// The list of what is published is not there. Porter's words.
    #[error("unable to fetch package list via {url}: {code} {reason}")]
    NoList {
        /// Its address.
        url: String,
        /// Such as 404.
        code: u16,
        /// Such as `Not Found`.
        reason: String,
    },
    /// The list has nothing that fits. Porter's words.
    #[error("no mixins found for {0}")]
    NothingFound(String),
    /// There is nothing to publish. Porter's words.
    #[error("no mixin binaries found in {} matching the regex \"{pattern}\"", directory.display())]
    NothingToPublish {
        /// Where it was looked for.
        directory: PathBuf,
        /// What it must look like.
        pattern: &'static str,
    },
    /// The template of a feed is wrong.
    #[error("{}:{line}:{column}: the template is wrong", path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// From 1.
        line: u32,
        /// From 1.
        column: u32,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Hint for InstallError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Registry(error) => error.hint()?,
            Self::Download(error) => error.hint()?.to_owned(),
            Self::NoEntry { known, .. } if !known.is_empty() => {
                format!("the feed has {}", known.join(", "))
            }
            Self::NoEntry { .. } => "`porter mixins search` lists what is published".to_owned(),
            Self::Native { mixin, .. } => format!(
                "`--allow-native-mixin {mixin}` installs it, if you trust whoever made it; the \
                 author can publish `{mixin}.wasm` beside it"
            ),
            Self::Builtin(_) => {
                "`--replace-builtin` installs it over the built-in one; `porter mixins uninstall` \
                 brings that back"
                    .to_owned()
            }
            Self::Digest { .. } => {
                "do not use it before you know why: it was damaged, or exchanged".to_owned()
            }
            Self::Unusable(error) => error.hint()?,
            Self::NothingToPublish { .. } => {
                "mixins are looked for as VERSION/NAME.wasm and VERSION/NAME-OS-ARCH".to_owned()
            }
            _ => return None,
        })
    }
}
