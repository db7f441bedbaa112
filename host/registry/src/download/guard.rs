//! Names are looked up once, and a connection goes to the address that was looked at.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_private;

/// Says that a name leads to an address that it should not.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to {0}, which is not an address of the public internet")]
pub(super) struct Refused(pub(super) IpAddr);

/// Resolves names, refusing addresses that are not public except for `trusted` names.
#[derive(Debug)]
pub(crate) struct Guard {
    /// Whether every address is fine.
    allow_private: bool,
    /// Names for which every address is fine: those of proxies, and `localhost`, which is looked
    /// at before.
    trusted: BTreeSet<String>,
}

impl Guard {
    /// A guard that knows the proxies of the environment.
    pub(crate) fn new(allow_private: bool) -> Self {
        let variables = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
        let names = variables
            .into_iter()
            .flat_map(|name| [name.to_owned(), name.to_ascii_lowercase()]);
        let mut trusted: BTreeSet<String> = names
            .filter_map(|name| std::env::var(name).ok())
            .filter_map(|proxy| proxy_host(&proxy))
            .collect();
        trusted.insert("localhost".to_owned());
        Self {
            allow_private,
            trusted,
        }
    }
}

fn proxy_host(proxy: &str) -> Option<String> {
    let url = match proxy.contains("://") {
        true => reqwest::Url::parse(proxy),
        false => reqwest::Url::parse(&format!("http://{proxy}")),
    };
    Some(url.ok()?.host_str()?.to_ascii_lowercase())
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_ascii_lowercase();
        let any = self.allow_private || self.trusted.contains(&host);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            if let Some(private) = found
                .iter()
                .find(|address| !any && is_private(address.ip()))
            {
                return Err(Refused(private.ip()).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
