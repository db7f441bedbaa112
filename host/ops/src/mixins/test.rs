//! `porter mixins test`: the cases of a mixin.

use std::path::{Path, PathBuf};
use std::time::Instant;

use porter_manifest::Problems;
use serde::Serialize;

use super::evaluation::cases::{self, Case};
use super::evaluation::{Answer, CallStats, Evaluation, Measured, snapshot};
use super::{CasesError, Component, Json, MixinError};
use crate::Porter;
use crate::error::Error;

/// Name of the folder of the cases beside a component.
pub(crate) const CASES: &str = "tests";

/// Which mixin to test, and how.
#[derive(Debug, Clone)]
pub struct MixinTestRequest {
    /// A folder with one component, the path of a component, or the name of a mixin.
    pub target: String,
    /// Folder of the cases; `tests` beside the component without it.
    pub cases: Option<PathBuf>,
    /// Only cases whose names hold this.
    pub filter: Option<String>,
    /// Whether to write what the mixin returns into the cases.
    pub accept: bool,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseOutcome {
    /// As expected.
    Passed,
    /// Otherwise.
    Failed,
    /// Otherwise, and this is expected from now on.
    Accepted,
}

/// A case that was run. Texts are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseReport {
    /// Name of its file, without extension.
    pub name: String,
    /// What its author says about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The function that was called.
    pub call: String,
    /// How it ended.
    pub outcome: CaseOutcome,
    /// What was otherwise than expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
    /// What the call used.
    pub stats: CallStats,
}

/// All cases of a mixin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MixinTestReport {
    /// Name of the mixin.
    pub mixin: String,
    /// `sha256:…` of the component.
    pub digest: String,
    /// Microseconds until the component was ready: compiled, or found in the cache.
    pub load_microseconds: u64,
    /// Its cases.
    pub cases: Vec<CaseReport>,
}

impl MixinTestReport {
    /// How many cases ended so.
    pub fn count(&self, outcome: CaseOutcome) -> usize {
        let same = self.cases.iter().filter(|case| case.outcome == outcome);
        same.count()
    }
}

impl Porter {
    /// Runs the cases of a mixin.
    ///
    /// # Errors
    /// When the mixin cannot be used or there are no cases. A case that fails is no error.
    pub fn test_mixin(&self, request: &MixinTestRequest) -> Result<MixinTestReport, Error> {
        let (component, folder) = self.subject(request)?;
        let mut files = cases::files(&folder)?;
        if let Some(filter) = &request.filter {
            files.retain(|path| cases::name(path).contains(filter.as_str()));
            if files.is_empty() {
                let filter = filter.clone();
                return Err(MixinError::from(CasesError::Filter { folder, filter }).into());
            }
        }
        let report = self.catalog()?.report(&component)?;
        let started = Instant::now();
        let mixin = Measured::load(self, &component)?;
        let load = started.elapsed().as_micros();
        Ok(MixinTestReport {
            mixin: report.name,
            digest: report.digest,
            load_microseconds: u64::try_from(load).unwrap_or(u64::MAX),
            cases: files
                .iter()
                .map(|path| run(path, &mixin, request.accept))
                .collect(),
        })
    }

    /// The component and the folder of its cases.
    fn subject(&self, request: &MixinTestRequest) -> Result<(Component, PathBuf), Error> {
        let target = Path::new(&request.target);
        let (component, beside) = if target.is_dir() {
            let path = component_in(target)?;
            (super::component::open(&path)?, Some(target.to_path_buf()))
        } else {
            let component = self.component(&request.target)?;
            let beside = component.folder().map(Path::to_path_buf);
            (component, beside)
        };
        let folder = request
            .cases
            .clone()
            .or(beside.map(|folder| folder.join(CASES)));
        match folder {
            Some(folder) => Ok((component, folder)),
            None => Err(MixinError::from(CasesError::Builtin {
                mixin: component.name,
            })
            .into()),
        }
    }
}

/// The component of a folder: the one that is called as the folder is, or the only one.
fn component_in(folder: &Path) -> Result<PathBuf, Error> {
    let failed = |source| Error::Read {
        path: folder.to_path_buf(),
        source,
    };
    let own = folder.canonicalize().map_err(failed)?;
    let own = format!(
        "{}.wasm",
        own.file_name().unwrap_or_default().to_string_lossy()
    );
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let name = entry
            .map_err(failed)?
            .file_name()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".wasm") {
            found.push(name);
        }
    }
    found.sort();
    match (found.contains(&own), found.as_slice()) {
        (true, _) => Ok(folder.join(own)),
        (false, [only]) => Ok(folder.join(only)),
        (false, _) => Err(MixinError::from(CasesError::NoComponent {
            folder: folder.to_path_buf(),
            found,
        })
        .into()),
    }
}

fn run(path: &Path, mixin: &Measured, accept: bool) -> CaseReport {
    let blank = CaseReport {
        name: cases::name(path),
        description: String::new(),
        call: String::new(),
        outcome: CaseOutcome::Failed,
        difference: None,
        stats: CallStats::default(),
    };
    let failed = |problems: Problems| CaseReport {
        difference: Some(format!("{problems}\n")),
        ..blank.clone()
    };
    let case = match Case::read(path) {
        Ok(case) => case,
        Err(problems) => return failed(problems),
    };
    let evaluation = match case.ask(mixin) {
        Ok(evaluation) => evaluation,
        Err(problems) => return failed(problems),
    };
    let (outcome, difference) = judge(&case, &evaluation, accept);
    CaseReport {
        description: case.input.description(),
        call: case.function.name().to_owned(),
        outcome,
        difference,
        stats: evaluation.stats,
        ..blank
    }
}

fn judge(case: &Case, evaluation: &Evaluation, accept: bool) -> (CaseOutcome, Option<String>) {
    let difference = match case.input.expectation() {
        Some(expected) => cases::difference(&expected, &evaluation.answer),
        None => Some(format!(
            "the case has no `expect`; --accept writes what the mixin returns now\n{}",
            cases::text_difference(
                &Json::Null,
                document(&evaluation.answer).unwrap_or(&Json::Null)
            )
        )),
    };
    let Some(difference) = difference else {
        return (CaseOutcome::Passed, None);
    };
    let refusal = match &evaluation.answer {
        Answer::Refused { problems, .. } => {
            problems.iter().map(|line| format!("{line}\n")).collect()
        }
        _ => String::new(),
    };
    let difference = difference + &refusal;
    match document(&evaluation.answer) {
        Some(document) if accept => match snapshot::accept(case, document) {
            Ok(()) => (CaseOutcome::Accepted, Some(difference)),
            Err(error) => {
                let difference = format!("{difference}the case cannot be updated: {error}\n");
                (CaseOutcome::Failed, Some(difference))
            }
        },
        _ => (CaseOutcome::Failed, Some(difference)),
    }
}

fn document(answer: &Answer) -> Option<&Json> {
    match answer {
        Answer::Result(document) | Answer::Refused { document, .. } => Some(document),
        Answer::Broken { .. } => None,
    }
}
