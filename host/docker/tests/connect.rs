//! Engines that are not there, are too old, or go away.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{BASE, MARK, Site};
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::BuildEvent;
use porter_docker::connect::EngineSettings;
use porter_docker::{DockerEngine, DockerError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener, UnixStream};

fn at(path: &Path) -> EngineSettings {
    EngineSettings {
        host: Some(format!("unix://{}", path.display())),
        ..Default::default()
    }
}

#[tokio::test]
async fn without_an_engine_the_error_says_what_was_tried() {
    let error = DockerEngine::connect_with(&at(Path::new("/nonexistent.sock")))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "no Docker engine answers: DOCKER_HOST (unix:///nonexistent.sock): No such file or \
         directory (os error 2)"
    );
    assert!(error.hint().unwrap().contains("cargo xtask engine up"));
}

/// Answers every request with this text.
fn fake(path: PathBuf, answer: &'static str) {
    let listener = UnixListener::bind(path).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
}

#[tokio::test]
async fn an_old_engine_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sock");
    fake(
        path.clone(),
        "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\r\n\
         Content-Length: 2\r\n\r\nOK",
    );
    let error = DockerEngine::connect_with(&at(&path)).await.unwrap_err();
    assert!(matches!(error, DockerError::TooOld { .. }), "{error:?}");
    let message = error.to_string();
    assert!(
        message.ends_with("is too old: its API is 1.41, 1.42 (Docker 23) is needed"),
        "{message}"
    );
}

#[tokio::test]
async fn something_else_than_an_engine() {
    let folder = tempfile::tempdir().unwrap();
    for (name, answer) in [
        ("a", "SSH-2.0-OpenSSH\r\n"),
        ("b", ""),
        ("c", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    ] {
        let path = folder.path().join(name);
        fake(path.clone(), answer);
        let error = DockerEngine::connect_with(&at(&path)).await.unwrap_err();
        assert!(matches!(error, DockerError::NoEngine { .. }), "{error:?}");
    }
}

/// What becomes of the connections that a proxy passes on.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// They are closed, as by an engine that is killed.
    Broken,
    /// They stay open and nothing comes through, as when the engine's machine vanishes.
    Silent,
}

/// Passes connections on to the engine until the fault is wanted.
fn proxy(path: &Path, engine: &str, fault: Fault) -> CancellationToken {
    let wanted = CancellationToken::new();
    let listener = UnixListener::bind(path).unwrap();
    let (engine, stop) = (engine.to_owned(), wanted.clone());
    tokio::spawn(async move {
        loop {
            let mut client = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => accepted.unwrap().0,
            };
            let (engine, stop) = (engine.clone(), stop.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    result = pass(&mut client, &engine) => { let _ = result; }
                }
                if fault == Fault::Silent {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    wanted
}

async fn pass(client: &mut UnixStream, engine: &str) -> io::Result<()> {
    if let Some(path) = engine.strip_prefix("unix://") {
        let mut server = UnixStream::connect(path).await?;
        tokio::io::copy_bidirectional(client, &mut server).await?;
    } else if let Some(address) = engine.strip_prefix("tcp://") {
        let mut server = TcpStream::connect(address).await?;
        tokio::io::copy_bidirectional(client, &mut server).await?;
    }
    Ok(())
}

/// Builds over a connection that fails while a command runs; gives the time until the error.
async fn build_with(fault: Fault) -> Duration {
    let site = Site::new().await;
    let path = site.folder.path().join("proxy.sock");
    let wanted = proxy(&path, site.engine.host(), fault);
    let engine = DockerEngine::connect_with(&at(&path)).await.unwrap();
    let dockerfile = format!(
        "FROM {BASE}\nRUN : {MARK} {}; echo begun; sleep 300\n",
        site.name
    );
    let build = site.request(&dockerfile);
    let breaker = tokio::spawn({
        let events = site.events.clone();
        async move {
            while !events.any(|event| matches!(event, BuildEvent::Log { .. })) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            wanted.cancel();
            Instant::now()
        }
    });
    let result = engine
        .build_image(&build, &*site.events, &CancellationToken::new())
        .await;
    assert!(
        matches!(result, Err(DockerError::ConnectionLost { .. })),
        "{result:?}"
    );
    breaker.await.unwrap().elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_goes_away_ends_the_build() {
    let taken = build_with(Fault::Broken).await;
    assert!(taken < Duration::from_secs(5), "{taken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_falls_silent_ends_the_build() {
    let taken = build_with(Fault::Silent).await;
    assert!(taken < Duration::from_secs(40), "{taken:?}");
}
