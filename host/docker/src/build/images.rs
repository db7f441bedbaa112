//! Images in the engine.

use bollard::models::ImageInspect;
use bollard::query_parameters::RemoveImageOptionsBuilder;
use porter_cnab::ports::BuiltImage;

use crate::error::is_absent;
use crate::{DockerEngine, DockerError};

impl DockerEngine {
    /// The image of this name or identity, if the engine has it.
    ///
    /// # Errors
    /// When the engine cannot be asked.
    pub async fn find_image(&self, name: &str) -> Result<Option<BuiltImage>, DockerError> {
        let found = self.inspect(name).await?;
        Ok(found.and_then(|image| image.id).map(|id| BuiltImage { id }))
    }

    /// What the engine says of an image, if it has it.
    pub(crate) async fn inspect(&self, name: &str) -> Result<Option<ImageInspect>, DockerError> {
        match self.docker().inspect_image(name).await {
            Ok(image) => Ok(Some(image)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(DockerError::request(
                format!("look for the image `{name}`"),
                error,
            )),
        }
    }

    /// Removes the name from the image, and the image with its last name. One that is not there
    /// is as good as removed.
    ///
    /// # Errors
    /// When the engine refuses, because a container uses the image for example.
    pub async fn remove_image(&self, name: &str) -> Result<(), DockerError> {
        let options = RemoveImageOptionsBuilder::new().build();
        match self.docker().remove_image(name, Some(options), None).await {
            Ok(_) => Ok(()),
            Err(error) if is_absent(&error) => Ok(()),
            Err(error) => Err(DockerError::request(
                format!("remove the image `{name}`"),
                error,
            )),
        }
    }
}
