//! The manifest digest: whether a bundle has to be built again.
//!
//! Source: `build.md` §9 of the compatibility reference. SHA-256 over the user's manifest, the
//! version of porter, the mixins in use and every file below the manifest's directory.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Directories that never count.
const SKIPPED_DIRECTORIES: &[&str] = &["node_modules", "vendor"];

/// Computes the digest, in hexadecimal. `mixins` are pairs of name and version, sorted by name.
/// Files that cannot be read are left out, as in Porter.
///
/// # Errors
/// When `directory` itself cannot be listed.
pub(crate) fn manifest_digest(
    manifest: &[u8],
    porter_version: &str,
    mixins: &[(String, String)],
    directory: &Path,
) -> io::Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(manifest);
    hasher.update(porter_version);
    for (name, version) in mixins {
        hasher.update(name);
        hasher.update(version);
    }
    let mut files = Vec::new();
    list(directory, "", &mut files)?;
    files.sort();
    for (relative, path) in files {
        let Ok((digest, executable)) = file_digest(&path) else {
            continue;
        };
        hasher.update(relative);
        hasher.update(digest);
        if executable {
            hasher.update(":x");
        }
    }
    Ok(hex(&hasher.finalize()))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn list(directory: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = entry.path();
        let relative = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !SKIPPED_DIRECTORIES.contains(&name.as_str()) {
                // A directory that cannot be listed counts as empty.
                let _ = list(&path, &format!("{relative}/"), files);
            }
        } else if kind.is_file() || (kind.is_symlink() && path.is_file()) {
            files.push((relative, path));
        }
    }
    Ok(())
}

/// The digest of a file, in hexadecimal, and whether anybody may execute it.
pub(crate) fn file_digest(path: &Path) -> io::Result<(String, bool)> {
    let mut file = fs::File::open(path)?;
    let mode = file.metadata()?.permissions().mode();
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher)?;
    Ok((hex(&hasher.finalize()), mode & 0o111 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(directory: &Path) -> String {
        let mixins = [("exec".to_owned(), "v1".to_owned())];
        manifest_digest(b"name: x", "v0", &mixins, directory).unwrap()
    }

    #[test]
    fn files_count_and_dot_files_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let empty = digest(folder.path());
        fs::write(folder.path().join(".hidden"), "a").unwrap();
        fs::create_dir(folder.path().join("vendor")).unwrap();
        fs::write(folder.path().join("vendor/a"), "a").unwrap();
        assert_eq!(digest(folder.path()), empty);
        fs::write(folder.path().join("a.sh"), "a").unwrap();
        let with_file = digest(folder.path());
        assert_ne!(with_file, empty);
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path().join("a.sh"), mode).unwrap();
        assert_ne!(digest(folder.path()), with_file);
    }
}
