//! One registry: where it is, and what it wants to see.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use porter_cnab::Sensitive;
use porter_mixin::escape::escape;
use reqwest::{StatusCode, Url};
use tokio::sync::OnceCell;

use super::challenge::{Challenge, challenge};
use super::credentials::Login;
use super::{Registry, RegistryError};
use crate::download::is_private;

/// Where Docker's own registry is.
const HUB: &str = "registry-1.docker.io";

/// One registry.
#[derive(Debug)]
pub(super) struct Host {
    /// Host and port as references have it.
    pub(super) name: String,
    base: OnceCell<Base>,
    login: OnceCell<Option<Login>>,
    challenge: Mutex<Option<Challenge>>,
    tokens: Mutex<HashMap<String, Sensitive<String>>>,
}

/// Where a registry answers.
#[derive(Debug)]
pub(super) struct Base {
    /// `https://host:port/v2/`.
    pub(super) url: Url,
    /// Whether it is on this machine or in its surroundings, where its storage may be, too.
    pub(super) is_private: bool,
}

impl Host {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            base: OnceCell::new(),
            login: OnceCell::new(),
            challenge: Mutex::default(),
            tokens: Mutex::default(),
        }
    }

    fn authority(&self) -> &str {
        match self.name.as_str() {
            "docker.io" => HUB,
            name => name,
        }
    }

    pub(super) fn challenge(&self) -> Option<Challenge> {
        let challenge = self.challenge.lock();
        challenge.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_challenge(&self, new: Challenge) {
        let challenge = self.challenge.lock();
        *challenge.unwrap_or_else(PoisonError::into_inner) = Some(new);
    }

    pub(super) fn token(&self, scope: &str) -> Option<Sensitive<String>> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(scope).cloned()
    }

    pub(super) fn set_token(&self, scope: &str, token: Option<Sensitive<String>>) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        match token {
            Some(token) => tokens.insert(scope.to_owned(), token),
            None => tokens.remove(scope),
        };
    }
}

impl Registry {
    /// What the user is called at a registry; a helper is asked once.
    pub(super) async fn login_at<'h>(
        &self,
        host: &'h Host,
    ) -> Result<Option<&'h Login>, RegistryError> {
        let login = host
            .login
            .get_or_try_init(|| self.credentials.of(&host.name));
        Ok(login.await?.as_ref())
    }

    /// Where a registry answers: with TLS, unless it is on this machine or the user allows it.
    pub(super) async fn base<'h>(&self, host: &'h Host) -> Result<&'h Base, RegistryError> {
        host.base.get_or_try_init(|| self.greet(host)).await
    }

    async fn greet(&self, host: &Host) -> Result<Base, RegistryError> {
        let authority = host.authority();
        let schemes: &[&str] = match (is_loopback(authority), self.options.insecure) {
            (true, _) => &["http", "https"],
            (false, true) => &["https", "http"],
            (false, false) => &["https"],
        };
        let mut failed = None;
        for scheme in schemes {
            let url = Url::parse(&format!("{scheme}://{authority}/v2/"));
            let url = url.map_err(|error| RegistryError::Protocol {
                registry: escape(&host.name),
                what: error.to_string(),
            })?;
            match self.open.get(url.clone()).send().await {
                // A server with TLS answers so when it is spoken to without.
                Ok(answer) if *scheme == "http" && answer.status() == StatusCode::BAD_REQUEST => {}
                Ok(answer) => {
                    if let Some(challenge) = challenge(answer.headers()) {
                        host.set_challenge(challenge);
                    }
                    let is_private = is_private_host(&url).await;
                    return Ok(Base { url, is_private });
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Err(match failed {
            Some(source) => RegistryError::Transport {
                registry: escape(&host.name),
                source: source.without_url(),
            },
            None => RegistryError::Protocol {
                registry: escape(&host.name),
                what: "it speaks neither HTTP nor HTTPS".to_owned(),
            },
        })
    }
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let number: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || number.is_some_and(|address| address.is_loopback())
}

async fn is_private_host(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_matches(['[', ']']).to_owned();
    match tokio::net::lookup_host((host, 0)).await {
        Ok(mut found) => found.any(|address| is_private(address.ip())),
        // Behind a proxy names need not be known here.
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for name in [
            "localhost",
            "localhost:5000",
            "127.0.0.1:9",
            "127.8.8.8",
            "[::1]:5000",
        ] {
            assert!(is_loopback(name), "{name}");
        }
        for name in [
            "example.com",
            "localhost.example.com:80",
            "10.0.0.1:5000",
            "128.0.0.1",
        ] {
            assert!(!is_loopback(name), "{name}");
        }
    }
}
