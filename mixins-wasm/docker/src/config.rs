//! The configuration, and what it means for the image.

use porter_mixin_sdk::{
    Archive, Checksum, Download, DownloadEntry, Failure, Instruction, Place, Pointer, Remote,
    Target, check,
};
use serde::Deserialize;

/// What is installed where the author says nothing.
const DEFAULT_VERSION: &str = "20.10.7";

/// Configuration of the mixin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DockerConfig {
    /// Version of the Docker client, without or with `v`.
    pub client_version: String,
}

/// The static Docker client.
pub(crate) fn instructions(config: &DockerConfig) -> Result<Vec<Instruction>, Failure> {
    let version = check::version_or(&config.client_version, DEFAULT_VERSION);
    let place = Pointer::root().key("clientVersion");
    if let Err(refusal) = check::version(version) {
        let at = Place::Config(place.clone());
        return Err(refusal.diagnostic("docker-001", &place, at).into());
    }
    Ok(vec![Instruction::Download(download(version))])
}

/// Docker publishes no checksums of its static builds.
fn download(version: &str) -> Download {
    let entry = |platform: &str, machine: &str| {
        let url = format!(
            "https://download.docker.com/linux/static/stable/{machine}/docker-{version}.tgz"
        );
        DownloadEntry {
            platform: platform.to_owned(),
            source: Remote {
                url,
                checksum: Checksum::None,
            },
            member: "docker/docker".to_owned(),
        }
    };
    Download {
        entries: vec![
            entry("linux/amd64", "x86_64"),
            entry("linux/arm64", "aarch64"),
        ],
        archive: Archive::TarGz,
        to: Target {
            path: "/usr/bin/docker".to_owned(),
            mode: 0o755,
        },
    }
}
