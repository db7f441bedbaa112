//! Connections to an engine: one for each request, as the docker command does it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, HOST, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::address::Address;

/// How long a connection may take to come about.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// How long the engine may take to hand over a connection.
const HIJACK_PATIENCE: Duration = Duration::from_secs(30);

/// Most of a refusal that is read.
const LONGEST_REFUSAL: usize = 64 << 10;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Opens connections to one engine.
#[derive(Clone)]
pub(super) struct Dialer {
    address: Arc<Address>,
}

impl fmt::Debug for Dialer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Dialer").finish_non_exhaustive()
    }
}

impl Dialer {
    pub(super) fn new(address: Address) -> Self {
        Self {
            address: Arc::new(address),
        }
    }

    /// Sends a request over a connection of its own. The answer may be upgraded.
    pub(super) async fn request<B>(&self, mut request: Request<B>) -> io::Result<Response<Incoming>>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse::<Uri>().map_err(io::Error::other)?;
        request
            .headers_mut()
            .insert(HOST, HeaderValue::from_static("docker"));
        let stream = TokioIo::new(self.dial().await?);
        let (mut sender, connection) = http1::handshake::<_, B>(stream)
            .await
            .map_err(io::Error::other)?;
        tokio::spawn(async move {
            if let Err(error) = connection.with_upgrades().await {
                tracing::debug!(%error, "a connection to the engine ended");
            }
        });
        sender.send_request(request).await.map_err(io::Error::other)
    }

    /// Asks the engine to go over to HTTP/2 on this connection and gives the raw connection.
    pub(super) async fn hijack(&self, path: &str, headers: HeaderMap) -> io::Result<Upgraded> {
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path.parse::<Uri>().map_err(io::Error::other)?;
        *request.headers_mut() = headers;
        request
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        request
            .headers_mut()
            .insert(UPGRADE, HeaderValue::from_static("h2c"));
        let response = tokio::time::timeout(HIJACK_PATIENCE, self.request(request))
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "it does not answer"))??;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let status = response.status();
            let body = Limited::new(response.into_body(), LONGEST_REFUSAL)
                .collect()
                .await;
            let body = body
                .map(http_body_util::Collected::to_bytes)
                .unwrap_or_default();
            let text = String::from_utf8_lossy(&body).into_owned();
            return Err(io::Error::other(format!(
                "{status}: {}",
                crate::text::shown(&text)
            )));
        }
        hyper::upgrade::on(response).await.map_err(io::Error::other)
    }

    async fn dial(&self) -> io::Result<Box<dyn Stream>> {
        match tokio::time::timeout(CONNECT_PATIENCE, self.connect()).await {
            Ok(result) => result,
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "no connection came about",
            )),
        }
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        match &*self.address {
            Address::Unix(path) => Ok(Box::new(UnixStream::connect(path).await?)),
            Address::Tcp { host, port } => Ok(Box::new(tcp(host, *port).await?)),
            Address::Tls { host, port, config } => {
                let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
                let stream = tcp(host, *port).await?;
                let connector = TlsConnector::from(Arc::clone(config));
                Ok(Box::new(connector.connect(name, stream).await?))
            }
        }
    }
}

async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    // An engine whose machine vanished says nothing; without this we would wait for ever.
    rustix::net::sockopt::set_socket_keepalive(&stream, true)?;
    rustix::net::sockopt::set_tcp_keepidle(&stream, Duration::from_secs(30))?;
    rustix::net::sockopt::set_tcp_keepintvl(&stream, Duration::from_secs(10))?;
    rustix::net::sockopt::set_tcp_keepcnt(&stream, 3)?;
    Ok(stream)
}
