//! The removal of a container, which has to happen however a run ends.

use bollard::Docker;
use bollard::errors::Error as EngineError;
use bollard::query_parameters::RemoveContainerOptions;

use crate::error::is_absent;

/// Removes its container when dropped, unless that was done before: a run may be dropped half-way
/// like every future.
#[derive(Debug)]
pub(super) struct Removal {
    docker: Docker,
    container: String,
    armed: bool,
}

impl Removal {
    /// Watches over `container`, if it is to be removed at all.
    pub(super) fn of(docker: &Docker, container: &str, wanted: bool) -> Self {
        Self {
            docker: docker.clone(),
            container: container.to_owned(),
            armed: wanted,
        }
    }

    /// Removes the container now. A failure is only logged: the run itself has its result, and
    /// the label on the container lets a later command find it.
    pub(super) async fn finish(mut self) {
        if !self.armed {
            return;
        }
        let result = remove(&self.docker, &self.container).await;
        self.armed = false;
        if let Err(error) = result {
            tracing::warn!("container `{}` cannot be removed: {error}", self.container);
        }
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if self.armed {
            let (docker, container) = (self.docker.clone(), std::mem::take(&mut self.container));
            runtime.spawn(async move {
                if let Err(error) = remove(&docker, &container).await {
                    tracing::warn!("container `{container}` cannot be removed: {error}");
                }
            });
        }
    }
}

/// Kills and removes a container with its anonymous volumes. One that is gone, or about to go, is
/// no failure.
pub(super) async fn remove(docker: &Docker, container: &str) -> Result<(), EngineError> {
    let options = RemoveContainerOptions {
        force: true,
        v: true,
        ..Default::default()
    };
    match docker.remove_container(container, Some(options)).await {
        Err(error) if is_absent(&error) || is_under_way(&error) => Ok(()),
        other => other,
    }
}

const fn is_under_way(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::DockerResponseServerError {
            status_code: 409,
            ..
        }
    )
}
