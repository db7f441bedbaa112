//! Taking the outputs of a command.

use porter_mixin::task::Source;

use super::OutputFault;
use crate::files;
use crate::process::Captured;
use crate::root::Root;
use crate::take::{Pattern, json_path};

/// The value of an output.
pub(super) fn take(
    source: &Source,
    stdout: &Captured,
    root: &Root,
) -> Result<Vec<u8>, OutputFault> {
    if stdout.truncated && !matches!(source, Source::File(_)) {
        return Err(OutputFault::TooLong);
    }
    match source {
        Source::Stdout => Ok(stdout.bytes.clone()),
        Source::JsonPath {
            path,
            fold_case,
            absent,
        } => json_path(&stdout.bytes, path, *fold_case, absent.as_deref())
            .map(String::into_bytes)
            .map_err(|source| OutputFault::JsonPath {
                path: path.clone(),
                source,
            }),
        Source::Regex(pattern) => Pattern::new(pattern)
            .and_then(|compiled| compiled.captures(&stdout.bytes))
            .map_err(|source| OutputFault::Regex {
                pattern: pattern.clone(),
                source,
            }),
        Source::File(path) => files::read_regular(&root.path(path), files::MAX_FILE)
            .map(|content| content.bytes)
            .map_err(|source| OutputFault::File {
                path: path.clone(),
                source,
            }),
    }
}
