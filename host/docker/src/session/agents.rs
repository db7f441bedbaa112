//! The service through which BuildKit reaches the SSH agents of `RUN --mount=type=ssh`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use bollard_buildkit_proto::moby::sshforward::v1::ssh_server::Ssh;
use bollard_buildkit_proto::moby::sshforward::v1::{
    BytesMessage, CheckAgentRequest, CheckAgentResponse,
};
use futures_util::Stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tonic::{Request, Response, Status, Streaming};

/// The agent that is meant when none is named.
const DEFAULT: &str = "default";
/// How BuildKit says in a call which agent it means.
const ID_HEADER: &str = "buildkit.ssh.id";
/// Size of a piece, and how many may wait.
const PIECE: usize = 32 << 10;
const WAITING: usize = 4;

/// The sockets of the agents that a build may reach, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Agents(Arc<BTreeMap<String, PathBuf>>);

impl Agents {
    pub(crate) fn new(sockets: BTreeMap<String, PathBuf>) -> Self {
        Self(Arc::new(sockets))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn socket(&self, name: &str) -> Result<&Path, Status> {
        let name = if name.is_empty() { DEFAULT } else { name };
        let socket = self.0.get(name).map(PathBuf::as_path);
        socket.ok_or_else(|| Status::not_found(format!("no --ssh names the agent {name:?}")))
    }
}

type Pieces = Pin<Box<dyn Stream<Item = Result<BytesMessage, Status>> + Send>>;

#[tonic::async_trait]
impl Ssh for Agents {
    type ForwardAgentStream = Pieces;

    async fn check_agent(
        &self,
        request: Request<CheckAgentRequest>,
    ) -> Result<Response<CheckAgentResponse>, Status> {
        self.socket(&request.get_ref().id)?;
        Ok(Response::new(CheckAgentResponse {}))
    }

    async fn forward_agent(
        &self,
        request: Request<Streaming<BytesMessage>>,
    ) -> Result<Response<Pieces>, Status> {
        let name = request.metadata().get(ID_HEADER);
        let name = name.and_then(|name| name.to_str().ok()).unwrap_or_default();
        let agent = UnixStream::connect(self.socket(name)?)
            .await
            .map_err(|error| {
                Status::unavailable(format!("the SSH agent does not answer: {error}"))
            })?;
        let (answers, questions) = agent.into_split();
        tokio::spawn(ask(request.into_inner(), questions));
        let (sender, mut receiver) = mpsc::channel(WAITING);
        tokio::spawn(answer(answers, sender));
        let pieces = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
        Ok(Response::new(Box::pin(pieces)))
    }
}

/// What the build says, to the agent; until either has enough.
async fn ask(mut incoming: Streaming<BytesMessage>, mut agent: tokio::net::unix::OwnedWriteHalf) {
    while let Ok(Some(piece)) = incoming.message().await {
        if agent.write_all(&piece.data).await.is_err() {
            return;
        }
    }
    // The agent may have closed its side already.
    let _ = agent.shutdown().await;
}

/// What the agent says, to the build; until either has enough.
async fn answer(
    mut agent: tokio::net::unix::OwnedReadHalf,
    sender: mpsc::Sender<Result<BytesMessage, Status>>,
) {
    let mut piece = vec![0; PIECE];
    loop {
        match agent.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(length) => {
                let data = piece[..length].to_vec();
                if sender.send(Ok(BytesMessage { data })).await.is_err() {
                    return;
                }
            }
        }
    }
}
