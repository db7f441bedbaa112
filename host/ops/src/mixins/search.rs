//! Finding mixins that others publish: `porter mixins search`.

use porter_registry::download::{DownloadError, Progress};
use serde::{Deserialize, Serialize};

use super::install::{Client, InstallError};
use crate::Porter;
use crate::error::Error;

/// Largest list that is read.
const MAX_BYTES: u64 = 16 << 20;

/// Something that is published, as the list of a mirror says. Texts are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Name of the mixin.
    #[serde(default)]
    pub name: String,
    /// Who made it.
    #[serde(default)]
    pub author: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Its feed, or where to download it.
    #[serde(default, rename = "URL")]
    pub url: String,
}

impl Listing {
    /// What is at the address, in Porter's words.
    pub fn url_type(&self) -> &'static str {
        if self.url.contains(".xml") {
            "Atom Feed"
        } else if self.url.contains("download") {
            "Download"
        } else {
            "Unknown"
        }
    }
}

impl Porter {
    /// What the list of a mirror has whose name contains `query`, sorted by name.
    ///
    /// # Errors
    /// When the list cannot be had, is none, or has nothing.
    pub async fn search_mixins(
        &self,
        mirror: &str,
        query: &str,
        allow_private_addresses: bool,
        progress: &dyn Progress,
    ) -> Result<Vec<Listing>, Error> {
        let address = format!("{}/mixins/index.json", mirror.trim_end_matches('/'));
        let mut client = Client::new(allow_private_addresses, progress, false)?;
        let (url, text) = client
            .text(&address, MAX_BYTES)
            .await
            .map_err(|error| match error {
                InstallError::Download(DownloadError::Status { url, code, reason }) => {
                    InstallError::NoList { url, code, reason }
                }
                other => other,
            })?;
        let url = porter_registry::download::shown(&url);
        let all: Vec<Listing> =
            serde_json::from_slice(&text).map_err(|source| InstallError::List { url, source })?;
        let wanted = query.to_lowercase();
        let mut found: Vec<Listing> = all
            .into_iter()
            .filter(|listing| listing.name.contains(&wanted))
            .collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        if found.is_empty() {
            return Err(InstallError::NothingFound(porter_mixin::escape::escape(query)).into());
        }
        Ok(found)
    }
}
