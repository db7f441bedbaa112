//! References of bundles, as Porter and Docker read them.

use std::fmt;
use std::str::FromStr;

use oci_client::Reference;
use porter_cnab::records::BundleSource;

use crate::error::{Problem, ReferenceError};

const DOCKER_HUB: &str = "docker.io";
const DOCKER_HUB_LEGACY: &str = "index.docker.io";
const OFFICIAL: &str = "library/";

/// Where a bundle is in a registry. Shown in the familiar form: without `docker.io` and
/// `library/`. Unlike [`Reference`] it knows whether a tag was given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BundleReference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl BundleReference {
    /// Host and port of the registry.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository within the registry.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, if one is given.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, if one is given.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Registry and repository in the familiar form.
    pub fn name(&self) -> String {
        if self.registry != DOCKER_HUB {
            return format!("{}/{}", self.registry, self.repository);
        }
        match self.repository.strip_prefix(OFFICIAL) {
            Some(name) if !name.contains('/') && !is_identity(name) => name.to_owned(),
            _ => self.repository.clone(),
        }
    }

    /// The version that the tag stands for, without `v`.
    pub fn version(&self) -> Option<semver::Version> {
        let tag = self.tag.as_deref()?;
        let text = tag.strip_prefix('v').unwrap_or(tag).replacen('_', "+", 1);
        semver::Version::parse(&text).ok()
    }

    /// The same with `latest` where neither tag nor digest is given.
    #[must_use]
    pub fn with_default_tag(mut self) -> Self {
        if self.tag.is_none() && self.digest.is_none() {
            self.tag = Some("latest".into());
        }
        self
    }

    /// The same with this tag and no digest.
    ///
    /// # Errors
    /// When it is no tag.
    pub fn with_tag(&self, tag: &str) -> Result<Self, ReferenceError> {
        format!("{}:{tag}", self.name()).parse()
    }

    /// The same with this digest and no tag.
    ///
    /// # Errors
    /// When it is no digest.
    pub fn with_digest(&self, digest: &str) -> Result<Self, ReferenceError> {
        format!("{}@{digest}", self.name()).parse()
    }

    /// What Porter takes it for when the tag is a version without `v`: the same with one. The
    /// caller warns.
    pub fn with_missing_v(&self) -> Option<Self> {
        let tag = self.tag.as_deref().filter(|_| self.digest.is_none())?;
        let is_version =
            tag.starts_with(|letter: char| letter.is_ascii_digit()) && tag.contains('.');
        is_version.then(|| Self {
            tag: Some(format!("v{tag}")),
            ..self.clone()
        })
    }

    /// What an installation records to track the bundle: the version where the tag is one, else
    /// the digest, else the tag.
    pub fn to_source(&self) -> BundleSource {
        let mut source = BundleSource {
            repository: self.name(),
            ..BundleSource::default()
        };
        if let Some(version) = self.version() {
            source.version = version.to_string();
        } else if let Some(digest) = &self.digest {
            source.digest.clone_from(digest);
        } else if let Some(tag) = &self.tag {
            source.tag.clone_from(tag);
        }
        source
    }

    /// The bundle that an installation tracks; none when it tracks none. The digest counts more
    /// than the version, and the version more than the tag.
    ///
    /// # Errors
    /// When only a repository is recorded, or what is recorded is no reference.
    pub fn from_source(source: &BundleSource) -> Result<Option<Self>, ReferenceError> {
        let BundleSource {
            repository,
            version,
            digest,
            tag,
        } = source;
        if repository.is_empty() {
            return Ok(None);
        }
        let text = if !digest.is_empty() {
            format!("{repository}@{digest}")
        } else if !version.is_empty() {
            let version = version.strip_prefix('v').unwrap_or(version);
            format!("{repository}:v{}", version.replace('+', "_"))
        } else if !tag.is_empty() {
            format!("{repository}:{tag}")
        } else {
            return Err(ReferenceError::Incomplete);
        };
        text.parse().map(Some)
    }
}

impl fmt::Display for BundleReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

impl FromStr for BundleReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        parse(text).map_err(|problem| ReferenceError::Parse {
            text: text.to_owned(),
            problem,
        })
    }
}

fn parse(text: &str) -> Result<BundleReference, Problem> {
    if is_identity(text) {
        return Err(Problem::Identity(text.to_owned()));
    }
    let (registry, rest) = split_registry(text);
    let name = rest.split_once(':').map_or(rest, |(name, _)| name);
    if name.chars().any(char::is_uppercase) {
        return Err(Problem::Capitals(name.to_owned()));
    }
    // The grammar is checked on the whole, where the registry cannot be taken for a repository.
    let whole = Reference::try_from(format!("{registry}/{rest}"))?;
    let before_digest = rest.split_once('@').map_or(rest, |(before, _)| before);
    let has_tag = before_digest.contains(':');
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let (registry, repository) = match registry {
        DOCKER_HUB | DOCKER_HUB_LEGACY if !name.contains('/') => {
            (DOCKER_HUB, format!("{OFFICIAL}{name}"))
        }
        DOCKER_HUB_LEGACY => (DOCKER_HUB, name.to_owned()),
        registry => (registry, name.to_owned()),
    };
    Ok(BundleReference {
        registry: registry.to_owned(),
        repository,
        tag: whole.tag().filter(|_| has_tag).map(str::to_owned),
        digest: whole.digest().map(str::to_owned),
    })
}

/// The first part is a registry when it looks like a host: with a dot or a port, `localhost`, or
/// with capitals, which no repository has.
fn split_registry(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.chars().any(char::is_uppercase) =>
        {
            (first, rest)
        }
        _ => (DOCKER_HUB, text),
    }
}

fn is_identity(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
