//! `porter lint`: the rules of porter, and those of every mixin.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use porter_manifest::{Place, Problems, Severity, ordinal};
use porter_mixin::escape::escape;
use porter_mixin::{BuildRequest as MixinRequest, Diagnostic, Evaluate, EvaluateError};
use serde::Serialize;
use serde::ser::Serializer;

use crate::Porter;
use crate::build::BuildRequest;
use crate::error::Error;
use crate::lock::Lock;
use crate::manifest::ReadManifest;
use crate::mixins::reads::reads;
use crate::mixins::{Loaded, MixinError, NativeMixin};
use crate::source::MANIFEST;

/// How bad a finding is: Porter's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Stops a build.
    Error,
    /// Shown only.
    Warning,
}

impl Level {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(match self {
            Self::Error => 0,
            Self::Warning => 2,
        })
    }
}

/// Something that lint found. Texts that come from a mixin are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// The step.
    pub location: Location,
    /// The rule, such as `exec-100`.
    pub code: String,
    /// Short title.
    pub title: String,
    /// The whole text.
    pub message: String,
    /// Where to read more.
    #[serde(rename = "URL")]
    pub url: String,
    /// What to do about it.
    #[serde(skip)]
    pub hint: Option<String>,
    /// `FILE:LINE:COLUMN`.
    #[serde(skip)]
    pub place: Option<String>,
    /// The line and a caret below the place.
    #[serde(skip)]
    pub excerpt: Option<String>,
}

/// The step that a finding is about; empty for the whole bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Location {
    /// Name of the action.
    pub action: String,
    /// Name of the mixin.
    pub mixin: String,
    /// From 1.
    pub step_number: u32,
    /// The author's description.
    pub step_description: String,
}

impl Porter {
    /// Checks a bundle, without running or connecting to anything. Porter's findings come first,
    /// then those of the mixins in the order of their declaration.
    ///
    /// # Errors
    /// When the manifest cannot be read or a mixin cannot be evaluated.
    pub fn lint(
        &self,
        file: Option<&Path>,
        experimental: &[String],
    ) -> Result<Vec<Finding>, Error> {
        let path = file.unwrap_or_else(|| Path::new(MANIFEST));
        if let Some(path) = file {
            let failed = |source| Error::FlagFile {
                flag: "file",
                path: path.to_path_buf(),
                source,
            };
            std::fs::metadata(path).map_err(failed)?;
        } else if !path.is_file() {
            let directory = std::env::current_dir().unwrap_or_default();
            return Err(Error::NoManifest { directory });
        }
        let request = BuildRequest {
            experimental: experimental.to_vec(),
            ..BuildRequest::default()
        };
        let read = self.read_manifest(path, &request)?;
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        let chosen = self.chosen(&read, Lock::read(directory)?.as_ref())?;
        let reads = reads(&read.manifest, directory, &chosen.components)?;
        let mixins = self.catalog()?.load_all(&chosen.components, &reads)?;
        let mut findings = self.lint_manifest(&read, &mixins)?;
        findings.extend(self.lint_natives(&read, &chosen.natives, directory)?);
        self.catalog()?.tell_calls();
        Ok(findings)
    }

    pub(crate) fn lint_manifest(
        &self,
        read: &ReadManifest,
        mixins: &[Loaded<'_>],
    ) -> Result<Vec<Finding>, Error> {
        let manifest = &read.manifest;
        let mut findings: Vec<Finding> = manifest.lint().into_iter().map(Finding::new).collect();
        for Loaded { component, mixin } in mixins {
            let name = &component.name;
            let diagnostics = match mixin.lint(&request(read, name)) {
                Ok(diagnostics) => diagnostics,
                Err(EvaluateError::Refused { diagnostics, .. }) => diagnostics,
                Err(error) => return Err(MixinError::from(error).into()),
            };
            for diagnostic in &diagnostics {
                findings.push(Finding::new(manifest.finding(name, diagnostic)));
            }
        }
        self.check_versions(read, mixins)?;
        Ok(findings)
    }

    /// What native mixins find, which runs them.
    pub(crate) fn lint_natives(
        &self,
        read: &ReadManifest,
        natives: &[NativeMixin],
        directory: &Path,
    ) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        for mixin in natives {
            let name = mixin.name.as_str();
            let diagnostics = mixin.lint(&request(read, name), directory);
            let diagnostics = diagnostics.map_err(MixinError::from)?;
            let found = diagnostics
                .iter()
                .map(|one| read.manifest.finding(name, one));
            findings.extend(found.map(Finding::new));
        }
        let version = |name: &str| {
            let mixin = natives.iter().find(|mixin| mixin.name == name)?;
            Some(mixin.version.version.clone())
        };
        match read.manifest.check_mixin_versions(&version) {
            problems if problems.is_empty() => Ok(findings),
            problems => Err(Problems(problems).into()),
        }
    }

