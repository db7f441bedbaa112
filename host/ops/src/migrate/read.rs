//! Reading the files of a source: bounded, and with sentences that name the file.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use porter_cnab::Json;

use crate::error::Error;

/// No file of a source is larger.
const MAX_BYTES: u64 = 1 << 30;

/// Why a file of a source cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("{}: {source}", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{}: larger than {MAX_BYTES} bytes", .0.display())]
    TooLarge(PathBuf),
    #[error("{}: {source}", path.display())]
    Json {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{0}")]
    Wrong(String),
}

/// The bytes of a file.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    let failed = |source| ReadError::File {
        path: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLarge(path.to_path_buf()));
    }
    Ok(bytes)
}

/// A file of one JSON document.
pub(super) fn json(path: &Path) -> Result<Json, ReadError> {
    serde_json::from_slice(&bytes(path)?).map_err(|source| ReadError::Json {
        path: path.to_path_buf(),
        source,
    })
}

/// The names in a folder, sorted; none when there is no such folder. Hidden ones are left out.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let failed = |source| Error::Read {
        path: folder.to_path_buf(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
