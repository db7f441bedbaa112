//! Paths of the guest.

use super::generated::wasi::filesystem::types::ErrorCode;
use crate::files::{Entry, Files};

/// Bytes of a path of the guest's.
const LENGTH: usize = 4096;

/// The path below the bundle directory that `path` means from `base`. There are no links, so `..`
/// is the folder before, and every folder on the way has to be one.
pub(super) fn resolve(files: &Files, base: &str, path: &str) -> Result<String, ErrorCode> {
    if path.is_empty() {
        return Err(ErrorCode::NoEntry);
    }
    if path.len() > LENGTH {
        return Err(ErrorCode::NameTooLong);
    }
    if path.starts_with('/') {
        return Err(ErrorCode::NotPermitted);
    }
    if path.contains('\0') {
        return Err(ErrorCode::Invalid);
    }
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match files.get(&parts.join("/")) {
            Some(Entry::Directory) => {}
            Some(Entry::File(_)) => return Err(ErrorCode::NotDirectory),
            None => return Err(ErrorCode::NoEntry),
        }
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(ErrorCode::NotPermitted)?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}
