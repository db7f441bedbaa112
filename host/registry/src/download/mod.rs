//! Downloads over HTTPS: bounded in size and time, redirects looked at one by one, and nothing
//! from this machine or its surroundings unless somebody asked for it.
//!
//! An address that a user gives is asked for. One that a feed or a redirect gives is not: it must
//! be `https` and public, or of the same origin as one that was asked for.

mod address;
mod error;
mod guard;

use std::collections::BTreeSet;
use std::error::Error as _;
use std::io::{self, Seek, Write};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use porter_mixin::escape::escape;
pub use reqwest::Url;
use reqwest::{Client, Response, StatusCode, redirect};
use sha2::{Digest as _, Sha256};

pub(crate) use address::is_private;
pub use error::DownloadError;
pub(crate) use guard::Guard;
use guard::Refused;

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// Bounds of one download.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Until there is a connection.
    pub connect: Duration,
    /// Between two pieces.
    pub idle: Duration,
    /// For everything, all attempts included.
    pub whole: Duration,
    /// How often it is tried when the connection breaks.
    pub attempts: u32,
    /// Before the second attempt; twice that before the third.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            idle: Duration::from_secs(30),
            whole: Duration::from_secs(600),
            attempts: 3,
            pause: Duration::from_secs(1),
        }
    }
}

/// Hears how a download goes.
pub trait Progress: Send + Sync {
    /// `received` bytes of `url` are here, of `total` where that is known.
    fn received(&self, url: &str, received: u64, total: Option<u64>);
}

/// Takes what comes. A download that is tried again starts it anew.
pub trait Sink: Write + Send {
    /// Forgets what was written.
    ///
    /// # Errors
    /// When that is not possible.
    fn restart(&mut self) -> io::Result<()>;
}

impl Sink for Vec<u8> {
    fn restart(&mut self) -> io::Result<()> {
        self.clear();
        Ok(())
    }
}

impl Sink for std::fs::File {
    fn restart(&mut self) -> io::Result<()> {
        self.set_len(0)?;
        self.rewind()
    }
}

/// What was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Where it came from in the end, after redirects.
    pub url: String,
    /// How many bytes it is.
    pub size: u64,
    /// `sha256:…` of them.
    pub digest: String,
}

/// Downloads things.
#[derive(Debug)]
pub struct Downloads {
    client: Client,
    allow_private: bool,
    limits: Limits,
    asked: BTreeSet<String>,
}

