//! Images out of the engine: what is in them, and the stream that has it all.

use bollard::errors::Error;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

use crate::{DockerEngine, DockerError};

/// What an image is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageContent {
    /// Identity in the engine (`sha256:…`).
    pub id: String,
    /// Digests of its uncompressed layers, lowest first.
    pub layers: Vec<String>,
}

impl DockerEngine {
    /// What an image is made of, if the engine has it.
    ///
    /// # Errors
    /// When the engine cannot be asked.
    pub async fn image_content(&self, name: &str) -> Result<Option<ImageContent>, DockerError> {
        match self.docker().inspect_image(name).await {
            Ok(image) => Ok(Some(ImageContent {
                id: image.id.unwrap_or_default(),
                layers: image
                    .root_fs
                    .and_then(|root| root.layers)
                    .unwrap_or_default(),
            })),
            Err(Error::DockerResponseServerError {
                status_code: 404, ..
            }) => Ok(None),
            Err(error) => Err(DockerError::request(
                format!("look for the image `{name}`"),
                error,
            )),
        }
    }

    /// An image as a tar archive, piece by piece, as `docker save` has it.
    pub fn export<'e>(
        &'e self,
        name: &'e str,
    ) -> impl Stream<Item = Result<Bytes, DockerError>> + 'e {
        let failed = move |error| DockerError::request(format!("give the image `{name}`"), error);
        let pieces = self.docker().export_image(name);
        pieces.map(move |piece| piece.map_err(failed))
    }
}
