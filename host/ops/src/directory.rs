//! The bundle directory: one build at a time, and `.cnab` replaced as a whole.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};

/// Name of the directory that a build makes.
pub(crate) const CNAB: &str = ".cnab";
/// Beginning of the name of one that is being made.
const STAGING: &str = ".cnab.build-";

/// Why the bundle directory could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The file system refused.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The directory cannot be opened.
    #[error("cannot open the bundle directory `{}`", path.display())]
    Open {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A bundle directory that this process builds in. Others wait until it is dropped; a process
/// that dies lets go by itself.
#[derive(Debug)]
pub(crate) struct BundleDirectory {
    path: PathBuf,
    _lock: File,
}

impl BundleDirectory {
    /// Takes the directory for this process, waiting for another build of it to end.
    ///
    /// # Errors
    /// When the directory cannot be opened.
    pub(crate) fn lock(path: &Path) -> Result<Self, DirectoryError> {
        let failed = |source: io::Error| DirectoryError::Open {
            path: path.to_path_buf(),
            source,
        };
        let handle = File::open(path).map_err(failed)?;
        if flock(&handle, FlockOperation::NonBlockingLockExclusive).is_err() {
            tracing::info!("waiting for another build of this bundle to end");
            flock(&handle, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
        }
        let directory = Self {
            path: path.to_path_buf(),
            _lock: handle,
        };
        directory.remove_leftovers();
        Ok(directory)
    }

    /// Starts a new `.cnab` under a temporary name.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn stage(&self) -> Result<Staging, DirectoryError> {
        let path = self.path.join(format!("{STAGING}{}", std::process::id()));
        make_directory(&path)?;
        Ok(Staging {
            path,
            target: self.path.join(CNAB),
            committed: false,
        })
    }

    /// What builds that were killed have left. We hold the lock, so nobody is using it.
    fn remove_leftovers(&self) {
        let Ok(entries) = fs::read_dir(&self.path) else {
            return;
        };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(STAGING) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// A `.cnab` under construction. Dropped without [`Staging::commit`], it is removed.
#[derive(Debug)]
pub(crate) struct Staging {
    path: PathBuf,
    target: PathBuf,
    committed: bool,
}

impl Staging {
    /// Writes one file, making the directories above it. Modes are Porter's: files 0660,
    /// executables and directories 0770, less the umask.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(
        &self,
        relative: &str,
        content: &[u8],
        mode: u32,
    ) -> Result<(), DirectoryError> {
        let path = self.path.join(relative);
        if let Some(parent) = path.parent() {
            make_directory(parent)?;
        }
        let written = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
            .and_then(|mut file| io::Write::write_all(&mut file, content));
        written.map_err(|source| DirectoryError::Write { path, source })
    }

    /// Puts it in the place of the old `.cnab`. There is always one or the other.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub(crate) fn commit(mut self) -> Result<(), DirectoryError> {
        let failed = |source: rustix::io::Errno| DirectoryError::Write {
            path: self.target.clone(),
            source: source.into(),
        };
        let exchange = renameat_with(CWD, &self.path, CWD, &self.target, RenameFlags::EXCHANGE);
        match exchange {
            Ok(()) => {
                // The old one now has the temporary name; the next build removes what is left.
                let _ = fs::remove_dir_all(&self.path);
            }
            Err(rustix::io::Errno::NOENT) => {
                rustix::fs::rename(&self.path, &self.target).map_err(failed)?
            }
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                // A file system without exchange: the old one goes first.
                let _ = fs::remove_dir_all(&self.target);
                rustix::fs::rename(&self.path, &self.target).map_err(failed)?;
            }
            Err(error) => return Err(failed(error)),
        }
        self.committed = true;
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.committed {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn make_directory(path: &Path) -> Result<(), DirectoryError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o770)
        .create(path)
        .map_err(|source| DirectoryError::Write {
            path: path.to_path_buf(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_one_replaces_the_old_one_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        for content in ["one", "two"] {
            let directory = BundleDirectory::lock(folder.path()).unwrap();
            let staging = directory.stage().unwrap();
            staging.write("app/a", content.as_bytes(), 0o660).unwrap();
            staging.write(content, b"", 0o660).unwrap();
            staging.commit().unwrap();
        }
        let cnab = folder.path().join(CNAB);
        assert_eq!(fs::read_to_string(cnab.join("app/a")).unwrap(), "two");
        assert!(!cnab.join("one").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_abandoned_one_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let directory = BundleDirectory::lock(folder.path()).unwrap();
        let staging = directory.stage().unwrap();
        staging.write("a", b"", 0o660).unwrap();
        drop(staging);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn leftovers_of_killed_builds_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".cnab.build-1")).unwrap();
        BundleDirectory::lock(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
