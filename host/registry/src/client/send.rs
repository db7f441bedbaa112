//! Requests: authorised, redirected with care, and sent again where that may help.

use std::error::Error as _;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

use porter_mixin::escape::escape;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, LOCATION, RETRY_AFTER};
use reqwest::{Body, Client, Method, Response, StatusCode, Url};
use serde_json::Value;

use super::blobs::BlobSource;
use super::challenge::challenge;
use super::host::{Base, Host};
use super::{Registry, RegistryError};
use crate::BundleReference;
use crate::download;

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;
/// Most of an error that is read, and shown.
const MAX_DETAIL: u64 = 64 * 1024;
/// Longest wait that a registry may ask for.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// One request.
pub(super) struct Call<'a> {
    /// Method.
    pub(super) method: Method,
    /// Where to, from [`Registry::url`] or from a registry.
    pub(super) url: Url,
    /// What it is about.
    pub(super) of: &'a BundleReference,
    /// What a token must allow.
    pub(super) scopes: Vec<String>,
    /// Further headers.
    pub(super) headers: Vec<(&'static str, String)>,
    /// What is sent along.
    pub(super) payload: Payload<'a>,
}

/// What is sent along.
pub(super) enum Payload<'a> {
    /// Nothing.
    Empty,
    /// A part of a blob, which can be sent again.
    Part {
        /// The blob.
        source: &'a BlobSource,
        /// Where the part begins.
        offset: u64,
        /// How long it is.
        length: u64,
    },
}

impl<'a> Call<'a> {
    pub(super) fn new(method: Method, url: Url, of: &'a BundleReference) -> Self {
        let rights = match method {
            Method::GET | Method::HEAD => "pull",
            _ => "pull,push",
        };
        Self {
            method,
            url,
            of,
            scopes: vec![scope(of, rights)],
            headers: Vec::new(),
            payload: Payload::Empty,
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What a token allows.
pub(super) fn scope(of: &BundleReference, rights: &str) -> String {
    format!("repository:{}:{rights}", of.repository())
}

impl Registry {
    /// The address of something in a repository.
    pub(super) async fn url(&self, of: &BundleReference, rest: &str) -> Result<Url, RegistryError> {
        let host = self.host(of.registry());
        let base = self.base(&host).await?;
        let path = format!("{}/{rest}", of.repository());
        base.url
            .join(&path)
            .map_err(|error| RegistryError::Protocol {
                registry: escape(&host.name),
                what: error.to_string(),
            })
    }

    /// Sends a request until there is an answer that says something about it.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Response, RegistryError> {
        let mut attempt = 1;
        loop {
            let result = self.once(call).await;
            let wait = match &result {
                Err(RegistryError::Transport { .. }) => self.pause(attempt),
                Ok(answer) if is_passing(answer.status()) => {
                    asked_wait(answer).unwrap_or_else(|| self.pause(attempt))
                }
                _ => return result,
            };
            if attempt >= self.options.attempts {
                return result;
            }
            attempt += 1;
            tokio::time::sleep(wait).await;
        }
    }

    /// How long to wait after an attempt: twice as long after each, and never quite the same.
    pub(super) fn pause(&self, attempt: u32) -> Duration {
        let pause = self.options.pause * 2u32.saturating_pow(attempt.saturating_sub(1).min(6));
        let random = std::hash::RandomState::new().build_hasher().finish() % 512;
        pause.mul_f64(0.75 + random as f64 / 1024.0)
    }

    /// Sends a request once; where the registry wants to see who is there, a second time.
    pub(super) async fn once(&self, call: &Call<'_>) -> Result<Response, RegistryError> {
        let host = self.host(call.of.registry());
        let base = self.base(&host).await?;
        let answer = self.redirected(call, &host, base).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return self.allowed(call, answer).await;
        }
        host.set_token(&call.scopes.join(" "), None);
        let Some(challenge) = challenge(answer.headers()) else {
            return Err(denied(call, answer).await);
        };
        host.set_challenge(challenge);
        drop(answer);
        let answer = self.redirected(call, &host, base).await?;
        self.allowed(call, answer).await
    }

    async fn allowed(&self, call: &Call<'_>, answer: Response) -> Result<Response, RegistryError> {
        match answer.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(denied(call, answer).await),
            _ => Ok(answer),
        }
    }

