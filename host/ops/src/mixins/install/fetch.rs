//! Getting a component from where it is published.

use std::fs::File;
use std::path::Path;

use porter_mixin::escape::escape;
use porter_registry::download::{
    self, DownloadError, Downloaded, Downloads, Limits, Progress, Url,
};
use porter_registry::feed::{self, Entry, Feed};
use porter_sandbox::{Admission, Digest};

use super::digest::{self, Expected};
use super::source::Wanted;
use super::{InstallError, InstallMixin};
use crate::mixins::component::open_as;
use crate::mixins::oci;

/// Largest list of digests that is read.
const MAX_SUMS: u64 = 1 << 20;
/// Largest program of a native mixin.
const MAX_PROGRAM: u64 = 512 << 20;
/// Versions that a message names.
const SHOWN_VERSIONS: usize = 20;

/// What came.
pub(super) enum Content {
    /// A component, and its digest.
    Component(Vec<u8>, String),
    /// A program for this machine and one for the image.
    Native { client: File, runtime: File },
}

/// Something that came from somewhere.
pub(super) struct Fetched {
    pub(super) content: Content,
    /// Where from.
    pub(super) source: String,
    /// The feed that named it.
    pub(super) feed: Option<String>,
    /// What it should be. Of programs those of others were checked already, each for its file.
    pub(super) expected: Vec<Expected>,
}

/// Gets what a user asks for, and what others say of its digest. Programs only where the user
/// allows them and there is no component.
pub(super) async fn fetch(
    name: &str,
    wanted: &Wanted,
    request: &InstallMixin,
    allow_native: bool,
    progress: &dyn Progress,
) -> Result<Fetched, InstallError> {
    let given = match &request.digest {
        Some(text) => Some(digest::read(text, "--digest")?),
        None => None,
    };
    let client = || Client::new(request.allow_private_addresses, progress, given.is_some());
    let mut fetched = match wanted {
        Wanted::File(path) => read(name, path)?,
        Wanted::Registry(text) => from_registry(text, request.insecure_registry).await?,
        Wanted::Feed(url) => {
            let mut client = client()?;
            client.allow_native = allow_native;
            client.feed(name, url, &request.version).await?
        }
        Wanted::Release(url) => {
            let mut client = client()?;
            client.allow_native = allow_native;
            client
                .release(name, &format!("{url}/{}", request.version))
                .await?
        }
        Wanted::Address(address) => client()?.address(address).await?,
    };
    if let Some(digest) = given {
        let by = "--digest";
        fetched.expected.insert(0, Expected { digest, by });
    }
    Ok(fetched)
}

/// A component out of a registry. A digest in the reference says what it is: that of the manifest,
/// which names the component.
async fn from_registry(text: &str, insecure: bool) -> Result<Fetched, InstallError> {
    let pulled = oci::pull(text, insecure).await?;
    let is_pinned = text.contains('@');
    let expected = is_pinned.then(|| Expected {
        digest: pulled.digest.clone(),
        by: "the reference",
    });
    Ok(Fetched {
        content: Content::Component(pulled.wasm, pulled.digest),
        source: pulled.source,
        feed: None,
        expected: expected.into_iter().collect(),
    })
}

