//! What the mixins that use kubectl share: its download, versions, and outputs that it reads.

mod output;
mod version;

pub use output::{Resource, ResourceOutput, get};
pub use version::{Unsupported, supported};

use porter_mixin_sdk::{Archive, Checksum, Download, DownloadEntry, Instruction, Remote, Target};

/// Architectures that bundles are built for.
pub const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

/// Permissions of a program.
pub const PROGRAM: u32 = 0o755;

/// kubectl in `version`, such as `v1.25.1`, for the platform of the image.
///
/// Every release of Kubernetes has the digest of each binary beside it.
pub fn download(version: &str) -> Instruction {
    let entry = |architecture: &str| {
        let url = format!("https://dl.k8s.io/release/{version}/bin/linux/{architecture}/kubectl");
        let checksum = Checksum::Sums(format!("{url}.sha256"));
        DownloadEntry {
            platform: format!("linux/{architecture}"),
            source: Remote { url, checksum },
            member: String::new(),
        }
    };
    Instruction::Download(Download {
        entries: ARCHITECTURES.into_iter().map(entry).collect(),
        archive: Archive::None,
        to: Target {
            path: "/usr/local/bin/kubectl".to_owned(),
            mode: PROGRAM,
        },
    })
}
