//! Getting a component from where it is published.

use std::path::Path;

use porter_registry::download::{self, DownloadError, Downloaded, Downloads, Limits, Progress};
use porter_registry::feed::{self, Entry, Feed};
use porter_sandbox::{Admission, Digest};

use super::digest::{self, Expected};
use super::source::Wanted;
use super::{InstallError, InstallMixin};
use crate::mixins::component::open_as;

/// Largest list of digests that is read.
const MAX_SUMS: u64 = 1 << 20;
/// Versions that a message names.
const SHOWN_VERSIONS: usize = 20;

/// A component that came from somewhere.
pub(super) struct Fetched {
    pub(super) wasm: Vec<u8>,
    /// Where from.
    pub(super) source: String,
    /// Of the component.
    pub(super) digest: String,
    /// The feed that named it.
    pub(super) feed: Option<String>,
    /// What it should be.
    pub(super) expected: Vec<Expected>,
}

/// Gets what a user asks for, and what others say of its digest.
pub(super) async fn fetch(
    name: &str,
    wanted: &Wanted,
    request: &InstallMixin,
    progress: &dyn Progress,
) -> Result<Fetched, InstallError> {
    let given = match &request.digest {
        Some(text) => Some(digest::read(text, "--digest")?),
        None => None,
    };
    let client = || Client::new(request.allow_private_addresses, progress, given.is_some());
    let mut fetched = match wanted {
        Wanted::File(path) => read(name, path)?,
        Wanted::Feed(url) => client()?.feed(name, url, &request.version).await?,
        Wanted::Release(url) => {
            let address = format!("{url}/{}/{name}.wasm", request.version);
            client()?.address(&address).await?
        }
        Wanted::Address(address) => client()?.address(address).await?,
    };
    if let Some(digest) = given {
        let by = "--digest";
        fetched.expected.insert(0, Expected { digest, by });
    }
    Ok(fetched)
}

fn read(name: &str, path: &Path) -> Result<Fetched, InstallError> {
    let wasm = open_as(name, path)?.wasm.into_owned();
    Ok(Fetched {
        digest: Digest::of(&wasm).to_string(),
        wasm,
        source: path.display().to_string(),
        feed: None,
        expected: Vec::new(),
    })
}

/// Downloads, and what others say of them.
pub(in crate::mixins) struct Client<'p> {
    downloads: Downloads,
    progress: &'p dyn Progress,
    /// Whether the user said which digest it must be.
    has_digest: bool,
}

impl<'p> Client<'p> {
    pub(in crate::mixins) fn new(
        allow_private: bool,
        progress: &'p dyn Progress,
        has_digest: bool,
    ) -> Result<Self, InstallError> {
        Ok(Self {
            downloads: Downloads::new(allow_private, Limits::default())?,
            progress,
            has_digest,
        })
    }

    /// What is at an address that the user gave.
    async fn address(&mut self, text: &str) -> Result<Fetched, InstallError> {
        let url = self.downloads.ask(text)?;
        self.component(&url, None).await
    }

    /// What a feed that the user named says about a version.
    async fn feed(
        &mut self,
        mixin: &str,
        address: &str,
        version: &str,
    ) -> Result<Fetched, InstallError> {
        let (url, text) = self.text(address, feed::MAX_BYTES).await?;
        let shown = download::shown(&url);
        let feed = Feed::parse(&text).map_err(|source| InstallError::Feed {
            url: shown.clone(),
            source,
        })?;
        let Some(entry) = feed.find(mixin, version) else {
            return Err(no_entry(&feed, shown, mixin, version));
        };
        let Some(file) = entry.component() else {
            return Err(nothing_to_run(entry));
        };
        let link = url
            .join(&file.url)
            .map_err(|error| DownloadError::Address {
                text: porter_mixin::escape::escape(&file.url),
                reason: error.to_string(),
            })?;
        let digest = file.digest.as_deref();
        let digest = digest.map(|text| digest::read(text, &shown)).transpose()?;
        let mut fetched = self.component(&link, digest).await?;
        fetched.feed = Some(shown);
        Ok(fetched)
    }

    /// A document at an address that the user gave.
    pub(in crate::mixins) async fn text(
        &mut self,
        address: &str,
        limit: u64,
    ) -> Result<(download::Url, Vec<u8>), InstallError> {
        let url = self.downloads.ask(address)?;
        let mut text = Vec::new();
        self.get(&url, limit, &mut text).await?;
        Ok((url, text))
    }

    async fn get(
        &self,
        url: &download::Url,
        limit: u64,
        into: &mut Vec<u8>,
    ) -> Result<Downloaded, DownloadError> {
        self.downloads.get(url, limit, into, self.progress).await
    }

    async fn component(
        &self,
        url: &download::Url,
        digest: Option<String>,
    ) -> Result<Fetched, InstallError> {
        let mut wasm = Vec::new();
        let limit = Admission::default().largest() as u64;
        let downloaded = self.get(url, limit, &mut wasm).await?;
        let expected = match digest {
            Some(digest) => Some(Expected {
                digest,
                by: "the feed",
            }),
            None if self.has_digest => None,
            None => self.published_digest(url).await?,
        };
        Ok(Fetched {
            wasm,
            source: downloaded.url,
            digest: downloaded.digest,
            feed: None,
            expected: expected.into_iter().collect(),
        })
    }

    /// What a file beside the component says, where there is one.
    async fn published_digest(
        &self,
        url: &download::Url,
    ) -> Result<Option<Expected>, InstallError> {
        let file = url.path().rsplit('/').next().unwrap_or_default();
        for ending in ["sha256sum", "sha256"] {
            let mut beside = url.clone();
            beside.set_path(&format!("{}.{ending}", url.path()));
            let mut text = Vec::new();
            match self.get(&beside, MAX_SUMS, &mut text).await {
                Ok(downloaded) => {
                    let text = String::from_utf8_lossy(&text);
                    return Ok(Some(Expected {
                        digest: digest::read_sums(&text, file, &downloaded.url)?,
                        by: "the file beside it",
                    }));
                }
                Err(error) if error.is_absent() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

fn no_entry(feed: &Feed, url: String, mixin: &str, version: &str) -> InstallError {
    let versions = feed.entries.iter().filter(|entry| entry.mixin == mixin);
    let known = versions.map(|entry| porter_mixin::escape::escape(&entry.version));
    InstallError::NoEntry {
        url,
        mixin: mixin.to_owned(),
        version: porter_mixin::escape::escape(version),
        known: known.take(SHOWN_VERSIONS).collect(),
    }
}

/// Why an entry without a component cannot be installed.
fn nothing_to_run(entry: &Entry) -> InstallError {
    let (mixin, version) = (
        entry.mixin.clone(),
        porter_mixin::escape::escape(&entry.version),
    );
    let (os, arch) = platform();
    match entry.native(os, arch) {
        Some(_) => InstallError::Native { mixin, version },
        None => InstallError::NoDownload {
            mixin,
            version,
            platform: format!("{os}/{arch}"),
        },
    }
}

/// This machine, in Go's names.
fn platform() -> (&'static str, &'static str) {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    (os, arch)
}
