//! Test cases: one document a file, with what the mixin is expected to return.

use std::fs;
use std::path::{Path, PathBuf};

use porter_manifest::Problems;
use similar::TextDiff;

use super::{Answer, Evaluation, Function, Input, Measured};
use crate::error::Error;
use crate::mixins::{CasesError, Json, MixinError};

/// Test cases of a mixin that are looked at.
const MAX_CASES: usize = 10_000;
/// Lines around a difference that are shown with it.
const CONTEXT: usize = 3;

/// A test case.
#[derive(Debug)]
pub(crate) struct Case {
    /// Name of its file, without extension.
    pub(crate) name: String,
    /// Its file.
    pub(crate) path: PathBuf,
    /// What is asked.
    pub(crate) function: Function,
    /// The document.
    pub(crate) input: Input,
}

impl Case {
    /// Reads a case.
    pub(crate) fn read(path: &Path) -> Result<Self, Problems> {
        let shown = path.display().to_string();
        let bytes = porter_manifest::source::read(path)?;
        Self::of(path, Input::read(&shown, &bytes)?)
    }

    /// The case that a document is.
    pub(crate) fn of(path: &Path, input: Input) -> Result<Self, Problems> {
        let function = match input.call()? {
            Some(function) => function,
            None if input.has_step() => Function::Plan,
            None => {
                let hint = format!("write `call:` with {}", Function::NAMES);
                return Err(input.fail("", "`call` is missing", &hint));
            }
        };
        Ok(Self {
            name: name(path),
            path: path.to_path_buf(),
            function,
            input,
        })
    }

    /// Asks a mixin.
    pub(crate) fn ask(&self, mixin: &Measured) -> Result<Evaluation, Problems> {
        mixin.ask(self.function, &self.input)
    }
}

/// Name of a case: that of its file, without extension.
pub(crate) fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Files of the cases in a folder, sorted by name.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::Read {
        path: folder.to_path_buf(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().unwrap_or_default();
        let is_hidden = name(&path).starts_with('.');
        if (extension == "yaml" || extension == "yml") && !is_hidden {
            found.push(path);
        }
    }
    if found.is_empty() || found.len() > MAX_CASES {
        return Err(MixinError::from(CasesError::Number {
            folder: folder.to_path_buf(),
            found: found.len(),
            limit: MAX_CASES,
        })
        .into());
    }
    found.sort();
    Ok(found)
}

/// What a case expects and what it got, where they differ.
pub(crate) fn difference(expected: &Json, answer: &Answer) -> Option<String> {
    let got = match answer {
        Answer::Result(document) | Answer::Refused { document, .. } => document,
        Answer::Broken { code, message } => {
            return Some(format!("the mixin misbehaves ({code})\n{message}\n"));
        }
    };
    let got = abridged(expected, got.clone());
    if *expected == got {
        return None;
    }
    Some(text_difference(expected, &got))
}

/// The lines in which two documents differ, with those around them.
pub(crate) fn text_difference(before: &Json, after: &Json) -> String {
    // A document that cannot be written is no reason not to show the other.
    let text = |document| super::to_yaml(document).unwrap_or_default();
    let (before, after) = (text(before), text(after));
    let difference = TextDiff::from_lines(&before, &after);
    let mut unified = difference.unified_diff();
    unified.context_radius(CONTEXT).to_string()
}

/// Where a case names a diagnostic by its code only, only that is compared.
fn abridged(expected: &Json, mut got: Json) -> Json {
    for list in ["diagnostics", "failure"] {
        let wanted = expected.get(list).and_then(Json::as_array);
        let found = got.get_mut(list).and_then(Json::as_array_mut);
        let pairs = wanted
            .into_iter()
            .flatten()
            .zip(found.into_iter().flatten());
        for (wanted, found) in pairs {
            if let (Json::String(_), Some(code)) = (wanted, found.get("code").cloned()) {
                *found = code;
            }
        }
    }
    got
}
