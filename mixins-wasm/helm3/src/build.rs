//! The configuration, and what it means for the image.

use porter_mixin_sdk::check::{self, Refusal};
use porter_mixin_sdk::{
    Archive, Checksum, Diagnostic, Download, DownloadEntry, Entries, Failure, Instruction, Place,
    Pointer, Remote, Run, Target, User,
};
use serde::Deserialize;

/// helm, where the author says nothing.
const DEFAULT_VERSION: &str = "v3.8.2";
/// kubectl for outputs.
const KUBECTL_VERSION: &str = "v1.22.1";

/// Configuration of the mixin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HelmConfig {
    /// Version of helm.
    pub client_version: String,
    /// Platform of helm: `linux`, as images are.
    pub client_platform: String,
    /// Architecture of helm; without it that of the image.
    pub client_architecture: String,
    /// Repositories that the image knows, by name.
    pub repositories: Entries<Repository>,
}

/// A repository of charts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Repository {
    /// Its address; without it the repository is left out.
    pub url: String,
}

/// helm, its repositories, and kubectl for a bundle that `is_reading` from the cluster.
pub(crate) fn instructions(
    config: &HelmConfig,
    is_reading: bool,
) -> Result<Vec<Instruction>, Failure> {
    let mut wrong = refusals(config);
    let written = match config.client_version.as_str() {
        "" => DEFAULT_VERSION,
        written => written,
    };
    let version = porter_kubectl::supported(written, 3).unwrap_or_else(|why| {
        let at = Place::Config(Pointer::root().key("clientVersion"));
        let hint = "name a release of helm 3, such as `v3.12.3`";
        wrong.push(Diagnostic::error("helm3-001", why.title(), at).hint(hint));
        String::new()
    });
    let mut instructions = vec![
        Instruction::Env {
            name: "HELM_EXPERIMENTAL_OCI".to_owned(),
            value: "1".to_owned(),
        },
        download(&version, &config.client_architecture),
    ];
    if is_reading {
        instructions.push(porter_kubectl::download(KUBECTL_VERSION));
    }
    instructions.extend(repositories(&config.repositories));
    Failure::unless(wrong, instructions)
}

fn download(version: &str, wanted: &str) -> Instruction {
    let entry = |platform: &str, architecture: &str| {
        let url = format!("https://get.helm.sh/helm-{version}-linux-{architecture}.tar.gz");
        // There since 3.0.0, with the digest alone; `.sha256sum` came later.
        let checksum = Checksum::Sums(format!("{url}.sha256"));
        DownloadEntry {
            platform: format!("linux/{platform}"),
            source: Remote { url, checksum },
            member: format!("linux-{architecture}/helm"),
        }
    };
    let images = porter_kubectl::ARCHITECTURES;
    let mut entries: Vec<DownloadEntry> = images
        .into_iter()
        .map(|image| entry(image, if wanted.is_empty() { image } else { wanted }))
        .collect();
    if !wanted.is_empty() && !images.contains(&wanted) {
        entries.push(entry(wanted, wanted));
    }
    Instruction::Download(Download {
        entries,
        archive: Archive::TarGz,
        to: Target {
            path: "/usr/local/bin/helm3".to_owned(),
            mode: porter_kubectl::PROGRAM,
        },
    })
}

/// What adds the repositories for the user that the bundle runs as. helm fails to update none.
fn repositories(repositories: &Entries<Repository>) -> Option<Instruction> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let mut commands: Vec<Vec<String>> = repositories
        .iter()
        .filter(|(_, repository)| !repository.url.is_empty())
        .map(|(name, repository)| words(&["helm3", "repo", "add", name, &repository.url]))
        .collect();
    if commands.is_empty() {
        return None;
    }
    commands.push(words(&["helm3", "repo", "update"]));
    Some(Instruction::Run(Run {
        commands,
        dir: String::new(),
        user: User::Bundle,
        network: true,
    }))
}

fn refusals(config: &HelmConfig) -> Vec<Diagnostic> {
    let root = Pointer::root();
    let mut found = Vec::new();
    let mut check = |place: Pointer, result: Result<(), Refusal>| {
        if let Err(refusal) = result {
            let at = Place::Config(place.clone());
            found.push(refusal.diagnostic("helm3-001", &place, at));
        }
    };
    if !["", "linux"].contains(&config.client_platform.as_str()) {
        let why = "must be `linux`: helm runs in the bundle's image";
        check(root.key("clientPlatform"), Err(Refusal::Unfit(why)));
    }
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if !config.client_architecture.bytes().all(fits) {
        let why = "must be an architecture such as `amd64` or `arm64`";
        check(root.key("clientArchitecture"), Err(Refusal::Unfit(why)));
    }
    for (name, repository) in &config.repositories {
        let place = root.key("repositories").key(name);
        check(place.clone(), word(name));
        check(place.key("url"), word(&repository.url));
    }
    found
}

/// A word of a build command that helm does not take for a flag.
fn word(text: &str) -> Result<(), Refusal> {
    check::path(text)?;
    check::argument(text)?;
    if text.starts_with('-') {
        return Err(Refusal::Unfit("must not begin with `-`"));
    }
    Ok(())
}