    /// Follows the redirects of a request that only reads. Credentials stay with the registry.
    async fn redirected(
        &self,
        call: &Call<'_>,
        host: &Host,
        base: &Base,
    ) -> Result<Response, RegistryError> {
        let reads = [Method::GET, Method::HEAD].contains(&call.method);
        let mut url = call.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.one(call, &url, host, base).await?;
            if !reads || !answer.status().is_redirection() {
                return Ok(answer);
            }
            url = self.location(&answer, &url, base)?;
        }
        Err(RegistryError::Protocol {
            registry: escape(&host.name),
            what: format!("it redirects more than {MAX_REDIRECTS} times"),
        })
    }

    async fn one(
        &self,
        call: &Call<'_>,
        url: &Url,
        host: &Host,
        base: &Base,
    ) -> Result<Response, RegistryError> {
        let client = self.client_for(base, url);
        let mut request = client.request(call.method.clone(), url.clone());
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        if url.origin() == base.url.origin()
            && let Some(value) = self.authorization(host, base, &call.scopes).await?
        {
            request = request.header(AUTHORIZATION, value.expose());
        }
        request = match &call.payload {
            Payload::Empty if call.method == Method::POST => request.header(CONTENT_LENGTH, 0),
            Payload::Empty => request,
            Payload::Part {
                source,
                offset,
                length,
            } => {
                let body: Body = source.part(*offset, *length).await?;
                request.header(CONTENT_LENGTH, *length).body(body)
            }
        };
        request
            .send()
            .await
            .map_err(|source| transport(host, source))
    }

    /// Where an answer sends us. Nothing goes on without TLS where the registry has it.
    pub(super) fn location(
        &self,
        answer: &Response,
        from: &Url,
        base: &Base,
    ) -> Result<Url, RegistryError> {
        let registry = || escape(base.url.authority());
        let text = answer.headers().get(LOCATION);
        let text = text.ok_or_else(|| RegistryError::Protocol {
            registry: registry(),
            what: "it does not say where to go on".to_owned(),
        })?;
        let text = String::from_utf8_lossy(text.as_bytes()).into_owned();
        let next = from.join(&text).map_err(|error| RegistryError::Protocol {
            registry: registry(),
            what: format!("it sends us to `{}`: {error}", escape(&text)),
        })?;
        let next = download::parse(next.as_str())?;
        let is_own = next.origin() == base.url.origin();
        let is_downgrade = next.scheme() != "https" && base.url.scheme() == "https";
        if is_downgrade {
            return Err(download::DownloadError::Insecure {
                url: download::shown(&next),
            }
            .into());
        }
        let host = next.host_str().unwrap_or_default().trim_end_matches('.');
        let number: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let is_local = host == "localhost" || host.ends_with(".localhost");
        if !is_own && !base.is_private && (is_local || number.is_some_and(download::is_private)) {
            return Err(download::DownloadError::Private {
                url: download::shown(&next),
                address: host.to_owned(),
            }
            .into());
        }
        Ok(next)
    }

    /// The client for an address: what the user did not name must be public, unless the registry
    /// itself is not.
    pub(super) fn client_for(&self, base: &Base, url: &Url) -> &Client {
        if base.is_private || url.host_str() == base.url.host_str() {
            &self.open
        } else {
            &self.guarded
        }
    }

    /// The error for an answer that is no success.
    pub(super) async fn refused(&self, call: &Call<'_>, answer: Response) -> RegistryError {
        RegistryError::Status {
            registry: escape(call.of.registry()),
            method: call.method.to_string(),
            path: escape(call.url.path()),
            code: answer.status().as_u16(),
            detail: detail(answer).await,
        }
    }
}

async fn denied(call: &Call<'_>, answer: Response) -> RegistryError {
    RegistryError::Denied {
        registry: escape(call.of.registry()),
        repository: escape(call.of.repository()),
        detail: detail(answer).await,
    }
}

pub(super) fn transport(host: &Host, source: reqwest::Error) -> RegistryError {
    RegistryError::Transport {
        registry: escape(&host.name),
        source: source.without_url(),
    }
}

/// What a registry says of a failure: the first error of its list, else nothing.
pub(super) async fn detail(answer: Response) -> String {
    let bytes = bounded(answer, MAX_DETAIL).await.unwrap_or_default();
    let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let text = |name: &str| {
        let pointer = format!("/errors/0/{name}");
        document.pointer(&pointer).and_then(Value::as_str)
    };
    let said: Vec<&str> = [text("code"), text("message")]
        .into_iter()
        .flatten()
        .collect();
    if said.is_empty() {
        return String::new();
    }
    let said: String = said.join(": ").chars().take(500).collect();
    format!(": {}", escape(&said))
}

/// The body of an answer, which must be small.
pub(super) async fn bounded(mut answer: Response, limit: u64) -> Result<Vec<u8>, RegistryError> {
    let registry = answer.url().authority().to_owned();
    let mut bytes = Vec::new();
    loop {
        let piece = answer
            .chunk()
            .await
            .map_err(|source| RegistryError::Transport {
                registry: escape(&registry),
                source: source.without_url(),
            })?;
        let Some(piece) = piece else {
            return Ok(bytes);
        };
        if (bytes.len() + piece.len()) as u64 > limit {
            return Err(RegistryError::TooLarge {
                what: "the answer".to_owned(),
                limit,
            });
        }
        bytes.extend_from_slice(&piece);
    }
}

/// An error and its causes on one line.
pub(super) fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    escape(&text)
}

/// Whether trying again may help.
pub(super) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

fn asked_wait(answer: &Response) -> Option<Duration> {
    let text = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let seconds: u64 = text.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_WAIT))
}
