//! Manifests and indexes in a registry.

use porter_mixin::escape::escape;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Response, StatusCode};

use super::blobs::BlobSource;
use super::send::{Call, Payload, bounded};
use super::{Registry, RegistryError};
use crate::BundleReference;
use crate::document::{Document, MAX_MANIFEST, is_digest};
use crate::media::{self, ACCEPTED};

/// How a registry says which digest it gave.
const CONTENT_DIGEST: &str = "docker-content-digest";

impl Registry {
    /// The digest of a manifest or an index, when the registry has it.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub async fn find_manifest(
        &self,
        of: &BundleReference,
    ) -> Result<Option<String>, RegistryError> {
        let call = self.manifest_call(Method::HEAD, of).await?;
        let answer = self.send(&call).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => {
                let said = answer.headers().get(CONTENT_DIGEST);
                let said = said.and_then(|value| value.to_str().ok());
                match said.filter(|text| is_digest(text)) {
                    Some(digest) => Ok(Some(digest.to_owned())),
                    // Not every registry says it.
                    None => Ok(Some(self.manifest(of).await?.descriptor.digest)),
                }
            }
            _ => Err(self.refused(&call, answer).await),
        }
    }

    /// A manifest or an index, checked against the digest of the reference.
    ///
    /// # Errors
    /// When the registry does not have it, or what it sends is not that.
    pub async fn manifest(&self, of: &BundleReference) -> Result<Document, RegistryError> {
        let call = self.manifest_call(Method::GET, of).await?;
        let call = call.header("accept", ACCEPTED);
        let answer = self.send(&call).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => {
                return Err(RegistryError::NotFound {
                    what: of.to_string(),
                });
            }
            status if status.is_success() => {}
            _ => return Err(self.refused(&call, answer).await),
        }
        let media_type = content_type(&answer);
        let bytes = match bounded(answer, MAX_MANIFEST).await {
            Err(RegistryError::TooLarge { limit, .. }) => {
                let what = format!("the manifest of {of}");
                return Err(RegistryError::TooLarge { what, limit });
            }
            bytes => bytes?,
        };
        let document = Document::new(&media_type, bytes);
        match of.digest() {
            Some(expected) if expected != document.descriptor.digest => {
                Err(RegistryError::Digest {
                    expected: expected.to_owned(),
                    actual: document.descriptor.digest,
                })
            }
            _ => Ok(document),
        }
    }

    /// Writes a manifest or an index under the tag or digest of the reference.
    ///
    /// # Errors
    /// When the registry does not take it.
    pub async fn put_manifest(
        &self,
        to: &BundleReference,
        document: &Document,
    ) -> Result<(), RegistryError> {
        let source = BlobSource::Bytes(document.bytes.clone());
        let call = self.manifest_call(Method::PUT, to).await?;
        let mut call = call.header("content-type", document.descriptor.media_type.clone());
        call.payload = Payload::Part {
            source: &source,
            offset: 0,
            length: document.descriptor.size,
        };
        let answer = self.send(&call).await?;
        if !answer.status().is_success() {
            return Err(self.refused(&call, answer).await);
        }
        let said = answer.headers().get(CONTENT_DIGEST);
        let said = said.and_then(|value| value.to_str().ok());
        match said {
            Some(actual) if actual != document.descriptor.digest => Err(RegistryError::Digest {
                expected: document.descriptor.digest.clone(),
                actual: escape(actual),
            }),
            _ => Ok(()),
        }
    }

    async fn manifest_call<'a>(
        &self,
        method: Method,
        of: &'a BundleReference,
    ) -> Result<Call<'a>, RegistryError> {
        let name = of.digest().or(of.tag()).unwrap_or("latest");
        let url = self.url(of, &format!("manifests/{name}")).await?;
        let call = Call::new(method.clone(), url, of);
        Ok(match method {
            Method::HEAD => call.header("accept", ACCEPTED),
            _ => call,
        })
    }
}

/// The media type that an answer names, without parameters.
fn content_type(answer: &Response) -> String {
    let text = answer.headers().get(CONTENT_TYPE);
    let text = text.and_then(|value| value.to_str().ok()).unwrap_or("");
    let text = text.split(';').next().unwrap_or_default().trim();
    if text.is_empty() {
        return media::OCI_MANIFEST.to_owned();
    }
    text.to_owned()
}
