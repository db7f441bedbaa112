//! Uploads of blobs: in parts, and taken up where they broke off.

use porter_mixin::escape::escape;
use reqwest::header::RANGE;
use reqwest::{Method, Response, StatusCode, Url};

use super::blobs::BlobSource;
use super::send::{Call, Payload, is_passing, scope};
use super::{Registry, RegistryError};
use crate::BundleReference;
use crate::document::Descriptor;

/// Largest blob that is sent in one request, and size of the parts of larger ones.
const PART: u64 = 32 * 1024 * 1024;

impl Registry {
    /// Uploads a blob, unless the repository has it. Says whether it was sent.
    ///
    /// # Errors
    /// When the registry does not take it.
    pub async fn push_blob(
        &self,
        to: &BundleReference,
        blob: &Descriptor,
        source: &BlobSource,
    ) -> Result<bool, RegistryError> {
        if self.has_blob(to, &blob.digest).await? {
            return Ok(false);
        }
        let mut attempt = 1;
        loop {
            match self.upload(to, blob, source).await {
                // A session that a registry forgot, when it was started again for example.
                Err(RegistryError::Status {
                    code: 404 | 416, ..
                }) if attempt < self.options.attempts => {}
                Err(RegistryError::Transport { .. }) if attempt < self.options.attempts => {}
                result => return result.map(|()| true),
            }
            tokio::time::sleep(self.pause(attempt)).await;
            attempt += 1;
        }
    }

    async fn upload(
        &self,
        to: &BundleReference,
        blob: &Descriptor,
        source: &BlobSource,
    ) -> Result<(), RegistryError> {
        let Some(mut location) = self.begin_upload(to, &blob.digest, None).await? else {
            return Ok(());
        };
        let (mut sent, mut stalled) = (0, 0);
        while blob.size - sent > PART {
            let before = sent;
            (location, sent) = self.send_part(to, blob, source, location, sent).await?;
            stalled = if sent > before { 0 } else { stalled + 1 };
            if stalled >= self.options.attempts {
                return Err(RegistryError::Protocol {
                    registry: escape(to.registry()),
                    what: format!("the upload of {} does not go on", blob.digest),
                });
            }
            if stalled > 0 {
                tokio::time::sleep(self.pause(stalled)).await;
            }
        }
        location
            .query_pairs_mut()
            .append_pair("digest", &blob.digest);
        let call = Call::new(Method::PUT, location, to);
        let mut call = call.header("content-type", "application/octet-stream");
        call.payload = Payload::Part {
            source,
            offset: sent,
            length: blob.size - sent,
        };
        if sent > 0 {
            let last = blob.size.saturating_sub(1);
            call = call.header("content-range", format!("{sent}-{last}"));
        }
        let answer = self.once(&call).await?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(self.refused(&call, answer).await)
    }

    /// Sends one part, and says where to go on. After a failure the registry is asked how much of
    /// it came.
    async fn send_part(
        &self,
        to: &BundleReference,
        blob: &Descriptor,
        source: &BlobSource,
        location: Url,
        sent: u64,
    ) -> Result<(Url, u64), RegistryError> {
        let length = PART.min(blob.size - sent);
        let call = Call::new(Method::PATCH, location.clone(), to);
        let mut call = call
            .header("content-type", "application/octet-stream")
            .header("content-range", format!("{sent}-{}", sent + length - 1));
        call.payload = Payload::Part {
            source,
            offset: sent,
            length,
        };
        match self.once(&call).await {
            Ok(answer) if answer.status() == StatusCode::ACCEPTED => {
                let next = self.next_location(to, &answer, &location).await?;
                Ok((next, sent + length))
            }
            Ok(answer) if !is_passing(answer.status()) => Err(self.refused(&call, answer).await),
            Err(error) if !matches!(error, RegistryError::Transport { .. }) => Err(error),
            _ => self.resume(to, blob, location).await,
        }
    }

    async fn resume(
        &self,
        to: &BundleReference,
        blob: &Descriptor,
        location: Url,
    ) -> Result<(Url, u64), RegistryError> {
        let mut call = Call::new(Method::GET, location.clone(), to);
        call.scopes = vec![scope(to, "pull,push")];
        let answer = self.send(&call).await?;
        if answer.status() != StatusCode::NO_CONTENT {
            return Err(self.refused(&call, answer).await);
        }
        let range = answer.headers().get(RANGE);
        let range = range.and_then(|value| value.to_str().ok());
        let last = range.and_then(|text| text.rsplit('-').next()?.parse::<u64>().ok());
        // `0-0` stands for nothing as well as for one byte.
        let sent = last.filter(|last| *last > 0).map_or(0, |last| last + 1);
        if sent > blob.size {
            return Err(RegistryError::Size {
                digest: blob.digest.clone(),
                expected: blob.size,
                actual: sent,
            });
        }
        let next = self.next_location(to, &answer, &location).await?;
        Ok((next, sent))
    }

    /// Begins an upload, and says where it goes on; nothing is to be sent where the blob could be
    /// mounted from a repository beside.
    pub(super) async fn begin_upload(
        &self,
        to: &BundleReference,
        digest: &str,
        from: Option<&BundleReference>,
    ) -> Result<Option<Url>, RegistryError> {
        let mut url = self.url(to, "blobs/uploads/").await?;
        let mut scopes = vec![scope(to, "pull,push")];
        if let Some(from) = from {
            url.query_pairs_mut()
                .append_pair("mount", digest)
                .append_pair("from", from.repository());
            if from.repository() != to.repository() {
                scopes.push(scope(from, "pull"));
            }
        }
        let mut call = Call::new(Method::POST, url, to);
        call.scopes = scopes;
        let answer = self.send(&call).await?;
        match answer.status() {
            StatusCode::CREATED => Ok(None),
            StatusCode::ACCEPTED => {
                let location = self.next_location(to, &answer, &call.url).await?;
                Ok(Some(location))
            }
            _ => Err(self.refused(&call, answer).await),
        }
    }

    async fn next_location(
        &self,
        to: &BundleReference,
        answer: &Response,
        from: &Url,
    ) -> Result<Url, RegistryError> {
        let host = self.host(to.registry());
        let base = self.base(&host).await?;
        self.location(answer, from, base)
    }
}
