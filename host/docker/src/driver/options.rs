//! What the docker driver can be told.

use std::time::Duration;

/// Settings of a [`super::DockerDriver`].
#[derive(Debug, Clone)]
pub struct DriverOptions {
    /// Pull the image before every run (`PULL_ALWAYS`).
    pub pull_always: bool,
    /// Remove the container after the run (`CLEANUP_CONTAINERS`). Without it the container keeps
    /// its log, its files and its environment, secrets included.
    pub cleanup_containers: bool,
    /// Network mode of the container (`DOCKER_NETWORK`).
    pub network: Option<String>,
    /// Do not say that an image is being pulled (`DOCKER_DRIVER_QUIET`).
    pub quiet: bool,
    /// Give the container the Docker engine of the host.
    pub host_access: Option<HostAccess>,
    /// Folders of the host to mount.
    pub mounts: Vec<HostMount>,
    /// Credentials for the registry of the image, used when it is pulled.
    pub credentials: Option<RegistryCredentials>,
    /// How long a canceled container may take to end before it is killed.
    pub stop_grace: Duration,
}

impl Default for DriverOptions {
    fn default() -> Self {
        Self {
            pull_always: false,
            cleanup_containers: true,
            network: None,
            quiet: false,
            host_access: None,
            mounts: Vec::new(),
            credentials: None,
            stop_grace: Duration::from_secs(30),
        }
    }
}

/// Access to the engine of the host: the container has the rights of root on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostAccess {
    /// Path of the engine's socket on the host.
    pub socket: String,
    /// Numeric group that may use the socket.
    pub group: Option<String>,
    /// Whether the container is privileged.
    pub privileged: bool,
}

impl Default for HostAccess {
    fn default() -> Self {
        Self {
            socket: "/var/run/docker.sock".to_owned(),
            group: None,
            privileged: false,
        }
    }
}

/// A folder of the host that the container sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostMount {
    /// Absolute path on the host.
    pub source: String,
    /// Absolute path in the container.
    pub target: String,
    /// Whether the container may write.
    pub writable: bool,
}

/// Credentials for a registry.
#[derive(Debug, Clone)]
pub struct RegistryCredentials {
    /// Host of the registry.
    pub server: String,
    /// User name.
    pub username: Option<String>,
    /// Password.
    pub password: Option<porter_cnab::Sensitive<String>>,
    /// Token that stands for a user.
    pub identity_token: Option<porter_cnab::Sensitive<String>>,
}
