//! A client of OCI registries: manifests and blobs, checked by digest, bounded, and tried again where
//! that may help.
//!
//! oci-client has no retry, no resumption, no docker configuration, and reads manifests without a
//! bound: what goes over the wire goes through here.

mod blobs;
mod challenge;
mod credentials;
mod error;
mod host;
mod manifests;
mod send;
mod tls;
mod token;
mod upload;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, redirect};

use crate::BundleReference;
use crate::download::Guard;
pub use blobs::BlobSource;
use credentials::Credentials;
pub use credentials::Login;
pub use error::RegistryError;
use host::Host;

/// How registries are used.
#[derive(Debug, Clone)]
pub struct RegistryOptions {
    /// Take registries without TLS, or with a certificate that nobody vouches for.
    pub insecure: bool,
    /// The folder of docker's configuration, which has the credentials.
    pub configuration: Option<PathBuf>,
    /// How often something is tried.
    pub attempts: u32,
    /// Before the second attempt; each further one waits twice as long.
    pub pause: Duration,
    /// Until there is a connection.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self {
            insecure: false,
            configuration: None,
            attempts: 5,
            pause: Duration::from_millis(500),
            connect: Duration::from_secs(15),
            idle: Duration::from_secs(60),
        }
    }
}

impl RegistryOptions {
    /// With the docker configuration of the environment: `DOCKER_CONFIG`, else `~/.docker`.
    #[must_use]
    pub fn from_environment(insecure: bool) -> Self {
        let named = std::env::var_os("DOCKER_CONFIG").filter(|text| !text.is_empty());
        let home = std::env::var_os("HOME").filter(|text| !text.is_empty());
        Self {
            insecure,
            configuration: named
                .map(PathBuf::from)
                .or_else(|| home.map(|home| PathBuf::from(home).join(".docker"))),
            ..Self::default()
        }
    }
}

/// Registries, with the credentials of the user.
#[derive(Debug)]
pub struct Registry {
    /// For what the user named.
    open: Client,
    /// For what a registry names: refuses addresses that are not public.
    guarded: Client,
    options: RegistryOptions,
    credentials: Credentials,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

impl Registry {
    /// A client with these options.
    ///
    /// # Errors
    /// When docker's configuration cannot be read, or there can be no HTTP client.
    pub fn new(options: RegistryOptions) -> Result<Self, RegistryError> {
        Ok(Self {
            open: client(&options, true)?,
            guarded: client(&options, false)?,
            credentials: Credentials::read(options.configuration.clone())?,
            options,
            hosts: Mutex::default(),
        })
    }

    /// What the user is called at the registry of a reference, if docker's configuration knows.
    ///
    /// # Errors
    /// When a credential helper fails.
    pub async fn login(&self, of: &BundleReference) -> Result<Option<Login>, RegistryError> {
        self.credentials.of(of.registry()).await
    }

    fn host(&self, registry: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(registry.to_owned());
        Arc::clone(host.or_insert_with(|| Arc::new(Host::new(registry))))
    }
}

fn client(options: &RegistryOptions, allow_private: bool) -> Result<Client, RegistryError> {
    Client::builder()
        .user_agent(concat!("porter/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(options.connect)
        .read_timeout(options.idle)
        .dns_resolver(Arc::new(Guard::new(allow_private)))
        .tls_backend_preconfigured(tls::config(options.insecure)?)
        .build()
        .map_err(RegistryError::Client)
}