    /// Whether the mixins have the versions that the manifest asks for: never a mere finding.
    fn check_versions(&self, read: &ReadManifest, mixins: &[Loaded<'_>]) -> Result<(), Error> {
        let mut versions = BTreeMap::new();
        for Loaded { component, .. } in mixins {
            versions.insert(
                component.name.as_str(),
                self.catalog()?.report(component)?.version,
            );
        }
        let problems = read
            .manifest
            .check_mixin_versions(&|name| versions.get(name).cloned());
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Problems(problems).into())
        }
    }
}

/// Where the manifest declares a mixin, as `FILE:LINE:COLUMN`.
pub(crate) fn place_of(read: &ReadManifest, mixin: &str) -> String {
    let whole = porter_mixin::Place::Config {
        pointer: String::new(),
    };
    shown(&read.manifest.locate(mixin, &whole))
}

/// A place as `FILE:LINE:COLUMN`.
pub(crate) fn shown(place: &Place) -> String {
    format!("{}:{}:{}", escape(&place.file), place.line, place.column)
}

/// What a mixin is asked. Its environment stays empty: a build sees nothing of the builder's.
pub(crate) fn request(read: &ReadManifest, mixin: &str) -> MixinRequest {
    read.manifest
        .build_request(mixin, vec![crate::build::PLATFORM.to_owned()], Vec::new())
}

/// Turns what a mixin refused into findings, for those who did not ask it to lint.
pub(crate) fn refused(
    read: &ReadManifest,
    mixin: &str,
    diagnostics: &[Diagnostic],
) -> Vec<Finding> {
    diagnostics
        .iter()
        .map(|diagnostic| Finding::new(read.manifest.finding(mixin, diagnostic)))
        .collect()
}

impl Finding {
    fn new(found: porter_manifest::Finding) -> Self {
        let problem = found.to_problem();
        let location = found.step.map(|step| Location {
            action: step.action,
            mixin: step.mixin,
            step_number: u32::try_from(step.number).unwrap_or(u32::MAX),
            step_description: step.description,
        });
        Self {
            level: match found.severity {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
            },
            location: location.unwrap_or_default(),
            code: found.code,
            title: found.title,
            message: found.message,
            url: found.url,
            hint: found.hint,
            place: problem.location(),
            excerpt: problem.excerpt(),
        }
    }
}

impl Finding {
    /// As Porter prints it, and its place.
    pub fn plain(&self) -> String {
        self.text("")
    }

    /// The same with `details` after the place.
    fn text(&self, details: &str) -> String {
        let title = escape(&self.title);
        let mut lines = vec![format!(
            "{}({}) - {title}",
            self.level.name(),
            escape(&self.code)
        )];
        let location = &self.location;
        if !location.mixin.is_empty() {
            lines.push(format!(
                "{}: {} step in the {} mixin ({})",
                escape(&location.action),
                ordinal(location.step_number as usize),
                escape(&location.mixin),
                escape(&location.step_description)
            ));
        }
        lines.extend(self.message.lines().map(escape));
        lines.extend(self.place.iter().map(|place| format!("at {place}")));
        lines.extend(details.lines().map(str::to_owned));
        if !self.url.is_empty() {
            lines.push(format!("See {} for more information", escape(&self.url)));
        }
        lines.push("---\n".to_owned());
        lines.join("\n")
    }
}

/// With the line of the manifest and the hint.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut details = self.excerpt.clone().unwrap_or_default();
        if let Some(hint) = &self.hint {
            details.push_str(&format!("hint: {}\n", escape(hint)));
        }
        f.write_str(&self.text(&details))
    }
}
