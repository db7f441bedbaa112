//! The service through which BuildKit reads local sources: it is told of every file, asks for
//! the contents it does not have yet, and gets them in pieces.

use std::collections::HashMap;
use std::io::Read;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bollard_buildkit_proto::fsutil::types::packet::PacketType;
use bollard_buildkit_proto::fsutil::types::{Packet, Stat};
use bollard_buildkit_proto::moby::filesync::v1::file_sync_server::FileSync;
use futures_util::Stream;
use sha2::Digest;
use tokio::sync::mpsc;
use tonic::metadata::MetadataMap;
use tonic::{Status, Streaming};

use super::source::Source;
use super::walk::{Request, has_content, walk};
use crate::DockerError;

/// Size of a piece of a file, and how many pieces may wait to be sent: all of a context that is
/// ever in memory.
const PIECE: usize = 64 << 10;
const WAITING: usize = 16;

type Packets = Pin<Box<dyn Stream<Item = Result<Packet, Status>> + Send>>;
type Sender = mpsc::Sender<Result<Packet, Status>>;

/// The local sources of a build, by name, and why one of them could not be sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files {
    sources: Arc<HashMap<String, Source>>,
    failure: Arc<Mutex<Option<DockerError>>>,
}

impl Files {
    pub(crate) fn new(sources: HashMap<String, Source>) -> Self {
        Self {
            sources: Arc::new(sources),
            failure: Arc::default(),
        }
    }

    /// Why a source could not be sent: the engine only tells the shape of it.
    pub(crate) fn take_failure(&self) -> Option<DockerError> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn fail(&self, sender: &Sender, error: DockerError) {
        let message = error.to_string();
        let mut packet = packet(PacketType::PacketErr);
        packet.data = message.clone().into_bytes();
        // Nobody listens any more when the build was canceled.
        let _ = sender.blocking_send(Ok(packet));
        let _ = sender.blocking_send(Err(Status::aborted(message)));
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
    }
}

#[tonic::async_trait]
impl FileSync for Files {
    type DiffCopyStream = Packets;
    type TarStreamStream = Packets;

    async fn diff_copy(
        &self,
        request: tonic::Request<Streaming<Packet>>,
    ) -> Result<tonic::Response<Packets>, Status> {
        let name = values(request.metadata(), "dir-name")
            .into_iter()
            .next()
            .unwrap_or_default();
        let wanted = Request {
            include: values(request.metadata(), "include-patterns"),
            exclude: values(request.metadata(), "exclude-patterns"),
            follow: values(request.metadata(), "followpaths"),
        };
        let source = self
            .sources
            .get(&name)
            .cloned()
            .ok_or_else(|| Status::not_found(format!("there is no local source {name:?}")))?;
        let (sender, mut receiver) = mpsc::channel(WAITING);
        let transfer = Transfer {
            files: self.clone(),
            source,
            sender,
            named: Arc::default(),
        };
        tokio::spawn(transfer.run(wanted, request.into_inner()));
        let packets = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
        Ok(tonic::Response::new(Box::pin(packets)))
    }

    async fn tar_stream(
        &self,
        _: tonic::Request<Streaming<Packet>>,
    ) -> Result<tonic::Response<Packets>, Status> {
        Err(Status::unimplemented("sources are not sent as archives"))
    }
}

/// One source on its way.
struct Transfer {
    files: Files,
    source: Source,
    sender: Sender,
    /// Files that were told of and not yet asked for, by their number.
    named: Arc<Mutex<HashMap<u32, String>>>,
}

