//! The Google Cloud CLI in the image.

use porter_mixin_sdk::{AptPackage, AptSource, Checksum, Instruction, Packages, Remote};

/// The newest Google Cloud CLI, from Google's repository of Debian packages.
///
/// Google publishes no checksum of its key, so that is only as good as the connection it comes
/// over; the packages themselves are verified with it.
pub(crate) fn instruction() -> Instruction {
    let source = AptSource {
        uri: "https://packages.cloud.google.com/apt".to_owned(),
        suite: "cloud-sdk".to_owned(),
        components: vec!["main".to_owned()],
        key: Remote {
            url: "https://packages.cloud.google.com/apt/doc/apt-key.gpg".to_owned(),
            checksum: Checksum::None,
        },
    };
    Instruction::Packages(Packages {
        names: vec![AptPackage::newest("google-cloud-sdk")],
        sources: vec![source],
    })
}
