//! What a component asks to read of the bundle directory.
//!
//! It says so in a custom section, its own or one of its core modules', so that it is known without
//! running anything: paths, one a line, or `.` for whatever the bundle's author grants.

use porter_mixin::escape;

use super::walk::Item;
use super::{AdmissionError, wasi};
use crate::{BundlePath, Tier};

/// Name of the section.
pub(super) const SECTION: &str = "porter:reads";
/// Bytes of all such sections.
const MAX_BYTES: usize = 16 << 10;
/// Paths.
const MAX_PATHS: usize = 64;
/// What a component that asks has to import.
const IMPORT: &str = "wasi:filesystem/preopens@";

/// Adds a section to what was found so far.
pub(super) fn take(found: &mut Vec<u8>, section: &[u8]) -> Result<(), AdmissionError> {
    found.extend_from_slice(section);
    found.push(b'\n');
    if found.len() > MAX_BYTES {
        return Err(refused("", "it names more than a bundle has"));
    }
    Ok(())
}

/// The paths, sorted.
pub(super) fn parse(found: &[u8]) -> Result<Vec<BundlePath>, AdmissionError> {
    let text = std::str::from_utf8(found).map_err(|_| refused("", "its name is not UTF-8"))?;
    let mut paths = Vec::new();
    for line in text.split('\n').filter(|line| !line.is_empty()) {
        paths.push(match line {
            "." => BundlePath::anything(),
            line => BundlePath::parse(line).map_err(|problem| refused(line, problem))?,
        });
        if paths.len() > MAX_PATHS {
            return Err(refused(line, "it names more paths than a bundle has"));
        }
    }
    paths.sort_unstable();
    paths.dedup();
    Ok(paths)
}

/// The tier of a component that asks for these.
pub(super) fn tier(
    tier: Tier,
    reads: &[BundlePath],
    imports: &[Item],
) -> Result<Tier, AdmissionError> {
    let Some(first) = reads.first() else {
        return Ok(tier);
    };
    let can = |import: &Item| wasi::knows(&import.name) && import.name.starts_with(IMPORT);
    if imports.iter().any(can) {
        return Ok(Tier::Reader);
    }
    Err(refused(
        first.as_str(),
        "it imports no `wasi:filesystem`, so it could not",
    ))
}

fn refused(path: &str, problem: impl std::fmt::Display) -> AdmissionError {
    AdmissionError::Reads {
        path: escape(path),
        problem: problem.to_string(),
    }
}
