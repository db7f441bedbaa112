//! Versions of the manifest's format, and how strictly they are checked.

use std::collections::BTreeSet;

use porter_runbook::template::Delimiters;
use semver::Version;

use crate::version::{Constraint, parse_version};

/// What `porter create` writes, and the version that the loose checks compare with.
pub const DEFAULT_SCHEMA_VERSION: &str = "1.0.1";

/// How strictly the version of a manifest's format is checked (`schema-check`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SchemaCheck {
    /// Any other version is an error.
    #[default]
    Exact,
    /// Another major or minor version is an error, otherwise a warning.
    Minor,
    /// Another major version is an error, otherwise a warning.
    Major,
    /// Another version is a warning.
    None,
}

impl SchemaCheck {
    /// Reads the value of the setting; an unknown one is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "exact" => Some(Self::Exact),
            "minor" => Some(Self::Minor),
            "major" => Some(Self::Major),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// Experimental features that widen what a manifest may say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Features(BTreeSet<String>);

impl Features {
    /// The features of these names; unknown names are kept and never asked for.
    pub fn new<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// Whether this feature is on.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// What the check of a version says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Supported,
    Warning(String),
    Error(String),
}

/// Versions and the feature that opens each.
const RANGES: &[(&str, Option<&str>)] = &[
    ("1.0.0-alpha.1", None),
    (">=1.0.0 <=1.0.1", None),
    (">=1.1.0", Some("dependencies-v2")),
    (">=1.2.0", Some("persistent-parameters")),
    ("1.3.0", Some("file-sources")),
];

/// The range of supported versions, in Porter's spelling.
pub(crate) fn supported_range(features: &Features) -> String {
    let open = RANGES
        .iter()
        .filter(|(_, feature)| feature.is_none_or(|name| features.has(name)));
    open.map(|(range, _)| *range)
        .collect::<Vec<_>>()
        .join(" || ")
}

pub(crate) fn check(version: &str, check: SchemaCheck, features: &Features) -> Verdict {
    let Some(parsed) = parse_version(version) else {
        let shown = if version.is_empty() {
            "(none)"
        } else {
            version
        };
        let message = format!("{shown} is not a valid semantic version: invalid schema version");
        return match check {
            SchemaCheck::None => Verdict::Warning(message),
            _ => Verdict::Error(message),
        };
    };
    let range = supported_range(features);
    if Constraint::parse(&range).is_ok_and(|range| range.matches(&parsed)) {
        return Verdict::Supported;
    }
    let default = Version::new(1, 0, 1);
    let link = "See https://porter.sh/reference/file-formats/#supported-versions for more details: \
                invalid schema version";
    let message = format!(
        "the schema version is {version} but the supported schema version is {range}. {link}"
    );
    let differs =
        |values: &str| format!("the schema version {values} values do not match: {message}");
    match check {
        SchemaCheck::Exact => Verdict::Error(message),
        SchemaCheck::Minor if (parsed.major, parsed.minor) != (default.major, default.minor) => {
            Verdict::Error(differs("MAJOR.MINOR"))
        }
        SchemaCheck::Major if parsed.major != default.major => Verdict::Error(differs("MAJOR")),
        _ => Verdict::Warning(format!("WARNING: {message}")),
    }
}

/// The delimiters of templates: `${ }` from 1.0.0 on.
pub(crate) fn delimiters(version: &str) -> Delimiters {
    match (parse_version(version), parse_version("1.0.0-alpha.1")) {
        (Some(version), Some(first)) if version > first => Delimiters::dollar(),
        _ => Delimiters::braces(),
    }
}
