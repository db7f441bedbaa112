//! An HTTP server on loopback that answers as a test says, faults included.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// What a request gets.
#[derive(Debug, Clone)]
pub enum Reply {
    /// 200 with this body.
    Body(Vec<u8>),
    /// A status such as 404 and nothing else.
    Status(u16),
    /// 302 to this address.
    Redirect(String),
    /// The head promises the body, the connection ends after so many bytes of it.
    Truncated(Vec<u8>, usize),
    /// A body without length and without end.
    Endless,
    /// The body in pieces of this many bytes, with a pause after each.
    Slow(Vec<u8>, usize, Duration),
    /// Bytes that are no HTTP at all.
    Raw(Vec<u8>),
    /// Nothing, for as long as the server lives.
    Nothing,
}

impl Reply {
    /// 200 with this text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Body(text.into().into_bytes())
    }
}

type Answer = dyn Fn(&str) -> Reply + Send + Sync;

/// A server, for as long as this lives.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<String>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers requests for a path, query included.
    ///
    /// # Panics
    /// When there is no port.
    pub fn start(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::run(Arc::new(answer), None)
    }

    /// The same over TLS, and the certificate (PEM) that a client must trust.
    ///
    /// # Panics
    /// When there is no port or no certificate can be made.
    pub fn start_tls(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> (Self, String) {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate can be made");
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("there are versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .expect("the certificate fits the key");
        let server = Self::run(Arc::new(answer), Some(Arc::new(config)));
        (server, made.cert.pem())
    }

    fn run(answer: Arc<Answer>, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let address = listener.local_addr().expect("it has an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let ended = Arc::new(AtomicBool::new(false));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (noted, end) = (Arc::clone(&requests), Arc::clone(&ended));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if end.load(Ordering::SeqCst) {
                    break;
                }
                let (answer, noted, end) = (answer.clone(), noted.clone(), end.clone());
                let tls = tls.clone();
                std::thread::spawn(move || match tls {
                    Some(config) => {
                        let Ok(connection) = rustls::ServerConnection::new(config) else {
                            return;
                        };
                        let mut stream = rustls::StreamOwned::new(connection, stream);
                        serve(&mut stream, &*answer, &noted, &end);
                        stream.conn.send_close_notify();
                        let _ = stream.flush();
                    }
                    None => serve(&mut { stream }, &*answer, &noted, &end),
                });
            }
        });
        Self {
            address,
            scheme,
            requests,
            ended,
            thread: Some(thread),
        }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}/{path}", self.scheme, self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Paths that were asked for so far.
    pub fn requests(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One request on one connection. What the client breaks off is no concern of ours.
fn serve(
    stream: &mut (impl Read + Write),
    answer: &Answer,
    requests: &Mutex<Vec<String>>,
    ended: &AtomicBool,
) {
    let Some(path) = read_path(stream) else {
        return;
    };
    requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(path.clone());
    let _ = reply(stream, answer(&path), ended);
}

fn read_path(stream: &mut impl Read) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 65_536 || stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    head.split(' ').nth(1).map(str::to_owned)
}

fn reply(stream: &mut impl Write, reply: Reply, ended: &AtomicBool) -> std::io::Result<()> {
    let head = |length: usize| {
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")
    };
    match reply {
        Reply::Body(body) => {
            stream.write_all(head(body.len()).as_bytes())?;
            stream.write_all(&body)?;
        }
        Reply::Status(code) => {
            let head =
                format!("HTTP/1.1 {code} X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(head.as_bytes())?;
        }
        Reply::Redirect(to) => {
            let head = format!(
                "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
            );
            stream.write_all(head.as_bytes())?;
        }
        Reply::Truncated(body, after) => {
            stream.write_all(head(body.len()).as_bytes())?;
            stream.write_all(&body[..after.min(body.len())])?;
        }
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            let piece = vec![0; 65_536];
            while !ended.load(Ordering::SeqCst) {
                stream.write_all(&piece)?;
            }
        }
        Reply::Slow(body, size, pause) => {
            stream.write_all(head(body.len()).as_bytes())?;
            for piece in body.chunks(size) {
                stream.write_all(piece)?;
                stream.flush()?;
                std::thread::sleep(pause);
            }
        }
        Reply::Raw(bytes) => stream.write_all(&bytes)?,
        Reply::Nothing => {
            while !ended.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    stream.flush()
}
