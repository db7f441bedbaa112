//! What a recording program has to know of its case.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::case::Stub;

/// Beside the bundle directory: the [`Scene`].
pub const SCENE: &str = "scene.json";
/// Beside the bundle directory: the calls of programs so far, one JSON document a line.
pub const CALLS: &str = "calls.jsonl";
/// Beside the bundle directory: what programs have written, one JSON document a line.
pub const WRITTEN: &str = "written.jsonl";
/// The bundle directory.
pub const WORK: &str = "work";
/// The folder that is the whole PATH.
pub const BIN: &str = "bin";

/// A case, before anything has happened.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Scene {
    /// Replies of programs.
    pub stubs: Vec<Stub>,
    /// The environment of the mixin.
    pub environment: BTreeMap<String, String>,
    /// Files in the bundle directory, programs included.
    pub files: BTreeMap<String, String>,
}

/// The text files below `folder` by their relative path.
///
/// # Errors
/// When the folder cannot be read.
pub fn files_below(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(relative) = folders.pop() {
        for entry in fs::read_dir(folder.join(&relative))? {
            let entry = entry?;
            let path = relative.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let content = fs::read(entry.path())?;
                let content = String::from_utf8_lossy(&content).into_owned();
                found.insert(path.to_string_lossy().into_owned(), content);
            }
        }
    }
    Ok(found)
}

/// The files of `work` that are new or changed, and not as a program wrote them.
///
/// # Errors
/// When something cannot be read.
pub fn changed(case: &Path, scene: &Scene) -> io::Result<BTreeMap<String, String>> {
    let written = written(case)?;
    let mut files = files_below(&case.join(WORK))?;
    files.retain(|path, content| {
        scene.files.get(path) != Some(content) && written.get(path) != Some(content)
    });
    Ok(files)
}

fn written(case: &Path) -> io::Result<BTreeMap<String, String>> {
    let lines = lines(&case.join(WRITTEN))?;
    let pairs = lines
        .iter()
        .map(|line| serde_json::from_str::<(String, String)>(line).map_err(io::Error::other));
    pairs.collect()
}

/// The lines of a file that may not be there.
///
/// # Errors
/// When it cannot be read.
pub fn lines(path: &Path) -> io::Result<Vec<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
