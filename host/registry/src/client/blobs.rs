//! Blobs in a registry: read with digest and size checked, resumed where the connection broke.

use std::io::SeekFrom;
use std::path::PathBuf;

use porter_mixin::escape::escape;
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Body, Method, StatusCode};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::send::Call;
use super::{Registry, RegistryError};
use crate::BundleReference;
use crate::document::Descriptor;
use crate::download::Sink;

/// How much of a file is in memory while it is sent.
const BUFFER: usize = 256 * 1024;

/// What is uploaded: it can be read again, from anywhere.
#[derive(Debug, Clone)]
pub enum BlobSource {
    /// Something small.
    Bytes(Vec<u8>),
    /// A file.
    File(PathBuf),
}

impl BlobSource {
    /// A part of it as the body of a request.
    pub(super) async fn part(&self, offset: u64, length: u64) -> Result<Body, RegistryError> {
        let path = match self {
            Self::Bytes(bytes) => {
                let from = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                let rest = &bytes[from..];
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                return Ok(rest[..length.min(rest.len())].to_vec().into());
            }
            Self::File(path) => path,
        };
        let failed = |source| RegistryError::File {
            what: path.display().to_string(),
            source,
        };
        let mut file = tokio::fs::File::open(path).await.map_err(failed)?;
        file.seek(SeekFrom::Start(offset)).await.map_err(failed)?;
        let part = ReaderStream::with_capacity(file.take(length), BUFFER);
        Ok(Body::wrap_stream(part))
    }
}

/// A blob that is being read.
struct Reading<'a> {
    wanted: &'a Descriptor,
    sink: &'a mut dyn Sink,
    hash: Sha256,
    received: u64,
}

impl Reading<'_> {
    fn restart(&mut self) -> Result<(), RegistryError> {
        self.hash = Sha256::new();
        self.received = 0;
        self.sink.restart().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> RegistryError {
        RegistryError::File {
            what: self.wanted.digest.clone(),
            source,
        }
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), RegistryError> {
        self.received += piece.len() as u64;
        if self.received > self.wanted.size {
            return Err(self.wrong_size());
        }
        self.hash.update(piece);
        self.sink
            .write_all(piece)
            .map_err(|source| self.failed(source))
    }

    fn wrong_size(&self) -> RegistryError {
        RegistryError::Size {
            digest: self.wanted.digest.clone(),
            expected: self.wanted.size,
            actual: self.received,
        }
    }

    fn finish(&mut self) -> Result<(), RegistryError> {
        if self.received != self.wanted.size {
            return Err(self.wrong_size());
        }
        let actual = format!("sha256:{:x}", self.hash.clone().finalize());
        if actual != self.wanted.digest {
            return Err(RegistryError::Digest {
                expected: self.wanted.digest.clone(),
                actual,
            });
        }
        self.sink.flush().map_err(|source| self.failed(source))
    }
}

