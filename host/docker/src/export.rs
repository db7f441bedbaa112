//! Images out of the engine: what is in them, and the stream that has it all.

use tokio::task::JoinError;

use crate::archive::{self, ChunkReader};
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
        let found = self.inspect(name).await?;
        Ok(found.map(|image| ImageContent {
            id: image.id.unwrap_or_default(),
            layers: image
                .root_fs
                .and_then(|root| root.layers)
                .unwrap_or_default(),
        }))
    }

    /// Gives an image as a tar archive, as `docker save` has it, to `take`, on a thread where it may
    /// block. The inner result says when that thread could not end.
    ///
    /// # Errors
    /// When the engine does not give all of it.
    pub async fn export<T: Send + 'static>(
        &self,
        name: &str,
        take: impl FnOnce(ChunkReader) -> T + Send + 'static,
    ) -> Result<Result<T, JoinError>, DockerError> {
        let archive = Box::pin(self.docker().export_image(name));
        let (taken, failure) = archive::read(archive, take).await;
        match failure {
            Some(error) => Err(DockerError::request(
                format!("give the image `{name}`"),
                error,
            )),
            None => Ok(taken),
        }
    }
}
