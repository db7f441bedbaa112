//! Runs that are canceled, dropped or abandoned.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bollard::Docker;
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{Driver, Operation, Outcome, Stream};
use porter_docker::driver::{DockerDriver, DriverOptions};

use crate::engine::{Image, Log, containers, docker};
use crate::proxy::Proxy;

/// Waits until the container says `ready`.
async fn ready(log: &Log) {
    let start = Instant::now();
    while !log.text(Stream::Stdout).contains("ready") {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "the container says nothing"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn cancel_when_ready(docker: &Docker, operation: &Operation, grace: u64) -> Outcome {
    let options = DriverOptions {
        stop_grace: Duration::from_secs(grace),
        ..Default::default()
    };
    let driver = DockerDriver::new(docker.clone(), options);
    let (log, cancel) = (Log::default(), CancellationToken::new());
    let (outcome, ()) = tokio::join!(driver.run(operation, &log, &cancel), async {
        ready(&log).await;
        cancel.cancel();
    });
    assert!(containers(docker, &operation.revision).await.is_empty());
    outcome.unwrap()
}

#[tokio::test]
async fn a_canceled_container_may_tidy_up_and_is_removed() {
    let docker = docker().await;
    let script = "trap 'mkdir /cnab/app/outputs; echo last > /cnab/app/outputs/a; exit 3' TERM; \
                  echo ready; while :; do sleep 0.05; done";
    let image = Image::new(&docker, "", script).await;
    let mut operation = image.operation();
    operation.outputs.push("/cnab/app/outputs/a".to_owned());
    let start = Instant::now();
    let outcome = cancel_when_ready(&docker, &operation, 30).await;
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "{:?}",
        start.elapsed()
    );
    assert_eq!((outcome.exit_code, outcome.canceled), (3, true));
    assert_eq!(outcome.outputs["/cnab/app/outputs/a"].expose(), b"last\n");
}

#[tokio::test]
async fn a_container_that_does_not_listen_is_killed() {
    let docker = docker().await;
    let image = Image::new(
        &docker,
        "",
        "trap '' TERM; echo ready; while :; do sleep 1; done",
    )
    .await;
    let start = Instant::now();
    let outcome = cancel_when_ready(&docker, &image.operation(), 1).await;
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "{:?}",
        start.elapsed()
    );
    assert_eq!((outcome.exit_code, outcome.canceled), (137, true));
}

#[tokio::test]
async fn a_run_canceled_before_its_start_never_starts() {
    let docker = docker().await;
    let image = Image::new(&docker, "", "echo started").await;
    let operation = image.operation();
    let (log, cancel) = (Log::default(), CancellationToken::new());
    cancel.cancel();
    let driver = DockerDriver::new(docker.clone(), DriverOptions::default());
    let outcome = driver.run(&operation, &log, &cancel).await.unwrap();
    assert!(outcome.canceled);
    assert_eq!(log.text(Stream::Stdout), "");
    assert!(containers(&docker, &operation.revision).await.is_empty());
}

/// Starts a run, and drops it when its container is up.
async fn drop_half_way(docker: &Docker, operation: &Operation, options: DriverOptions) {
    let driver = DockerDriver::new(docker.clone(), options);
    let log = Arc::new(Log::default());
    let (operation, said) = (operation.clone(), Arc::clone(&log));
    let run = tokio::spawn(async move {
        let cancel = CancellationToken::new();
        driver
            .run(&operation, said.as_ref(), &cancel)
            .await
            .map(drop)
    });
    ready(&log).await;
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn a_run_that_is_dropped_takes_its_container_along() {
    let docker = docker().await;
    let image = Image::new(&docker, "", "echo ready; sleep 300").await;
    let operation = image.operation();
    drop_half_way(&docker, &operation, DriverOptions::default()).await;
    let start = Instant::now();
    while !containers(&docker, &operation.revision).await.is_empty() {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "the container is still there"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_a_killed_client_left_is_cleaned_up_and_nothing_else() {
    let docker = docker().await;
    let image = Image::new(&docker, "", "echo ready; sleep 300").await;
    let (left, other) = (image.operation(), image.operation());
    // Like a client that is killed: nobody removes the container.
    let options = DriverOptions {
        cleanup_containers: false,
        ..Default::default()
    };
    drop_half_way(&docker, &left, options.clone()).await;
    drop_half_way(&docker, &other, options.clone()).await;
    let driver = DockerDriver::new(docker.clone(), options);
    driver.clean_up(&left.revision).await.unwrap();
    assert!(containers(&docker, &left.revision).await.is_empty());
    assert_eq!(containers(&docker, &other.revision).await.len(), 1);
    driver.clean_up(&other.revision).await.unwrap();
    driver.clean_up(&other.revision).await.unwrap();
    assert!(containers(&docker, &other.revision).await.is_empty());
}

#[tokio::test]
async fn an_engine_that_is_lost_during_the_run_is_reported_and_tidied_up_later() {
    let docker = docker().await;
    let image = Image::new(&docker, "", "echo ready; sleep 300").await;
    let operation = image.operation();
    let proxy = Proxy::start().await;
    let driver = DockerDriver::new(proxy.docker().await, DriverOptions::default());
    let (log, cancel) = (Log::default(), CancellationToken::new());
    let (outcome, ()) = tokio::join!(driver.run(&operation, &log, &cancel), async {
        ready(&log).await;
        proxy.cut();
    });
    let error = outcome.unwrap_err().to_string();
    assert!(
        error.starts_with("the Docker engine was lost during the run"),
        "{error}"
    );
    assert_eq!(containers(&docker, &operation.revision).await.len(), 1);
    let driver = DockerDriver::new(docker.clone(), DriverOptions::default());
    driver.clean_up(&operation.revision).await.unwrap();
    assert!(containers(&docker, &operation.revision).await.is_empty());
}
