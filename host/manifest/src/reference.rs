//! OCI references: parsing, the short form for Docker Hub, and the names of a bundle.

use std::fmt;

use md5::{Digest, Md5};

/// Where an image or bundle is: registry, repository, and tag or digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Registry of names that name none.
const DEFAULT_DOMAIN: &str = "docker.io";

impl Reference {
    /// Reads a reference as Docker does: without registry it is on Docker Hub.
    ///
    /// # Errors
    /// With Porter's words, when it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let invalid = || "invalid reference format".to_owned();
        let (domain, remainder) = split_domain(text);
        let (name, digest) = match remainder.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (remainder.as_str(), None),
        };
        let (path, tag) = match name.rsplit_once(':') {
            Some((path, tag)) => (path, Some(tag.to_owned())),
            None => (name, None),
        };
        if path.to_lowercase() != path {
            return Err(format!(
                "{}: repository name ({path}) must be lowercase",
                invalid()
            ));
        }
        if !is_domain(&domain)
            || !path.split('/').all(is_component)
            || !tag.as_deref().is_none_or(is_tag)
            || !digest.as_deref().is_none_or(is_digest_shape)
        {
            return Err(invalid());
        }
        if domain.len() + 1 + path.len() > 255 {
            return Err("repository name must not be more than 255 characters".to_owned());
        }
        if let Some(digest) = &digest {
            check_digest(digest)?;
        }
        Ok(Self {
            domain,
            path: path.to_owned(),
            tag,
            digest,
        })
    }

    /// The registry, `docker.io` where none was named.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.domain
    }

    /// The repository without the registry.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.path
    }

    /// The tag.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Registry and repository in the short form: without `docker.io/` and `library/`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.domain.as_str() {
            DEFAULT_DOMAIN => match self.path.strip_prefix("library/") {
                Some(official) if !official.contains('/') => official.to_owned(),
                _ => self.path.clone(),
            },
            domain => format!("{domain}/{}", self.path),
        }
    }

    /// The same repository with this tag and no digest.
    ///
    /// # Errors
    /// When it is no tag.
    pub fn with_tag(&self, tag: &str) -> Result<Self, String> {
        if !is_tag(tag) {
            return Err(format!("invalid tag format: \"{tag}\""));
        }
        Ok(Self {
            tag: Some(tag.to_owned()),
            digest: None,
            ..self.clone()
        })
    }

    /// Name of the bundle image: `REPOSITORY:porter-HASH`, the hash being that of the short form
    /// of this reference.
    #[must_use]
    pub fn installer_image(&self) -> String {
        let hash = Md5::digest(self.to_string().as_bytes());
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}:porter-{hex}", self.name())
    }
}

/// The short form, with tag and digest.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// The reference that a manifest's keys give, and how it is spelled in messages.
///
/// # Errors
/// When it is no reference, has a digest, or neither it nor the version gives a tag.
pub(crate) fn bundle_reference(
    reference: &str,
    registry: &str,
    name: &str,
    version: &str,
) -> Result<Reference, String> {
    let text = if reference.is_empty() {
        clean_path(&format!("{registry}/{name}"))
    } else {
        reference.to_owned()
    };
    let parsed = Reference::parse(&text).map_err(|error| {
        format!("invalid bundle reference {text}: failed to parse named reference {text}: {error}")
    })?;
    let underivable = |reason: &str| {
        format!("unable to derive docker tag from bundle reference \"{text}\": {reason}")
    };
    if parsed.digest.is_some() {
        return Err(underivable(
            "invalid bundle tag format, must be an OCI image tag",
        ));
    }
    if parsed.tag.is_some() {
        return Ok(parsed);
    }
    if version.is_empty() {
        return Err(underivable(
            "invalid bundle version specified : invalid semantic version",
        ));
    }
    parsed
        .with_tag(&format!("v{}", version.replace('+', "_")))
        .map_err(|error| underivable(&error))
}

/// Joins as Go's `path.Join`: no empty, `.` and `..` parts.
fn clean_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if path.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if path.starts_with('/') {
        format!("/{joined}")
    } else {
        joined
    }
}

fn split_domain(text: &str) -> (String, String) {
    let (domain, remainder) = match text.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.to_lowercase() != first =>
        {
            (first, rest)
        }
        _ => (DEFAULT_DOMAIN, text),
    };
    let domain = if domain == "index.docker.io" {
        DEFAULT_DOMAIN
    } else {
        domain
    };
    if domain == DEFAULT_DOMAIN && !remainder.contains('/') {
        return (domain.to_owned(), format!("library/{remainder}"));
    }
    (domain.to_owned(), remainder.to_owned())
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let inside = address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
            if !inside || address.is_empty() {
                return false;
            }
            ("", rest)
        }
        None => match text.split_once(':') {
            Some((host, _)) => (host, &text[host.len()..]),
            None => (text, ""),
        },
    };
    let part = |part: &str| {
        let alphanumeric = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = part.as_bytes();
        alphanumeric(bytes.first())
            && alphanumeric(bytes.last())
            && bytes
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || *b == b'-')
    };
    let named = text.starts_with('[') || host.split('.').all(part);
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    named && (port.is_empty() || port.strip_prefix(':').is_some_and(digits))
}

/// Lower-case letters and digits, with `.`, `_`, `__` or dashes between.
fn is_component(text: &str) -> bool {
    let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    if !bytes.first().copied().is_some_and(inside) || !bytes.last().copied().is_some_and(inside) {
        return false;
    }
    text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|gap| matches!(gap, "" | "." | "_" | "__") || gap.bytes().all(|b| b == b'-'))
}

fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let bytes = text.as_bytes();
    bytes.len() <= 128
        && bytes.first().copied().is_some_and(word)
        && bytes.iter().all(|b| word(*b) || matches!(b, b'.' | b'-'))
}

fn is_digest_shape(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        !algorithm.is_empty() && hex.len() >= 32 && hex.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// Checks a digest, with Porter's words.
pub(crate) fn check_digest(text: &str) -> Result<(), String> {
    let Some((algorithm, hex)) = text.split_once(':') else {
        return Err("invalid checksum digest format".to_owned());
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ if algorithm.is_empty() => return Err("invalid checksum digest format".to_owned()),
        _ => return Err("unsupported digest algorithm".to_owned()),
    };
    if hex.len() != length {
        return Err("invalid checksum digest length".to_owned());
    }
    if !hex
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    {
        return Err("invalid checksum digest format".to_owned());
    }
    Ok(())
}
