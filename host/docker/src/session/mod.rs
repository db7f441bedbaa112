//! A BuildKit session: a connection to the engine over which *it* asks *us* for files and
//! credentials while it builds.

mod agents;
mod auth;
mod files;
mod follow;
mod health;
mod secrets;
mod source;
mod walk;

use std::time::Duration;

use bollard_buildkit_proto::health::health_server::HealthServer;
use bollard_buildkit_proto::moby::buildkit::secrets::v1::secrets_server::SecretsServer;
use bollard_buildkit_proto::moby::filesync::v1::auth_server::AuthServer;
use bollard_buildkit_proto::moby::filesync::v1::file_sync_server::FileSyncServer;
use bollard_buildkit_proto::moby::sshforward::v1::ssh_server::SshServer;
use http::{HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::task::JoinHandle;
use tonic::service::Routes;

pub(crate) use agents::Agents;
pub(crate) use auth::Credentials;
pub(crate) use files::Files;
pub(crate) use secrets::BuildSecrets;
pub(crate) use source::{Folder, Permissions, Source};

use crate::{DockerEngine, DockerError};

/// How often the engine is asked whether it is still there, and how long it may take to answer.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_PATIENCE: Duration = Duration::from_secs(20);

/// What the engine may call on our side in every build.
const METHODS: [&str; 3] = [
    "/moby.filesync.v1.FileSync/DiffCopy",
    "/moby.filesync.v1.Auth/Credentials",
    "/grpc.health.v1.Health/Check",
];

/// What it may call where a build has secrets, and where it has agents.
const SECRETS: &str = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
const AGENTS: [&str; 2] = [
    "/moby.sshforward.v1.SSH/CheckAgent",
    "/moby.sshforward.v1.SSH/ForwardAgent",
];

/// What a session gives to the engine.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) files: Files,
    pub(crate) credentials: Credentials,
    pub(crate) secrets: BuildSecrets,
    pub(crate) agents: Agents,
}

impl Given {
    fn methods(&self) -> Vec<&'static str> {
        let mut methods = METHODS.to_vec();
        if !self.secrets.is_empty() {
            methods.push(SECRETS);
        }
        if !self.agents.is_empty() {
            methods.extend(AGENTS);
        }
        methods
    }
}

/// An open session. It is closed when dropped.
#[derive(Debug)]
pub(crate) struct Session {
    id: String,
    server: JoinHandle<Result<(), hyper::Error>>,
}

impl Session {
    /// Opens a session. Contexts with the same key share what the engine
    /// keeps of them.
    pub(crate) async fn open(
        engine: &DockerEngine,
        shared_key: &str,
        given: Given,
    ) -> Result<Self, DockerError> {
        let id = ulid::Ulid::new().to_string().to_lowercase();
        let headers = headers(&id, shared_key, &given.methods())?;
        let connection = engine.hijack("/session", headers).await?;
        let services = Routes::new(HealthServer::new(health::Healthy))
            .add_service(FileSyncServer::new(given.files))
            .add_service(AuthServer::new(given.credentials))
            .add_service(SecretsServer::new(given.secrets))
            .add_service(SshServer::new(given.agents));
        let server = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_PATIENCE)
            .serve_connection(connection, TowerToHyperService::new(services));
        Ok(Self {
            id,
            server: tokio::spawn(server),
        })
    }

    /// Identity of the session.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Waits until the engine closes the session, or its connection breaks; says why.
    pub(crate) async fn ended(&mut self) -> String {
        match (&mut self.server).await {
            Ok(Ok(())) => "the engine closed the session".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn headers(id: &str, shared_key: &str, methods: &[&str]) -> Result<HeaderMap, DockerError> {
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|error| DockerError::request("open a session", error))
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-docker-expose-session-uuid", value(id)?);
    headers.insert("x-docker-expose-session-name", value("porter")?);
    headers.insert("x-docker-expose-session-sharedkey", value(shared_key)?);
    for method in methods {
        let name = HeaderName::from_static("x-docker-expose-session-grpc-method");
        headers.append(name, value(method)?);
    }
    Ok(headers)
}