impl Registry {
    /// Whether a repository has a blob.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub async fn has_blob(
        &self,
        of: &BundleReference,
        digest: &str,
    ) -> Result<bool, RegistryError> {
        let url = self.url(of, &format!("blobs/{digest}")).await?;
        let call = Call::new(Method::HEAD, url, of);
        let answer = self.send(&call).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(false),
            status if status.is_success() => Ok(true),
            _ => Err(self.refused(&call, answer).await),
        }
    }

    /// Reads a blob into `sink`, checked. A broken connection is taken up where it broke.
    ///
    /// # Errors
    /// When the registry does not have it, or what it sends is not that. The sink then holds
    /// anything.
    pub async fn read_blob(
        &self,
        of: &BundleReference,
        wanted: &Descriptor,
        sink: &mut dyn Sink,
    ) -> Result<(), RegistryError> {
        let mut reading = Reading {
            wanted,
            sink,
            hash: Sha256::new(),
            received: 0,
        };
        reading.restart()?;
        let mut attempt = 1;
        loop {
            let before = reading.received;
            match self.read_on(of, &mut reading).await {
                Err(error @ RegistryError::Transport { .. }) => {
                    if reading.received > before {
                        attempt = 1;
                    }
                    if attempt >= self.options.attempts {
                        return Err(error);
                    }
                }
                result => return result,
            }
            tokio::time::sleep(self.pause(attempt)).await;
            attempt += 1;
        }
    }

    async fn read_on(
        &self,
        of: &BundleReference,
        reading: &mut Reading<'_>,
    ) -> Result<(), RegistryError> {
        let url = self
            .url(of, &format!("blobs/{}", reading.wanted.digest))
            .await?;
        let mut call = Call::new(Method::GET, url, of);
        if reading.received > 0 {
            call = call.header("range", format!("bytes={}-", reading.received));
        }
        let mut answer = self.send(&call).await?;
        match answer.status() {
            StatusCode::PARTIAL_CONTENT if reading.received > 0 => {}
            status if status.is_success() => reading.restart()?,
            StatusCode::NOT_FOUND => {
                return Err(RegistryError::NotFound {
                    what: format!("{}@{}", of.name(), reading.wanted.digest),
                });
            }
            _ => return Err(self.refused(&call, answer).await),
        }
        let broken = |source: reqwest::Error| RegistryError::Transport {
            registry: escape(of.registry()),
            source: source.without_url(),
        };
        while let Some(piece) = answer.chunk().await.map_err(broken)? {
            reading.take(&piece)?;
        }
        reading.finish()
    }

    /// Copies a blob from one repository to another: mounted where both are in one registry, else
    /// streamed.
    ///
    /// # Errors
    /// When one of the registries fails.
    pub async fn copy_blob(
        &self,
        from: &BundleReference,
        to: &BundleReference,
        blob: &Descriptor,
    ) -> Result<bool, RegistryError> {
        if self.has_blob(to, &blob.digest).await? {
            return Ok(false);
        }
        let mut attempt = 1;
        loop {
            match self.stream_blob(from, to, blob).await {
                Err(RegistryError::Transport { .. }) if attempt < self.options.attempts => {}
                result => return result.map(|()| true),
            }
            tokio::time::sleep(self.pause(attempt)).await;
            attempt += 1;
        }
    }

    async fn stream_blob(
        &self,
        from: &BundleReference,
        to: &BundleReference,
        blob: &Descriptor,
    ) -> Result<(), RegistryError> {
        let same = (from.registry() == to.registry()).then_some(from);
        let Some(mut location) = self.begin_upload(to, &blob.digest, same).await? else {
            return Ok(());
        };
        let url = self.url(from, &format!("blobs/{}", blob.digest)).await?;
        let call = Call::new(Method::GET, url, from);
        let answer = self.send(&call).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => {
                return Err(RegistryError::NotFound {
                    what: format!("{}@{}", from.name(), blob.digest),
                });
            }
            status if status.is_success() => {}
            _ => return Err(self.refused(&call, answer).await),
        }
        location
            .query_pairs_mut()
            .append_pair("digest", &blob.digest);
        // The registry that receives it checks the digest; the length is checked on the way.
        let host = self.host(to.registry());
        let base = self.base(&host).await?;
        let scopes = [super::send::scope(to, "pull,push")];
        let mut request = self
            .client_for(base, &location)
            .put(location.clone())
            .header("content-type", "application/octet-stream")
            .header(CONTENT_LENGTH, blob.size);
        if location.origin() == base.url.origin()
            && let Some(value) = self.authorization(&host, base, &scopes).await?
        {
            request = request.header("authorization", value.expose());
        }
        let sent = request.body(Body::wrap_stream(answer.bytes_stream()));
        let sent = sent.send().await;
        let answer = sent.map_err(|source| super::send::transport(&host, source))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(self
            .refused(&Call::new(Method::PUT, location, to), answer)
            .await)
    }
}
