//! Outputs of steps and of the bundle.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use porter_runbook::document::{Output, Runbook};

use crate::files;
use crate::root::{OUTPUTS, Root, STEP_OUTPUTS};

/// Outputs that nobody declared.
static UNDECLARED: BTreeMap<String, Output> = BTreeMap::new();

/// Most outputs of a run.
const MAX_COUNT: usize = 1_000;
/// Most bytes of all outputs together.
const MAX_TOTAL: usize = 256 << 20;

/// The outputs that steps made, by name; the last one of a name counts.
#[derive(Debug)]
pub struct Outputs<'r> {
    declared: &'r BTreeMap<String, Output>,
    action: &'r str,
    values: BTreeMap<String, StepOutput>,
    /// Those of the current step.
    fresh: Vec<String>,
}

/// An output that a step made.
#[derive(Debug)]
struct StepOutput {
    bytes: Vec<u8>,
    sensitive: bool,
}

/// Why an output cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A name that is not for outputs.
    #[error(
        "the output name `{0}` is not allowed; use letters, digits, `.`, `_` and `-`, not `porter-…` or `io.cnab.…`"
    )]
    Name(String),
    /// Too much.
    #[error("the outputs of a run may be 1,000 of 64 MiB each and 256 MiB in all")]
    TooLarge,
    /// A file that cannot be written or read.
    #[error("unable to copy output file from {from} to {to}")]
    Copy {
        /// Where the content is.
        from: String,
        /// Where it should go.
        to: String,
        /// What is wrong.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[error("unable to write output `{name}`")]
    Write {
        /// Name of the output.
        name: String,
        /// What is wrong.
        source: io::Error,
    },
}

/// What was made, for the masks and the data of later steps.
#[derive(Debug, Clone, Copy)]
pub struct Fresh<'o> {
    /// Name of the output.
    pub name: &'o str,
    /// Its content.
    pub bytes: &'o [u8],
    /// Whether mixins must not see it.
    pub sensitive: bool,
    /// Whether it is masked in what is shown.
    pub masked: bool,
}

impl<'r> Outputs<'r> {
    /// No outputs yet.
    pub fn new(runbook: &'r Runbook, action: &'r str) -> Self {
        Self {
            declared: &runbook.outputs,
            action,
            values: BTreeMap::new(),
            fresh: Vec::new(),
        }
    }

    /// No outputs yet, of a step that belongs to no bundle.
    pub fn undeclared() -> Outputs<'static> {
        Outputs {
            declared: &UNDECLARED,
            action: "",
            values: BTreeMap::new(),
            fresh: Vec::new(),
        }
    }

    /// Whether the bundle calls the output of this name sensitive.
    pub fn is_sensitive(&self, name: &str) -> bool {
        self.declared
            .get(name)
            .is_some_and(|output| output.sensitive)
    }

    /// Keeps an output.
    ///
    /// # Errors
    /// When the name is not allowed or the outputs become too large.
    pub fn put(&mut self, name: &str, bytes: Vec<u8>, sensitive: bool) -> Result<(), OutputError> {
        if !is_allowed(name) {
            return Err(OutputError::Name(name.to_owned()));
        }
        let others = self.values.iter().filter(|(other, _)| *other != name);
        let total: usize = others.clone().map(|(_, output)| output.bytes.len()).sum();
        let is_large = bytes.len() as u64 > files::MAX_FILE || total + bytes.len() > MAX_TOTAL;
        if is_large || others.count() >= MAX_COUNT {
            return Err(OutputError::TooLarge);
        }
        let sensitive = sensitive || self.is_sensitive(name);
        self.values
            .insert(name.to_owned(), StepOutput { bytes, sensitive });
        self.fresh.retain(|other| other != name);
        self.fresh.push(name.to_owned());
        Ok(())
    }

    /// Takes the files that programs left for outputs, as mixins of Porter do, and removes them.
    ///
    /// # Errors
    /// For the first file that cannot be taken.
    pub fn collect_files(&mut self, root: &Root) -> Result<(), OutputError> {
        let Ok(entries) = std::fs::read_dir(root.path(STEP_OUTPUTS)) else {
            return Ok(());
        };
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        for name in names {
            let path = root.path(STEP_OUTPUTS).join(&name);
            if !path.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
                continue;
            }
            let name = name.to_string_lossy().into_owned();
            let fault = |source| OutputError::Write {
                name: name.clone(),
                source,
            };
            let file = files::read_regular(&path, files::MAX_FILE).map_err(fault)?;
            std::fs::remove_file(&path).map_err(fault)?;
            self.put(&name, file.bytes, false)?;
        }
        Ok(())
    }

    /// The outputs of the current step by name, those of a name taken last.
    pub fn fresh(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let named = self.fresh.iter();
        named.filter_map(|name| {
            let output = self.values.get(name)?;
            Some((name.as_str(), output.bytes.as_slice()))
        })
    }

    /// Ends a step: writes its outputs that are the bundle's, and returns all of them.
    ///
    /// # Errors
    /// For the first file that cannot be written.
    pub fn end_step(&mut self, root: &Root) -> Result<Vec<Fresh<'_>>, OutputError> {
        let fresh = std::mem::take(&mut self.fresh);
        for name in &fresh {
            let applies = self
                .declared
                .get(name)
                .is_some_and(|output| self.applies(output));
            if let (true, Some(output)) = (applies, self.values.get(name)) {
                let path = root.path(OUTPUTS).join(name);
                files::write(&path, &output.bytes, 0o640).map_err(|source| OutputError::Write {
                    name: name.clone(),
                    source,
                })?;
            }
        }
        Ok(fresh
            .iter()
            .filter_map(|name| self.values.get_key_value(name))
            .map(|(name, output)| Fresh {
                name,
                bytes: &output.bytes,
                sensitive: output.sensitive,
                masked: output.sensitive || !self.declared.contains_key(name),
            })
            .collect())
    }

    /// Copies the files of the bundle that are outputs and that no step made.
    ///
    /// Returns what went wrong; the other files are copied all the same.
    pub fn copy_files(&self, root: &Root) -> Vec<OutputError> {
        let mut errors = Vec::new();
        for (name, output) in self.declared {
            let Some(from) = output.path.as_ref().filter(|_| self.applies(output)) else {
                continue;
            };
            let (source, target) = (root.path(from), root.path(OUTPUTS).join(name));
            let is_there = source.symlink_metadata().is_ok();
            if !is_there || target.symlink_metadata().is_ok() || self.values.contains_key(name) {
                continue;
            }
            if let Err(source) = copy(&source, &target) {
                let from = root.bundle().join(from).display().to_string();
                errors.push(OutputError::Copy {
                    from,
                    to: format!("{OUTPUTS}/{name}"),
                    source,
                });
            }
        }
        errors
    }

    fn applies(&self, output: &Output) -> bool {
        output.apply_to.is_empty() || output.apply_to.iter().any(|action| action == self.action)
    }
}

fn copy(source: &Path, target: &Path) -> io::Result<()> {
    let file = files::read_regular(source, files::MAX_FILE)?;
    files::write(target, &file.bytes, file.mode)
}

/// Whether a step may make an output of this name.
pub fn is_allowed(name: &str) -> bool {
    let characters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !name.is_empty()
        && name.len() <= 255
        && name.bytes().all(characters)
        && !name.starts_with('.')
        && !name.starts_with("porter-")
        && !name.starts_with("io.cnab.")
}
