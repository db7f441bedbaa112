//! The folder of a native mixin, as it goes into the image and into the lock.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use porter_sandbox::Digest;

use super::NativeError;
use crate::digest::file_digest;

/// Most files of a mixin.
const MAX_FILES: usize = 10_000;
/// Most of them together.
const MAX_MEGABYTES: u64 = 1_024;
/// How deep folders may nest.
const MAX_DEPTH: usize = 16;

/// A file below the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NativeFile {
    /// Path below the folder.
    pub(super) relative: String,
    /// Where it is, links followed.
    pub(super) path: PathBuf,
    pub(super) is_executable: bool,
}

/// The regular files below the folder of a mixin, sorted. Links count as what they lead to, so
/// long as that is below the folder too. The component that may lie there is none of them.
pub(super) fn list(folder: &Path, mixin: &str) -> Result<Vec<NativeFile>, NativeError> {
    let too_large = || NativeError::TooLarge {
        mixin: mixin.to_owned(),
        files: MAX_FILES,
        megabytes: MAX_MEGABYTES,
    };
    let root = folder.canonicalize().map_err(read(folder))?;
    let component = root.join(format!("{mixin}.wasm"));
    let (mut files, mut bytes) = (Vec::new(), 0);
    let mut folders = vec![(root.clone(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(read(&folder))? {
            let place = entry.map_err(read(&folder))?.path();
            let Ok(path) = place.canonicalize() else {
                continue;
            };
            let metadata = fs::metadata(&path).map_err(read(&path))?;
            if !path.starts_with(&root) || place == component {
                continue;
            }
            if metadata.is_dir() && place == path {
                if depth == MAX_DEPTH {
                    return Err(too_large());
                }
                folders.push((path, depth + 1));
            } else if metadata.is_file() {
                bytes += metadata.len();
                if files.len() == MAX_FILES || bytes > MAX_MEGABYTES << 20 {
                    return Err(too_large());
                }
                let relative = place.strip_prefix(&root).unwrap_or(&place);
                files.push(NativeFile {
                    relative: relative.to_string_lossy().into_owned(),
                    is_executable: metadata.permissions().mode() & 0o111 != 0,
                    path,
                });
            }
        }
    }
    files.sort_by(|a, b| a.relative.cmp(&b.relative));
    Ok(files)
}

/// One digest over all files: that of what `sha256sum` says of them, sorted by path.
pub(super) fn digest(files: &[NativeFile]) -> Result<String, NativeError> {
    let mut sums = String::new();
    for file in files {
        let (digest, _) = file_digest(&file.path).map_err(read(&file.path))?;
        sums.push_str(&format!("{digest}  {}\n", file.relative));
    }
    Ok(Digest::of(sums.as_bytes()).to_string())
}

/// The content of a file.
pub(super) fn content(file: &NativeFile) -> Result<Vec<u8>, NativeError> {
    let mut content = Vec::new();
    let opened = fs::File::open(&file.path);
    let whole = opened.and_then(|from| from.take(MAX_MEGABYTES << 20).read_to_end(&mut content));
    whole.map_err(read(&file.path))?;
    Ok(content)
}

fn read(path: &Path) -> impl Fn(io::Error) -> NativeError + '_ {
    move |source| NativeError::Read {
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_out_and_the_component_are_no_files_of_the_mixin() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("x");
        fs::create_dir_all(folder.join("runtimes")).unwrap();
        fs::write(home.path().join("outside"), "o").unwrap();
        fs::write(folder.join("x"), "client").unwrap();
        fs::write(folder.join("x.wasm"), "component").unwrap();
        std::os::unix::fs::symlink("../x", folder.join("runtimes/x-runtime")).unwrap();
        std::os::unix::fs::symlink("../outside", folder.join("out")).unwrap();
        std::os::unix::fs::symlink("..", folder.join("loop")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.join("dead")).unwrap();
        let files = list(&folder, "x").unwrap();
        let names: Vec<_> = files.iter().map(|file| file.relative.as_str()).collect();
        assert_eq!(names, ["runtimes/x-runtime", "x"]);
        let before = digest(&files).unwrap();
        fs::write(folder.join("x"), "other").unwrap();
        assert_ne!(digest(&files).unwrap(), before);
    }
}
