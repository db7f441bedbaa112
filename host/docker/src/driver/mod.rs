//! The docker driver: runs bundle images on a Docker engine, as CNAB wants it.
//!
//! One run makes these requests: the image inspected, the container created, a look at each folder
//! that may be missing, the files uploaded, the output attached, the start, the wait (while the
//! output flows), the outputs fetched, the removal. Nothing of a run is written to the host's
//! disk by this side, and the container is removed whatever happens.

mod container;
mod contents;
mod error;
mod image;
mod inject;
mod options;
mod outputs;
mod removal;
mod trust;
mod watch;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bollard::Docker;
use bollard::errors::Error as EngineError;
use bollard::query_parameters::{
    CreateContainerOptions, DownloadFromContainerOptions, ListContainersOptions,
    StartContainerOptions,
};
use bytes::Bytes;
use futures_util::Stream;
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{Driver, LogSink, Operation, Outcome, PortError};

pub use error::DriverError;
pub use options::{DriverOptions, HostAccess, HostMount, RegistryCredentials};

use image::RunImage;
use removal::Removal;

/// Exit code of a run that was canceled before its container started: that of an interrupt.
const NEVER_STARTED: i64 = 130;

/// Runs bundle images on a Docker engine.
#[derive(Debug, Clone)]
pub struct DockerDriver {
    docker: Docker,
    options: DriverOptions,
}

impl DockerDriver {
    /// A driver for this engine.
    pub fn new(docker: Docker, options: DriverOptions) -> Self {
        // Stopping a container is one request that lasts as long as the container takes.
        let timeout = docker
            .timeout()
            .max(options.stop_grace + Duration::from_secs(60));
        Self {
            docker: docker.with_timeout(timeout),
            options,
        }
    }

    async fn execute(
        &self,
        operation: &Operation,
        log: &dyn LogSink,
        cancel: &CancellationToken,
    ) -> Result<Outcome, DriverError> {
        inject::check_paths(&operation.files)?;
        let clock = Instant::now();
        let image = tokio::select! {
            found = image::find(&self.docker, operation, &self.options) => found?,
            // A pull may take long; nothing of this run is there yet.
            () = cancel.cancelled() => return Ok(canceled_early()),
        };
        let container = self.create(operation, &image).await?;
        let removal = Removal::of(&self.docker, &container, self.options.cleanup_containers);
        tracing::debug!(elapsed = ?clock.elapsed(), "container created");
        let result = self
            .run_container(&container, operation, &image, log, cancel)
            .await;
        tracing::debug!(elapsed = ?clock.elapsed(), "container ended");
        removal.finish().await;
        tracing::debug!(elapsed = ?clock.elapsed(), "container removed");
        result
    }

    async fn create(&self, operation: &Operation, image: &RunImage) -> Result<String, DriverError> {
        let body = container::describe(operation, &image.id, &self.options)?;
        let created = self
            .docker
            .create_container(None::<CreateContainerOptions>, body)
            .await
            .map_err(|source| DriverError::Create {
                image: operation.image.clone(),
                source,
            })?;
        Ok(created.id)
    }

    async fn run_container(
        &self,
        container: &str,
        operation: &Operation,
        image: &RunImage,
        log: &dyn LogSink,
        cancel: &CancellationToken,
    ) -> Result<Outcome, DriverError> {
        inject::inject(&self.docker, container, &operation.files, image.owner).await?;
        if let Some(trusted) = &operation.trusted {
            trust::check(&self.docker, container, trusted).await?;
        }
        let output = watch::attach(&self.docker, container).await?;
        if cancel.is_cancelled() {
            return Ok(canceled_early());
        }
        self.docker
            .start_container(container, None::<StartContainerOptions>)
            .await
            .map_err(|source| DriverError::Start {
                image: operation.image.clone(),
                source,
            })?;
        let grace = self.options.stop_grace;
        let ending = watch::follow(&self.docker, container, output, grace, log, cancel).await?;
        let collected = outputs::collect(&self.docker, container, &operation.outputs).await;
        Ok(Outcome {
            exit_code: ending.exit_code,
            canceled: ending.canceled,
            output_error: collected.error(),
            outputs: collected.outputs,
        })
    }

    async fn remove_leftovers(&self, revision: &str) -> Result<(), DriverError> {
        let failed = |source| DriverError::CleanUp {
            revision: revision.to_owned(),
            source,
        };
        let label = format!("{}={revision}", container::REVISION);
        let options = ListContainersOptions {
            all: true,
            filters: Some(HashMap::from([("label".to_owned(), vec![label])])),
            ..Default::default()
        };
        let found = self
            .docker
            .list_containers(Some(options))
            .await
            .map_err(failed)?;
        for container in found.into_iter().filter_map(|container| container.id) {
            removal::remove(&self.docker, &container)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }
}

/// The archive of a file or folder of a container that does not run.
fn archive_of(
    docker: &Docker,
    container: &str,
    path: &str,
) -> impl Stream<Item = Result<Bytes, EngineError>> + Unpin {
    let options = DownloadFromContainerOptions {
        path: path.to_owned(),
    };
    Box::pin(docker.download_from_container(container, Some(options)))
}

fn canceled_early() -> Outcome {
    Outcome {
        exit_code: NEVER_STARTED,
        canceled: true,
        outputs: std::collections::BTreeMap::new(),
        output_error: None,
    }
}

#[async_trait]
impl Driver for DockerDriver {
    async fn run(
        &self,
        operation: &Operation,
        log: &dyn LogSink,
        cancel: &CancellationToken,
    ) -> Result<Outcome, PortError> {
        Ok(self.execute(operation, log, cancel).await?)
    }

    async fn clean_up(&self, revision: &str) -> Result<(), PortError> {
        Ok(self.remove_leftovers(revision).await?)
    }
}