fn read(name: &str, path: &Path) -> Result<Fetched, InstallError> {
    let wasm = open_as(name, path)?.wasm.into_owned();
    let digest = Digest::of(&wasm).to_string();
    Ok(Fetched {
        content: Content::Component(wasm, digest),
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
    /// Whether programs are taken where there is no component.
    allow_native: bool,
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
            allow_native: false,
        })
    }

    /// What is at an address that the user gave.
    async fn address(&mut self, text: &str) -> Result<Fetched, InstallError> {
        let url = self.downloads.ask(text)?;
        self.component(&url, None).await
    }

    /// What is in the folder of a version: a component, or else programs.
    async fn release(&mut self, mixin: &str, folder: &str) -> Result<Fetched, InstallError> {
        let url = self.downloads.ask(&format!("{folder}/{mixin}.wasm"))?;
        match self.component(&url, None).await {
            Err(InstallError::Download(error)) if error.is_absent() && self.allow_native => {}
            result => return result,
        }
        let (os, arch) = platform();
        let client = format!("{folder}/{mixin}-{os}-{arch}");
        let runtime = format!("{folder}/{mixin}-linux-amd64");
        let (client, runtime) = (self.downloads.ask(&client)?, self.downloads.ask(&runtime)?);
        self.native((&client, None), (&runtime, None)).await
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
        let mut fetched = match entry.component() {
            Some(file) => {
                let (link, digest) = linked(&url, file)?;
                self.component(&link, digest).await?
            }
            None => {
                let (client, runtime) = programs(entry)?;
                if !self.allow_native {
                    return Err(InstallError::Native {
                        mixin: entry.mixin.clone(),
                        version: escape(&entry.version),
                    });
                }
                let (client, runtime) = (linked(&url, client)?, linked(&url, runtime)?);
                self.native((&client.0, client.1), (&runtime.0, runtime.1))
                    .await?
            }
        };
        fetched.feed = Some(shown);
        Ok(fetched)
    }

    /// A document at an address that the user gave.
    pub(in crate::mixins) async fn text(
        &mut self,
        address: &str,
        limit: u64,
    ) -> Result<(Url, Vec<u8>), InstallError> {
        let url = self.downloads.ask(address)?;
        let mut text = Vec::new();
        self.get(&url, limit, &mut text).await?;
        Ok((url, text))
    }

    async fn get(
        &self,
        url: &Url,
        limit: u64,
        into: &mut Vec<u8>,
    ) -> Result<Downloaded, DownloadError> {
        self.downloads.get(url, limit, into, self.progress).await
    }

    async fn component(&self, url: &Url, digest: Option<String>) -> Result<Fetched, InstallError> {
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
            content: Content::Component(wasm, downloaded.digest),
            source: downloaded.url,
            feed: None,
            expected: expected.into_iter().collect(),
        })
    }

    /// Programs, each checked against its digest where somebody says one. They are kept in files
    /// without a name, which go when this process does.
    async fn native(
        &self,
        client: (&Url, Option<String>),
        runtime: (&Url, Option<String>),
    ) -> Result<Fetched, InstallError> {
        let (first, source) = self.program(client.0, client.1).await?;
        let second = match client.0 == runtime.0 {
            true => first.try_clone().map_err(unnamed)?,
            false => self.program(runtime.0, runtime.1).await?.0,
        };
        Ok(Fetched {
            content: Content::Native {
                client: first,
                runtime: second,
            },
            source,
            feed: None,
            expected: Vec::new(),
        })
    }

    async fn program(
        &self,
        url: &Url,
        digest: Option<String>,
    ) -> Result<(File, String), InstallError> {
        let mut file = tempfile::tempfile().map_err(unnamed)?;
        let downloaded = self
            .downloads
            .get(url, MAX_PROGRAM, &mut file, self.progress)
            .await?;
        let by = "the feed";
        let expected = match digest {
            Some(digest) => Some(Expected { digest, by }),
            None => self.published_digest(url).await?,
        };
        if let Some(Expected { digest, by }) = expected {
            verify(&downloaded.url, &downloaded.digest, &digest, by)?;
        }
        Ok((file, downloaded.url))
    }

    /// What a file beside the component says, where there is one.
    async fn published_digest(&self, url: &Url) -> Result<Option<Expected>, InstallError> {
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
    let known = versions.map(|entry| escape(&entry.version));
    InstallError::NoEntry {
        url,
        mixin: mixin.to_owned(),
        version: escape(version),
        known: known.take(SHOWN_VERSIONS).collect(),
    }
}

/// Address and digest of a file of a feed.
fn linked(feed: &Url, file: &feed::File) -> Result<(Url, Option<String>), InstallError> {
    let link = feed
        .join(&file.url)
        .map_err(|error| DownloadError::Address {
            text: escape(&file.url),
            reason: error.to_string(),
        })?;
    let from = download::shown(feed);
    let digest = file.digest.as_deref();
    let digest = digest.map(|text| digest::read(text, &from)).transpose()?;
    Ok((link, digest))
}

/// The programs of an entry for this machine and for images.
fn programs(entry: &Entry) -> Result<(&feed::File, &feed::File), InstallError> {
    let find = |os: &str, arch: &str| {
        entry
            .native(os, arch)
            .ok_or_else(|| InstallError::NoDownload {
                mixin: entry.mixin.clone(),
                version: escape(&entry.version),
                platform: format!("{os}/{arch}"),
            })
    };
    let (os, arch) = platform();
    Ok((find(os, arch)?, find("linux", "amd64")?))
}

/// Fails unless a digest is the expected one.
pub(super) fn verify(
    url: &str,
    found: &str,
    expected: &str,
    by: &'static str,
) -> Result<(), InstallError> {
    if found == expected {
        return Ok(());
    }
    Err(InstallError::Digest {
        url: url.to_owned(),
        found: found.to_owned(),
        expected: expected.to_owned(),
        by,
    })
}

fn unnamed(source: std::io::Error) -> InstallError {
    super::file("write", &std::env::temp_dir(), source)
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