impl Transfer {
    async fn run(self, wanted: Request, mut incoming: Streaming<Packet>) {
        let (asked, requests) = mpsc::unbounded_channel();
        let sender = self.sender.clone();
        let named = Arc::clone(&self.named);
        let transfer = Arc::new(self);
        let walking = Arc::clone(&transfer);
        let walk = tokio::task::spawn_blocking(move || walking.tell(&wanted));
        let contents = tokio::task::spawn_blocking(move || transfer.send_contents(requests));
        while let Ok(Some(received)) = incoming.message().await {
            match received.r#type() {
                PacketType::PacketReq => {
                    // A number we never gave, or one that was asked for twice, is not answered.
                    let mut named = named.lock().unwrap_or_else(PoisonError::into_inner);
                    let Some(path) = named.remove(&received.id) else {
                        break;
                    };
                    if asked.send((received.id, path)).is_err() {
                        break;
                    }
                }
                PacketType::PacketFin => {
                    let _ = sender.send(Ok(packet(PacketType::PacketFin))).await;
                    break;
                }
                PacketType::PacketErr => break,
                PacketType::PacketStat | PacketType::PacketData => {}
            }
        }
        drop(asked);
        drop(sender);
        let _ = walk.await;
        let _ = contents.await;
    }

    /// Tells of every file, then that there are no more.
    fn tell(&self, wanted: &Request) {
        let mut number = 0;
        let mut visit = |stat: Stat| {
            if has_content(&stat) {
                let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
                named.insert(number, stat.path.clone());
            }
            number += 1;
            let mut packet = packet(PacketType::PacketStat);
            packet.stat = Some(stat);
            self.sender
                .blocking_send(Ok(packet))
                .map_err(|_| DockerError::Canceled)
        };
        let told = match &self.source {
            Source::Text { name, content } => visit(text(name, content)),
            Source::Folder(folder) => walk(folder, wanted, &mut visit),
        };
        match told {
            Ok(()) => {
                let _ = self
                    .sender
                    .blocking_send(Ok(packet(PacketType::PacketStat)));
            }
            Err(DockerError::Canceled) => {}
            Err(error) => self.files.fail(&self.sender, error),
        }
    }

    fn send_contents(&self, mut requests: mpsc::UnboundedReceiver<(u32, String)>) {
        while let Some((number, path)) = requests.blocking_recv() {
            match self.send_content(number, &path) {
                Ok(()) => {}
                Err(DockerError::Canceled) => return,
                Err(error) => return self.files.fail(&self.sender, error),
            }
        }
    }

    fn send_content(&self, number: u32, path: &str) -> Result<(), DockerError> {
        let mut file = self.source.read(path)?;
        loop {
            let mut piece = vec![0; PIECE];
            let length = file
                .read(&mut piece)
                .map_err(|error| self.source.failed(path, &error))?;
            piece.truncate(length);
            let mut packet = packet(PacketType::PacketData);
            packet.id = number;
            packet.data = piece;
            // An empty piece is the end of the file.
            self.sender
                .blocking_send(Ok(packet))
                .map_err(|_| DockerError::Canceled)?;
            if length == 0 {
                return Ok(());
            }
        }
    }
}

fn packet(kind: PacketType) -> Packet {
    Packet {
        r#type: kind.into(),
        ..Packet::default()
    }
}

/// A text is unchanged for the other side while size and time are, so its time is its digest.
fn text(name: &str, content: &[u8]) -> Stat {
    let digest = sha2::Sha256::digest(content);
    let time = digest
        .iter()
        .take(7)
        .fold(0, |time, byte| (time << 8) | i64::from(*byte));
    Stat {
        path: name.to_owned(),
        mode: 0o644,
        size: content.len().try_into().unwrap_or(i64::MAX),
        mod_time: time,
        ..Stat::default()
    }
}

/// All values of a key. Those with other than ASCII characters come encoded as in a URL.
fn values(metadata: &MetadataMap, key: &str) -> Vec<String> {
    let encoded = metadata
        .get(format!("{key}-encoded"))
        .is_some_and(|value| value == "1");
    let found = metadata.get_all(key).iter();
    found
        .map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if encoded { decoded(&text) } else { text }
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, tail) = match (first, tail) {
            (b'+', _) => (b' ', tail),
            (b'%', [high, low, after @ ..]) => match hex(*high).zip(hex(*low)) {
                Some((high, low)) => (high << 4 | low, after),
                None => (b'%', tail),
            },
            _ => (*first, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| digit.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_values() {
        assert_eq!(decoded("a%2Fb+c%C3%BC%zz%"), "a/b cü%zz%");
        let mut metadata = MetadataMap::new();
        for value in ["a+b", "%C3%BC"] {
            metadata.append("followpaths", value.parse().unwrap());
        }
        assert_eq!(values(&metadata, "followpaths"), ["a+b", "%C3%BC"]);
        metadata.insert("followpaths-encoded", "1".parse().unwrap());
        assert_eq!(values(&metadata, "followpaths"), ["a b", "ü"]);
        assert!(values(&metadata, "dir-name").is_empty());
    }

    #[test]
    fn a_changed_text_of_the_same_size_is_seen() {
        let (one, other) = (text("Dockerfile", b"FROM a"), text("Dockerfile", b"FROM b"));
        assert_eq!(one.size, other.size);
        assert_ne!(one.mod_time, other.mod_time);
        assert_eq!(one, text("Dockerfile", b"FROM a"));
    }
}
