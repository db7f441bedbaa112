//! A way to the engine that can be cut, as if the engine had died.

use std::path::PathBuf;

use bollard::Docker;
use porter_cnab::cancel::CancellationToken;
use porter_docker::DockerEngine;
use porter_docker::connect::EngineSettings;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpStream, UnixListener, UnixStream};

/// Listens on a socket of its own and passes everything on.
pub(crate) struct Proxy {
    folder: tempfile::TempDir,
    cut: CancellationToken,
}

impl Proxy {
    /// In front of the engine of the tests.
    pub(crate) async fn start() -> Self {
        let engine = DockerEngine::connect().await.unwrap();
        let host = engine.host().to_owned();
        let folder = tempfile::tempdir().unwrap();
        let proxy = Self {
            folder,
            cut: CancellationToken::new(),
        };
        let listener = UnixListener::bind(proxy.socket()).unwrap();
        let cut = proxy.cut.clone();
        tokio::spawn(async move {
            while let Some(Ok((client, _))) = cut.run_until_cancelled(listener.accept()).await {
                let (cut, host) = (cut.clone(), host.clone());
                tokio::spawn(async move { cut.run_until_cancelled(pass(client, &host)).await });
            }
        });
        proxy
    }

    /// The engine behind the proxy.
    pub(crate) async fn docker(&self) -> Docker {
        let settings = EngineSettings {
            host: Some(format!("unix://{}", self.socket().display())),
            ..Default::default()
        };
        let engine = DockerEngine::connect_with(&settings).await.unwrap();
        engine.docker().clone()
    }

    /// Closes every connection and accepts no more.
    pub(crate) fn cut(&self) {
        self.cut.cancel();
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("docker.sock")
    }
}

async fn pass(client: UnixStream, host: &str) {
    if let Some(path) = host.strip_prefix("unix://") {
        both_ways(client, UnixStream::connect(path).await.unwrap()).await;
    } else if let Some(address) = host.strip_prefix("tcp://") {
        both_ways(client, TcpStream::connect(address).await.unwrap()).await;
    } else {
        panic!("the test cannot stand between porter and an engine at {host}");
    }
}

async fn both_ways(mut client: UnixStream, mut engine: impl AsyncRead + AsyncWrite + Unpin) {
    // The end of either side is the end of both, whatever the reason.
    let _ = copy_bidirectional(&mut client, &mut engine).await;
}
