//! The check of `schemaVersion`.

use semver::Version;

use crate::ConfigError;

/// How strictly the version of a document is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SchemaCheck {
    /// It must be a supported one.
    #[default]
    Exact,
    /// Major and minor number must fit, else it is only a warning.
    Minor,
    /// The major number must fit, else it is only a warning.
    Major,
    /// Never more than a warning.
    None,
}

impl SchemaCheck {
    /// Reads the value of `schema-check`. An unknown one is none; Porter takes it for `exact` and
    /// warns.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "exact" | "" => Some(Self::Exact),
            "minor" => Some(Self::Minor),
            "major" => Some(Self::Major),
            "none" => Some(Self::None),
            _ => None,
        }
    }

    /// Checks a version against those that we read, the first being the one that we write. Gives
    /// a warning where it does not fit and may pass all the same.
    pub(crate) fn check(
        self,
        found: Option<&str>,
        supported: &[&str],
    ) -> Result<Option<String>, ConfigError> {
        let found = found.filter(|text| !text.is_empty()).unwrap_or("(none)");
        if supported.contains(&found) {
            return Ok(None);
        }
        let Ok(version) = Version::parse(found) else {
            let message = format!("{found} is not a valid semantic version");
            return match self {
                Self::None => Ok(Some(warning(&message))),
                _ => Err(ConfigError::SchemaVersion(message)),
            };
        };
        let written = supported.first().copied().unwrap_or_default();
        let message = format!(
            "the schema version is {found} but the supported schema version is {written}. See \
             https://porter.sh/reference/file-formats/#supported-versions for more details"
        );
        let ours = Version::parse(written).ok();
        let same_major = ours
            .as_ref()
            .is_some_and(|ours| ours.major == version.major);
        let same_minor = same_major && ours.is_some_and(|ours| ours.minor == version.minor);
        match self {
            Self::Exact => Err(ConfigError::SchemaVersion(message)),
            Self::Minor if !same_minor => Err(ConfigError::SchemaVersion(format!(
                "the schema version MAJOR.MINOR values do not match: {message}"
            ))),
            Self::Major if !same_major => Err(ConfigError::SchemaVersion(format!(
                "the schema version MAJOR values do not match: {message}"
            ))),
            _ => Ok(Some(warning(&message))),
        }
    }
}

fn warning(message: &str) -> String {
    format!("WARNING: {message}: invalid schema version")
}
