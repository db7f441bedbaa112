//! `porter lint`: the rules of porter, and those of every mixin.

mod dockerfile;
mod finding;
mod plans;
mod sample;
mod sarif;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use porter_manifest::lint::levels::{self, Levels, Rule};
use porter_manifest::{Place, Problems, Severity};
use porter_mixin::escape::escape;
use porter_mixin::{BuildRequest as MixinRequest, Diagnostic, Evaluate, EvaluateError};

use crate::Porter;
use crate::build::BuildRequest;
use crate::error::{Error, Usage};
use crate::lock::Lock;
use crate::manifest::ReadManifest;
use crate::mixins::reads::reads;
use crate::mixins::{Loaded, MixinError, NativeMixin};
use crate::source::MANIFEST;
pub use finding::{Finding, Level, Location, Range, Spot};
pub use sarif::sarif;

/// What to check, and how much what is found counts.
#[derive(Debug, Clone, Default)]
pub struct LintRequest {
    /// `--file`.
    pub file: Option<PathBuf>,
    /// Features that `--experimental` names.
    pub experimental: Vec<String>,
    /// `--rule` texts, `CODE=LEVEL`: they go before what the manifest says.
    pub rules: Vec<String>,
}

impl LintRequest {
    fn levels(&self) -> Result<Levels, Usage> {
        let mut found = Levels::default();
        for text in &self.rules {
            let bad = || Usage::LintRule(text.clone());
            let (code, level) = text.split_once('=').ok_or_else(bad)?;
            if !levels::is_code(code) {
                return Err(bad());
            }
            found.set(code, levels::level(level).ok_or_else(bad)?);
        }
        Ok(found)
    }
}

/// What is checked.
pub(crate) struct Linted<'a> {
    pub(crate) read: &'a ReadManifest,
    pub(crate) directory: &'a Path,
    pub(crate) mixins: &'a [Loaded<'a>],
    pub(crate) natives: &'a [NativeMixin],
}

impl Porter {
    /// Checks a bundle, without running or connecting to anything. Porter's findings come first,
    /// then those of the mixins in the order of their declaration, then those of the rules that
    /// Porter does not have.
    ///
    /// # Errors
    /// When the manifest cannot be read or a mixin cannot be evaluated.
    pub fn lint(&self, request: &LintRequest) -> Result<Vec<Finding>, Error> {
        let asked = request.levels()?;
        let path = request.file.as_deref().unwrap_or(Path::new(MANIFEST));
        if let Some(path) = &request.file {
            let failed = |source| Error::FlagFile {
                flag: "file",
                path: path.clone(),
                source,
            };
            std::fs::metadata(path).map_err(failed)?;
        } else if !path.is_file() {
            let directory = std::env::current_dir().unwrap_or_default();
            return Err(Error::NoManifest { directory });
        }
        let build = BuildRequest {
            experimental: request.experimental.clone(),
            ..BuildRequest::default()
        };
        let read = self.read_manifest(path, &build)?;
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        let chosen = self.chosen(&read, Lock::read(directory)?.as_ref())?;
        let reads = reads(&read.manifest, directory, &chosen.components)?;
        let mixins = self.catalog()?.load_all(&chosen.components, &reads)?;
        let linted = Linted {
            read: &read,
            directory,
            mixins: &mixins,
            natives: &chosen.natives,
        };
        let mut levels = read.manifest.lint.clone();
        levels.extend(&asked);
        let findings = self.lint_sources(&linted, &levels, Severity::Info)?;
        self.catalog()?.tell_calls();
        Ok(findings)
    }

    /// What all rules find in a bundle and that counts at least `least`.
    pub(crate) fn lint_sources(
        &self,
        linted: &Linted<'_>,
        levels: &Levels,
        least: Severity,
    ) -> Result<Vec<Finding>, Error> {
        let Linted {
            read, directory, ..
        } = *linted;
        let manifest = &read.manifest;
        let mut findings = manifest.lint();
        findings.extend(self.lint_mixins(read, linted.mixins)?);
        findings.extend(self.lint_natives(read, linted.natives, directory)?);
        let counts = |code: &str, own| levels.of(code, own).is_some_and(|level| level <= least);
        let wants = |rule: Rule| counts(rule.code, Severity::Info);
        if levels::RULES.into_iter().any(wants) {
            findings.extend(manifest.lint_further());
        }
        if wants(levels::SECRET_IN_DOCKERFILE) {
            findings.extend(dockerfile::findings(manifest, directory));
        }
        if wants(levels::SECRET_ARGUMENT) || wants(levels::NO_PLAN) {
            findings.extend(plans::findings(manifest, linted.mixins));
        }
        let settled = findings.into_iter().filter_map(|mut found| {
            found.severity = levels.of(&found.code, found.severity)?;
            (found.severity <= least).then(|| Finding::new(found))
        });
        Ok(settled.collect())
    }

    fn lint_mixins(
        &self,
        read: &ReadManifest,
        mixins: &[Loaded<'_>],
    ) -> Result<Vec<porter_manifest::Finding>, Error> {
        let mut findings = Vec::new();
        for Loaded { component, mixin } in mixins {
            let name = &component.name;
            let diagnostics = match mixin.lint(&request(read, name)) {
                Ok(diagnostics) => diagnostics,
                Err(EvaluateError::Refused { diagnostics, .. }) => diagnostics,
                Err(error) => return Err(MixinError::from(error).into()),
            };
            let found = diagnostics
                .iter()
                .map(|one| read.manifest.finding(name, one));
            findings.extend(found);
        }
        self.check_versions(read, mixins)?;
        Ok(findings)
    }

    /// What native mixins find, which runs them.
    fn lint_natives(
        &self,
        read: &ReadManifest,
        natives: &[NativeMixin],
        directory: &Path,
    ) -> Result<Vec<porter_manifest::Finding>, Error> {
        let mut findings = Vec::new();
        for mixin in natives {
            let name = mixin.name.as_str();
            let diagnostics = mixin.lint(&request(read, name), directory);
            let diagnostics = diagnostics.map_err(MixinError::from)?;
            let found = diagnostics
                .iter()
                .map(|one| read.manifest.finding(name, one));
            findings.extend(found);
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
