//! What the mixins for Azure share: the az CLI in the image.

use porter_mixin_sdk::check::{self, Refusal};
use porter_mixin_sdk::{AptPackage, AptSource, Checksum, Packages, Remote};

/// The package of the az CLI, from Microsoft's repository for the image's release of Debian.
/// Without a version it is the newest; Microsoft's packages of one are called `VERSION-1~CODENAME`.
///
/// Microsoft publishes no checksum of its key, so that is only as good as the connection it comes
/// over; the packages themselves are verified with it.
pub fn packages(version: Option<&str>) -> Packages {
    let azure_cli = AptPackage {
        name: "azure-cli".to_owned(),
        version: version.map(|version| format!("{version}-1~{{codename}}")),
    };
    Packages {
        names: vec![azure_cli],
        sources: vec![source()],
    }
}

fn source() -> AptSource {
    AptSource {
        uri: "https://packages.microsoft.com/repos/azure-cli/".to_owned(),
        suite: "{codename}".to_owned(),
        components: vec!["main".to_owned()],
        key: Remote {
            url: "https://packages.microsoft.com/keys/microsoft.asc".to_owned(),
            checksum: Checksum::None,
        },
    }
}

/// What can be part of the version of a Debian package.
///
/// # Errors
/// What is wrong.
pub fn check_version(version: &str) -> Result<(), Refusal> {
    check::known(version)?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".+~:-".contains(&byte);
    if version.bytes().all(fits) && !version.starts_with('-') {
        Ok(())
    } else {
        Err(Refusal::Unfit(
            "must be a version such as `2.60.0`: letters, digits, `.`, `+`, `-`, `~` and `:`",
        ))
    }
}
