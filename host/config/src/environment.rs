//! The names of all environment variables that porter reads.

/// The names of the environment variables, in one place. Beside these, each flag has one:
/// [`EnvVars::for_flag`].
#[derive(Debug)]
pub struct EnvVars;

impl EnvVars {
    /// The home directory of porter.
    pub const PORTER_HOME: &'static str = "PORTER_HOME";
    /// The context of a configuration file with several.
    pub const PORTER_CONTEXT: &'static str = "PORTER_CONTEXT";
    /// The driver that runs bundles.
    pub const PORTER_RUNTIME_DRIVER: &'static str = "PORTER_RUNTIME_DRIVER";
    /// The driver that builds images.
    pub const PORTER_BUILD_DRIVER: &'static str = "PORTER_BUILD_DRIVER";
    /// How strictly the version of a document is checked.
    pub const PORTER_SCHEMA_CHECK: &'static str = "PORTER_SCHEMA_CHECK";
    /// Features that are on trial.
    pub const PORTER_EXPERIMENTAL: &'static str = "PORTER_EXPERIMENTAL";
    /// How much is told; also set for the bundle.
    pub const PORTER_VERBOSITY: &'static str = "PORTER_VERBOSITY";
    /// Name of log and trace files.
    pub const PORTER_CORRELATION_ID: &'static str = "PORTER_CORRELATION_ID";

    /// The user's home directory.
    pub const HOME: &'static str = "HOME";
    /// The shell that starts the editor.
    pub const SHELL: &'static str = "SHELL";
    /// The editor.
    pub const EDITOR: &'static str = "EDITOR";
    /// No colour.
    pub const NO_COLOR: &'static str = "NO_COLOR";
    /// The terminal.
    pub const TERM: &'static str = "TERM";
    /// Set by CI systems.
    pub const CI: &'static str = "CI";

    /// Where the Docker engine is.
    pub const DOCKER_HOST: &'static str = "DOCKER_HOST";
    /// Name of the docker context.
    pub const DOCKER_CONTEXT: &'static str = "DOCKER_CONTEXT";
    /// Directory of the docker client's configuration.
    pub const DOCKER_CONFIG: &'static str = "DOCKER_CONFIG";
    /// Directory of the client's certificates.
    pub const DOCKER_CERT_PATH: &'static str = "DOCKER_CERT_PATH";
    /// Whether the engine's certificate is verified.
    pub const DOCKER_TLS_VERIFY: &'static str = "DOCKER_TLS_VERIFY";
    /// Network of the bundle's container.
    pub const DOCKER_NETWORK: &'static str = "DOCKER_NETWORK";
    /// Whether the driver keeps quiet.
    pub const DOCKER_DRIVER_QUIET: &'static str = "DOCKER_DRIVER_QUIET";
    /// Whether the image is pulled before each run.
    pub const PULL_ALWAYS: &'static str = "PULL_ALWAYS";
    /// Whether the container is removed after the run.
    pub const CLEANUP_CONTAINERS: &'static str = "CLEANUP_CONTAINERS";
    /// Directory of the user's sockets, where a rootless engine listens.
    pub const XDG_RUNTIME_DIR: &'static str = "XDG_RUNTIME_DIR";

    /// The variable of a flag: `some-flag` becomes `PORTER_SOME_FLAG`.
    pub fn for_flag(flag: &str) -> String {
        let name: String = flag
            .chars()
            .map(|letter| match letter {
                '-' | '.' => '_',
                other => other.to_ascii_uppercase(),
            })
            .collect();
        format!("PORTER_{name}")
    }
}
