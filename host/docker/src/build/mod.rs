//! Building images with the BuildKit that is in the engine.

mod cache;
mod control;
mod images;
mod progress;
mod request;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bollard_buildkit_proto::moby::buildkit::v1::{SolveRequest, SolveResponse, StatusRequest};
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{BuildProgress, Builder, BuiltImage, ImageBuild, PortError};
use tonic::Status;

pub use cache::CacheRecord;

use crate::session::{Agents, BuildSecrets, Credentials, Files, Given, Session};
use crate::{DockerEngine, DockerError};
use control::Control;
use progress::Tracker;

/// How long the last messages about a build may take after its end.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// How long the end of a connection may take to be noticed after a request on it failed.
const NOTICE: Duration = Duration::from_millis(500);

impl DockerEngine {
    /// Builds an image and leaves it in the engine under its name. A step may be told as started
    /// and finished more than once: BuildKit plans some of them, then runs them.
    ///
    /// A build that is canceled at the very moment in which a command starts may leave that command
    /// running in the engine until it ends: BuildKit does not stop what it is just starting.
    ///
    /// # Errors
    /// When a step fails, the context cannot be read, the engine goes away or the build is
    /// canceled.
    pub async fn build_image(
        &self,
        build: &ImageBuild,
        progress: &dyn BuildProgress,
        cancel: &CancellationToken,
    ) -> Result<BuiltImage, DockerError> {
        // A canceled build is dropped where it stands: its connections close with it, and that
        // stops the engine.
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(DockerError::Canceled),
            result = self.build_to_the_end(build, progress) => result,
        }
    }

    async fn build_to_the_end(
        &self,
        build: &ImageBuild,
        progress: &dyn BuildProgress,
    ) -> Result<BuiltImage, DockerError> {
        let files = Files::new(request::sources(build)?);
        let given = Given {
            files: files.clone(),
            credentials: Credentials::from_configuration(self.configuration()),
            secrets: BuildSecrets::new(build.options.secrets.clone()),
            agents: Agents::new(build.options.agents.clone()),
        };
        let key = shared_key(&build.context);
        let mut session = Session::open(self, &key, given).await?;
        let control = control::connect(self).await?;
        let id = session.id().to_owned();
        let mut tracker = Tracker::new(progress);
        let request = request::solve(build, &id);
        let solved = tokio::select! {
            solved = solve(control, request, &mut tracker) => solved,
            reason = session.ended() => {
                return Err(files.take_failure().unwrap_or(DockerError::ConnectionLost { reason }));
            }
        };
        match solved {
            Ok(response) => self.built(build, &response).await,
            Err(status) => match files.take_failure().or_else(|| tracker.failure()) {
                Some(failure) => Err(failure),
                None => Err(explain(&status, &mut session).await),
            },
        }
    }

    /// The image as the engine knows it: the answer names it by digest, so another build of the
    /// same name does not get in between.
    async fn built(
        &self,
        build: &ImageBuild,
        response: &SolveResponse,
    ) -> Result<BuiltImage, DockerError> {
        let digest = response.exporter_response.get("containerimage.digest");
        let name = digest.map_or(build.image.as_str(), String::as_str);
        self.find_image(name)
            .await?
            .ok_or_else(|| DockerError::BuildFailed {
                reason: format!("the engine has no image `{}` after the build", build.image),
            })
    }
}

/// The error of a build that no step and no file of ours is the cause of.
async fn explain(status: &Status, session: &mut Session) -> DockerError {
    let reason = status.message().to_owned();
    // What the engine answers has no source; what happened to the connection has one.
    if status.source().is_some() {
        return DockerError::ConnectionLost { reason };
    }
    match tokio::time::timeout(NOTICE, session.ended()).await {
        Ok(reason) => DockerError::ConnectionLost { reason },
        Err(_) => DockerError::BuildFailed { reason },
    }
}

/// Runs the build and follows what it says, until both have ended.
async fn solve(
    control: Control,
    request: SolveRequest,
    tracker: &mut Tracker<'_>,
) -> Result<SolveResponse, Status> {
    let reference = request.r#ref.clone();
    let mut solving = std::pin::pin!(async {
        control
            .clone()
            .solve(request)
            .await
            .map(tonic::Response::into_inner)
    });
    let mut following = std::pin::pin!(follow(control.clone(), reference, tracker));
    tokio::select! {
        solved = &mut solving => {
            // The messages are a service: without them the result stands.
            let _ = tokio::time::timeout(LAST_WORDS, following).await;
            solved
        }
        () = &mut following => solving.await,
    }
}

async fn follow(mut control: Control, reference: String, tracker: &mut Tracker<'_>) {
    let request = StatusRequest { r#ref: reference };
    match control.status(request).await {
        Ok(response) => {
            let mut messages = response.into_inner();
            while let Ok(Some(message)) = messages.message().await {
                tracker.take(message);
            }
        }
        Err(status) => tracing::debug!(%status, "the engine tells nothing of the build"),
    }
}

/// Builds of one directory share what the engine keeps of its files, so that only changes are
/// sent; those of different directories never do.
fn shared_key(context: &Path) -> String {
    use sha2::Digest;
    use std::fmt::Write;
    let path = context
        .canonicalize()
        .unwrap_or_else(|_| context.to_owned());
    let digest = sha2::Sha256::digest(path.as_os_str().as_encoded_bytes());
    digest
        .iter()
        .fold(String::from("porter-"), |mut key, byte| {
            // Writing to a string cannot fail.
            let _ = write!(key, "{byte:02x}");
            key
        })
}

#[async_trait]
impl Builder for DockerEngine {
    async fn build(
        &self,
        build: &ImageBuild,
        progress: &dyn BuildProgress,
        cancel: &CancellationToken,
    ) -> Result<BuiltImage, PortError> {
        Ok(self.build_image(build, progress, cancel).await?)
    }

    async fn image(&self, name: &str) -> Result<Option<BuiltImage>, PortError> {
        Ok(self.find_image(name).await?)
    }
}
