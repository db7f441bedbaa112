//! What of the environment decides where the engine is.

use std::env;
use std::path::PathBuf;

/// The settings that the docker command reads too. An empty variable counts as unset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineSettings {
    /// `DOCKER_HOST`: wins over every context.
    pub host: Option<String>,
    /// `DOCKER_CONTEXT`: wins over the current context of the configuration.
    pub context: Option<String>,
    /// Whether `DOCKER_TLS_VERIFY` is set: `tcp://` hosts are spoken to over TLS.
    pub tls_verify: bool,
    /// `DOCKER_CERT_PATH`: where `ca.pem`, `cert.pem` and `key.pem` are; the configuration's
    /// folder when unset.
    pub certificates: Option<PathBuf>,
    /// `DOCKER_CONFIG`, or `.docker` in the home directory.
    pub configuration: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`: where a rootless engine has its socket.
    pub runtime_directory: Option<PathBuf>,
}

impl EngineSettings {
    /// Reads the environment of this process.
    #[must_use]
    pub fn from_environment() -> Self {
        let text = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let path = |name: &str| {
            env::var_os(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        Self {
            host: text("DOCKER_HOST"),
            context: text("DOCKER_CONTEXT"),
            tls_verify: text("DOCKER_TLS_VERIFY").is_some(),
            certificates: path("DOCKER_CERT_PATH"),
            configuration: path("DOCKER_CONFIG")
                .or_else(|| path("HOME").map(|home| home.join(".docker"))),
            runtime_directory: path("XDG_RUNTIME_DIR"),
        }
    }
}
