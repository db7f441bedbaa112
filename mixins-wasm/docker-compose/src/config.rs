//! The configuration, and what it means for the image.

use porter_mixin_sdk::{
    Archive, Checksum, Download, DownloadEntry, Failure, Instruction, Place, Pointer, Remote,
    Target, check,
};
use serde::Deserialize;

/// What is installed where the author says nothing.
const DEFAULT_VERSION: &str = "2.10.2";
const PLUGINS: &str = "/usr/local/lib/docker/cli-plugins";

/// Configuration of the mixin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ComposeConfig {
    /// Version of Docker Compose, without or with `v`.
    pub client_version: String,
}

/// Docker Compose as a program on the PATH, which is also a plugin of the Docker client.
pub(crate) fn instructions(config: &ComposeConfig) -> Result<Vec<Instruction>, Failure> {
    let version = check::version_or(&config.client_version, DEFAULT_VERSION);
    let place = Pointer::root().key("clientVersion");
    if let Err(refusal) = check::version(version) {
        let at = Place::Config(place.clone());
        return Err(refusal.diagnostic("docker-compose-001", &place, at).into());
    }
    Ok(vec![
        Instruction::Download(download(version)),
        Instruction::Path(PLUGINS.to_owned()),
    ])
}

fn download(version: &str) -> Download {
    let entry = |platform: &str, machine: &str| {
        let url = format!(
            "https://github.com/docker/compose/releases/download/v{version}/docker-compose-linux-{machine}"
        );
        let checksum = Checksum::Sums(format!("{url}.sha256"));
        DownloadEntry {
            platform: platform.to_owned(),
            source: Remote { url, checksum },
            member: String::new(),
        }
    };
    Download {
        entries: vec![
            entry("linux/amd64", "x86_64"),
            entry("linux/arm64", "aarch64"),
        ],
        archive: Archive::None,
        to: Target {
            path: format!("{PLUGINS}/docker-compose"),
            mode: 0o755,
        },
    }
}
