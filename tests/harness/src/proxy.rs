//! A way to the engine that can be cut.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A socket that leads to another one until it is cut: to everybody behind it the engine died.
#[derive(Debug)]
pub struct Proxy {
    path: PathBuf,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_cut: AtomicBool,
    bytes: AtomicU64,
    streams: Mutex<Vec<UnixStream>>,
}

impl Proxy {
    /// Listens at `path` for the engine at `target`.
    ///
    /// # Panics
    /// When the socket cannot be made.
    pub fn new(path: &Path, target: &Path) -> Self {
        let listener = UnixListener::bind(path).expect("the socket can be made");
        let shared = Arc::new(Shared::default());
        let target = target.to_path_buf();
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if own.is_cut.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(engine) = UnixStream::connect(&target) {
                    join(&own, client, engine);
                }
            }
        });
        Self {
            path: path.to_path_buf(),
            shared,
        }
    }

    /// `DOCKER_HOST` of this way.
    pub fn host(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    /// Bytes that went through, both ways.
    pub fn bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::SeqCst)
    }

    /// Cuts every connection and takes no new one.
    pub fn cut(&self) {
        self.shared.is_cut.store(true, Ordering::SeqCst);
        let streams = self
            .shared
            .streams
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for stream in streams.iter() {
            // One that is closed already needs no more.
            let _ = stream.shutdown(Shutdown::Both);
        }
        let _ = std::fs::remove_file(&self.path);
    }
}

fn join(shared: &Arc<Shared>, client: UnixStream, engine: UnixStream) {
    let pairs = [
        (client.try_clone(), engine.try_clone()),
        (engine.try_clone(), client.try_clone()),
    ];
    let mut streams = shared
        .streams
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    streams.push(client);
    streams.push(engine);
    for (from, to) in pairs {
        let (Ok(from), Ok(to)) = (from, to) else {
            continue;
        };
        let shared = Arc::clone(shared);
        thread::spawn(move || copy(&shared, from, to));
    }
}

fn copy(shared: &Shared, mut from: UnixStream, mut to: UnixStream) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 || to.write_all(&buffer[..read]).is_err() {
            break;
        }
        shared.bytes.fetch_add(read as u64, Ordering::SeqCst);
    }
    let _ = to.shutdown(Shutdown::Write);
}
