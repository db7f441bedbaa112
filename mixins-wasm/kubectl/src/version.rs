//! Versions of clients, as Porter's mixins read them.

/// Why a version cannot be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsupported {
    /// It is no version.
    Invalid(String),
    /// It is another major version, or not released.
    Other {
        /// What was written.
        written: String,
        /// The major version that the mixin is for.
        major: u64,
    },
}

impl Unsupported {
    /// What to tell the user, in Porter's words.
    pub fn title(&self) -> String {
        match self {
            Self::Invalid(written) => format!(
                "supplied client version \"{written}\" cannot be parsed as semver: Invalid Semantic Version"
            ),
            Self::Other { written, major } => format!(
                "supplied clientVersion \"{written}\" does not meet semver constraint \"^v{major}.x\""
            ),
        }
    }
}

/// The release that `written` means: `v`, three numbers, and build metadata if there is any.
///
/// `3.9.4` and `v3.9` are taken as well, for `v3.9.4` and `v3.9.0`. Only releases of `major` are
/// supported, as in Porter.
///
/// # Errors
/// [`Unsupported`].
pub fn supported(written: &str, major: u64) -> Result<String, Unsupported> {
    let version = parse(written).ok_or_else(|| Unsupported::Invalid(written.to_owned()))?;
    if version.numbers[0] != major || version.is_prerelease {
        let written = written.to_owned();
        return Err(Unsupported::Other { written, major });
    }
    let [major, minor, patch] = version.numbers;
    let (plus, build) = match version.build {
        Some(build) => ("+", build),
        None => ("", ""),
    };
    Ok(format!("v{major}.{minor}.{patch}{plus}{build}"))
}

struct Version<'a> {
    numbers: [u64; 3],
    is_prerelease: bool,
    build: Option<&'a str>,
}

/// A semantic version with or without `v`, whose last two numbers may be missing.
fn parse(text: &str) -> Option<Version<'_>> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (rest, build) = split(text, '+');
    let (core, prerelease) = split(rest, '-');
    let mut numbers = [0; 3];
    for (index, part) in core.split('.').enumerate() {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        *numbers.get_mut(index)? = part.parse().ok().filter(|_| is_number)?;
    }
    for label in [prerelease, build].into_iter().flatten() {
        if !label.split('.').all(is_label) {
            return None;
        }
    }
    Some(Version {
        numbers,
        is_prerelease: prerelease.is_some(),
        build,
    })
}

fn split(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, behind)) => (before, Some(behind)),
        None => (text, None),
    }
}

fn is_label(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.bytes().all(fits)
}
