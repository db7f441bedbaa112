//! Archives as the engine sends them: untrusted content, read while it comes.

use std::io::{self, Read};

use bollard::errors::Error as EngineError;
use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::task::JoinError;

/// Gives an archive to `take`, on a thread where it may block. The second part is why the archive
/// ended early.
pub(crate) async fn read<T: Send + 'static>(
    mut chunks: impl Stream<Item = Result<Bytes, EngineError>> + Unpin,
    take: impl FnOnce(ChunkReader) -> T + Send + 'static,
) -> (Result<T, JoinError>, Option<EngineError>) {
    let (sender, receiver) = mpsc::channel(16);
    let reader = tokio::task::spawn_blocking(move || take(ChunkReader::new(receiver)));
    let mut failure = None;
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(bytes) => {
                if sender.send(Ok(bytes)).await.is_err() {
                    break;
                }
            }
            Err(error) => {
                let end = io::Error::from(io::ErrorKind::UnexpectedEof);
                // A reader that has gone has its own problem to tell.
                let _ = sender.send(Err(end)).await;
                failure = Some(error);
                break;
            }
        }
    }
    drop(sender);
    drop(chunks);
    (reader.await, failure)
}

/// Reads what an asynchronous task sends.
pub struct ChunkReader {
    chunks: mpsc::Receiver<io::Result<Bytes>>,
    current: Bytes,
}

impl ChunkReader {
    const fn new(chunks: mpsc::Receiver<io::Result<Bytes>>) -> Self {
        Self {
            chunks,
            current: Bytes::new(),
        }
    }
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.chunks.blocking_recv() {
                Some(chunk) => self.current = chunk?,
                None => return Ok(0),
            }
        }
        let size = buffer.len().min(self.current.len());
        self.current.copy_to_slice(&mut buffer[..size]);
        Ok(size)
    }
}
