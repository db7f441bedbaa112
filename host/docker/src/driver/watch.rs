//! One container from start to end: its output streamed, its exit code, its stop on cancellation.

use std::pin::Pin;
use std::time::Duration;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error as EngineError;
use bollard::models::ContainerWaitResponse;
use bollard::query_parameters::{
    AttachContainerOptions, KillContainerOptions, StopContainerOptions, WaitContainerOptions,
};
use futures_util::future::OptionFuture;
use futures_util::{Stream, StreamExt};
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{LogSink, Stream as Channel};
use tokio::time::{Instant, sleep_until};

use super::error::DriverError;

/// How long output may still come after the container has ended.
const DRAIN: Duration = Duration::from_secs(10);

/// How a container ended.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) exit_code: i64,
    pub(super) canceled: bool,
}

/// The output of an attached container.
pub(super) type Output = Pin<Box<dyn Stream<Item = Result<LogOutput, EngineError>> + Send>>;

/// Attaches to both streams of a container that has not started, so that no byte is missed.
pub(super) async fn attach(docker: &Docker, container: &str) -> Result<Output, DriverError> {
    let options = AttachContainerOptions {
        stream: true,
        stdout: true,
        stderr: true,
        ..Default::default()
    };
    let attached = docker
        .attach_container(container, Some(options))
        .await
        .map_err(DriverError::Attach)?;
    Ok(attached.output)
}

/// Follows a started container to its end and to the end of its output.
pub(super) async fn follow(
    docker: &Docker,
    container: &str,
    mut output: Output,
    grace: Duration,
    log: &dyn LogSink,
    cancel: &CancellationToken,
) -> Result<Ending, DriverError> {
    let mut wait = docker.wait_container(container, None::<WaitContainerOptions>);
    let mut flowing = true;
    let mut canceled = false;
    let mut exit_code = None;
    let mut stopping = OptionFuture::default();
    let mut end_of_drain = Instant::now();
    loop {
        tokio::select! {
            piece = output.next(), if flowing => flowing = forward(piece, log),
            ended = wait.next(), if exit_code.is_none() => {
                exit_code = Some(code(ended)?);
                end_of_drain = Instant::now() + DRAIN;
            }
            () = cancel.cancelled(), if !canceled && exit_code.is_none() => {
                canceled = true;
                stopping = Some(Box::pin(stop(docker, container, grace))).into();
            }
            Some(()) = &mut stopping, if canceled => stopping = None.into(),
            () = sleep_until(end_of_drain), if exit_code.is_some() => flowing = false,
        }
        if let Some(exit_code) = exit_code.filter(|_| !flowing) {
            return Ok(Ending {
                exit_code,
                canceled,
            });
        }
    }
}

/// Hands on a piece of output. False at the end of the stream.
fn forward(piece: Option<Result<LogOutput, EngineError>>, log: &dyn LogSink) -> bool {
    match piece {
        Some(Ok(LogOutput::StdErr { message })) => log.write(Channel::Stderr, &message),
        Some(Ok(piece)) => log.write(Channel::Stdout, &piece.into_bytes()),
        Some(Err(error)) => {
            tracing::warn!("the output of the container is cut off: {error}");
            return false;
        }
        None => return false,
    }
    true
}

fn code(ended: Option<Result<ContainerWaitResponse, EngineError>>) -> Result<i64, DriverError> {
    match ended {
        Some(Ok(response)) => Ok(response.status_code),
        // The client library makes an error of every exit code but 0.
        Some(Err(EngineError::DockerContainerWaitError { code, .. })) => Ok(code),
        Some(Err(error)) => Err(DriverError::Lost(Some(error))),
        None => Err(DriverError::Lost(None)),
    }
}

/// Asks the container to end; the engine kills it when the time is up. Its end is seen by the one
/// who waits for it.
async fn stop(docker: &Docker, container: &str, grace: Duration) {
    let options = StopContainerOptions {
        t: grace.as_secs().try_into().ok(),
        ..Default::default()
    };
    if let Err(error) = docker.stop_container(container, Some(options)).await {
        tracing::warn!("the container cannot be stopped, so it is killed: {error}");
        let killed = docker.kill_container(container, None::<KillContainerOptions>);
        if let Err(error) = killed.await {
            tracing::warn!("the container cannot be killed: {error}");
        }
    }
}
