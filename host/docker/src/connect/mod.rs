//! Finding the Docker engine as the docker command finds it, and talking to it.

mod address;
mod dial;
mod settings;
mod tls;

use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, ClientVersion, Docker};
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::Empty;
use hyper::upgrade::Upgraded;

pub use settings::EngineSettings;

use crate::DockerError;
use address::Candidate;
use dial::Dialer;

/// Oldest API that has all we need: Docker 23.
const OLDEST_API: (usize, usize) = (1, 42);

/// How long an engine may take to say who it is.
const GREETING_PATIENCE: Duration = Duration::from_secs(10);

/// How long the engine may take to begin an answer, in seconds.
const ANSWER_PATIENCE: u64 = 300;

/// A Docker engine that answered and is new enough.
#[derive(Debug, Clone)]
pub struct DockerEngine {
    docker: Docker,
    dialer: Dialer,
    host: String,
    version: String,
    configuration: Option<PathBuf>,
}

impl DockerEngine {
    /// Connects to the engine that the environment names: `DOCKER_HOST`, then the docker context
    /// of `DOCKER_CONTEXT` or the current one, then the default sockets.
    ///
    /// # Errors
    /// When none answers, or the one that is named cannot be used.
    pub async fn connect() -> Result<Self, DockerError> {
        Self::connect_with(&EngineSettings::from_environment()).await
    }

    /// Connects to the engine that these settings name.
    ///
    /// # Errors
    /// When none answers, or the one that is named cannot be used.
    pub async fn connect_with(settings: &EngineSettings) -> Result<Self, DockerError> {
        let mut tried = Vec::new();
        for candidate in address::candidates(settings)? {
            match Self::greet(&candidate).await? {
                Ok(engine) => {
                    let configuration = settings.configuration.clone();
                    return Ok(Self {
                        configuration,
                        ..engine
                    });
                }
                Err(why) => {
                    tried.push(format!("{} ({}): {why}", candidate.said_by, candidate.host));
                }
            }
        }
        Err(DockerError::NoEngine { tried })
    }

    /// The inner error says why this candidate does not answer.
    async fn greet(candidate: &Candidate) -> Result<Result<Self, String>, DockerError> {
        let dialer = Dialer::new(candidate.address.clone());
        let greeting = match tokio::time::timeout(GREETING_PATIENCE, ping(&dialer)).await {
            Ok(Ok(greeting)) => greeting,
            Ok(Err(why)) => return Ok(Err(why)),
            Err(_) => return Ok(Err("it does not answer".to_owned())),
        };
        let Some(api) = parse_api(&greeting.api).filter(|api| *api >= OLDEST_API) else {
            return Err(DockerError::TooOld {
                host: candidate.host.clone(),
                api: greeting.api,
            });
        };
        let docker = docker(&dialer, api)?;
        let version = greeting.version;
        Ok(Ok(Self {
            docker,
            dialer,
            host: candidate.host.clone(),
            version,
            configuration: None,
        }))
    }

    /// The engine's API.
    #[must_use]
    pub fn docker(&self) -> &Docker {
        &self.docker
    }

    /// Where the engine is, as it was named.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Version of the engine, as it says itself.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The folder of docker's configuration.
    pub(crate) fn configuration(&self) -> Option<&Path> {
        self.configuration.as_deref()
    }

    /// Turns a request into a raw connection that speaks HTTP/2 without TLS.
    pub(crate) async fn hijack(
        &self,
        path: &str,
        headers: HeaderMap,
    ) -> Result<Upgraded, DockerError> {
        self.dialer
            .hijack(path, headers)
            .await
            .map_err(|error| DockerError::request(format!("open `{path}`"), error))
    }
}

/// What an engine says of itself.
struct Greeting {
    api: String,
    version: String,
}

/// Greets an engine. `/version` would tell the same, but takes it several milliseconds.
async fn ping(dialer: &Dialer) -> Result<Greeting, String> {
    let request = Request::get("/_ping").body(Empty::<Bytes>::new());
    let request = request.map_err(|error| error.to_string())?;
    let answer = dialer
        .request(request)
        .await
        .map_err(|error| error.to_string())?;
    let header = |name: &str| {
        let value = answer
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.map(str::to_owned)
    };
    let api = header("api-version").ok_or("what answers is no Docker engine")?;
    // `Docker/26.1.5 (linux)`.
    let server = header("server").unwrap_or_default();
    let version = server
        .strip_prefix("Docker/")
        .and_then(|rest| rest.split(' ').next());
    Ok(Greeting {
        api,
        version: version.unwrap_or_default().to_owned(),
    })
}

/// A client that speaks the engine's version of the API, or the newest one that it knows.
fn docker(dialer: &Dialer, api: (usize, usize)) -> Result<Docker, DockerError> {
    let newest = (
        API_DEFAULT_VERSION.major_version,
        API_DEFAULT_VERSION.minor_version,
    );
    let (major_version, minor_version) = api.min(newest);
    let version = ClientVersion {
        major_version,
        minor_version,
    };
    let dialer = dialer.clone();
    let transport = move |request: bollard::BollardRequest| {
        let dialer = dialer.clone();
        async move {
            dialer
                .request(request)
                .await
                .map_err(|err| bollard::errors::Error::IOError { err })
        }
    };
    Docker::connect_with_custom_transport(
        transport,
        Some("http://docker"),
        ANSWER_PATIENCE,
        &version,
    )
    .map_err(|error| DockerError::request("be set up", error))
}

fn parse_api(version: &str) -> Option<(usize, usize)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parse_api("1.41").is_some_and(|api| api < OLDEST_API));
        assert!(parse_api("1.100").is_some_and(|api| api > OLDEST_API));
        assert_eq!(parse_api("latest"), None);
    }
}