impl Downloads {
    /// With `allow_private`, addresses of this machine and its surroundings are like any other.
    ///
    /// # Errors
    /// When there can be no client.
    pub fn new(allow_private: bool, limits: Limits) -> Result<Self, DownloadError> {
        let client = Client::builder()
            .user_agent(concat!("porter/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(limits.connect)
            .read_timeout(limits.idle)
            .dns_resolver(Arc::new(Guard::new(allow_private)))
            .tls_backend_preconfigured(tls()?)
            .build()
            .map_err(DownloadError::Client)?;
        Ok(Self {
            client,
            allow_private,
            limits,
            asked: BTreeSet::new(),
        })
    }

    /// Reads an address that the user gave, and takes its origin for asked for: `http` and
    /// addresses of this machine included.
    ///
    /// # Errors
    /// When it is none.
    pub fn ask(&mut self, text: &str) -> Result<Url, DownloadError> {
        let url = parse(text)?;
        self.asked.insert(origin(&url));
        Ok(url)
    }

    /// Downloads `url` into `sink`.
    ///
    /// # Errors
    /// When it is not allowed, not there, too large, too slow or cut short. The sink then holds
    /// anything.
    pub async fn get(
        &self,
        url: &Url,
        limit: u64,
        sink: &mut dyn Sink,
        progress: &dyn Progress,
    ) -> Result<Downloaded, DownloadError> {
        let work = self.attempts(url, limit, sink, progress);
        match tokio::time::timeout(self.limits.whole, work).await {
            Ok(result) => result,
            Err(_) => Err(DownloadError::TooSlow {
                url: shown(url),
                seconds: self.limits.whole.as_secs(),
            }),
        }
    }

    async fn attempts(
        &self,
        url: &Url,
        limit: u64,
        sink: &mut dyn Sink,
        progress: &dyn Progress,
    ) -> Result<Downloaded, DownloadError> {
        let mut attempt = 1;
        loop {
            let failed = match self.attempt(url, limit, sink, progress).await {
                Err(error) if attempt < self.limits.attempts && is_passing(&error) => error,
                result => return result,
            };
            drop(failed);
            tokio::time::sleep(self.limits.pause * attempt).await;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        url: &Url,
        limit: u64,
        sink: &mut dyn Sink,
        progress: &dyn Progress,
    ) -> Result<Downloaded, DownloadError> {
        let (mut response, url) = self.open(url).await?;
        let address = shown(&url);
        let too_large = || DownloadError::TooLarge {
            url: address.clone(),
            limit,
        };
        let total = response.content_length();
        if total.is_some_and(|total| total > limit) {
            return Err(too_large());
        }
        let write = |source| DownloadError::Write {
            url: address.clone(),
            source,
        };
        sink.restart().map_err(write)?;
        let (mut hash, mut size) = (Sha256::new(), 0);
        while let Some(piece) = response.chunk().await.map_err(|e| transport(&url, e))? {
            size += piece.len() as u64;
            if size > limit {
                return Err(too_large());
            }
            hash.update(&piece);
            sink.write_all(&piece).map_err(write)?;
            progress.received(&address, size, total);
        }
        sink.flush().map_err(write)?;
        Ok(Downloaded {
            url: address,
            size,
            digest: format!("sha256:{:x}", hash.finalize()),
        })
    }

    /// Follows redirects to an answer that is a success.
    async fn open(&self, first: &Url) -> Result<(Response, Url), DownloadError> {
        let mut url = first.clone();
        for _ in 0..=MAX_REDIRECTS {
            self.check(&url)?;
            let request = self.client.get(url.clone());
            let response = request.send().await.map_err(|e| transport(&url, e))?;
            let status = response.status();
            if status.is_success() {
                return Ok((response, url));
            }
            let Some(next) = redirected(&response, &url)? else {
                return Err(DownloadError::Status {
                    url: shown(&url),
                    code: status.as_u16(),
                    reason: status.canonical_reason().unwrap_or_default().to_owned(),
                });
            };
            url = next;
        }
        Err(DownloadError::Redirects {
            url: shown(first),
            limit: MAX_REDIRECTS,
        })
    }

    /// Whether an address may be opened. Names that are looked up are checked by [`Guard`].
    fn check(&self, url: &Url) -> Result<(), DownloadError> {
        let is_asked = self.asked.contains(&origin(url));
        match url.scheme() {
            "https" => {}
            "http" if is_asked => {}
            "http" => return Err(DownloadError::Insecure { url: shown(url) }),
            scheme => {
                return Err(DownloadError::Scheme {
                    url: shown(url),
                    scheme: scheme.to_owned(),
                });
            }
        }
        if is_asked || self.allow_private {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let number: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let is_local = host == "localhost" || host.ends_with(".localhost");
        if is_local || number.is_some_and(is_private) {
            return Err(DownloadError::Private {
                url: shown(url),
                address: host.to_owned(),
            });
        }
        Ok(())
    }
}

/// Reads the address of a download.
///
/// # Errors
/// When it is none.
pub fn parse(text: &str) -> Result<Url, DownloadError> {
    let failed = |reason: &str| DownloadError::Address {
        text: escape(text),
        reason: reason.to_owned(),
    };
    let url = Url::parse(text).map_err(|error| failed(&error.to_string()))?;
    match url.scheme() {
        "https" | "http" if url.has_host() => Ok(url),
        "https" | "http" => Err(failed("it names no host")),
        scheme => Err(DownloadError::Scheme {
            scheme: scheme.to_owned(),
            url: shown(&url),
        }),
    }
}

/// An address without user name and password, escaped.
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Fails only for addresses that cannot have them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    escape(url.as_str())
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn redirected(response: &Response, url: &Url) -> Result<Option<Url>, DownloadError> {
    let is_redirect = matches!(
        response.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let location = response.headers().get(reqwest::header::LOCATION);
    let Some(location) = location.filter(|_| is_redirect) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(location.as_bytes()).into_owned();
    let failed = |reason: String| DownloadError::Address {
        text: escape(&text),
        reason,
    };
    let next = url.join(&text).map_err(|error| failed(error.to_string()))?;
    parse(next.as_str()).map(Some)
}

fn transport(url: &Url, error: reqwest::Error) -> DownloadError {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(Refused(address)) = cause.downcast_ref() {
            return DownloadError::Private {
                url: shown(url),
                address: address.to_string(),
            };
        }
        source = cause.source();
    }
    DownloadError::Transport {
        url: shown(url),
        source: error.without_url(),
    }
}

/// Whether trying again may help: a connection that broke, a server that is busy.
fn is_passing(error: &DownloadError) -> bool {
    match error {
        DownloadError::Transport { source, .. } => !source.is_connect(),
        DownloadError::Status { code, .. } => matches!(code, 429 | 502 | 503 | 504),
        _ => false,
    }
}

/// TLS with the certificates of the system. Without any, only `http` can work.
pub(crate) fn tls() -> Result<rustls::ClientConfig, DownloadError> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(DownloadError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
