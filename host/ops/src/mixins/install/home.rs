//! The folder of installed mixins: one change at a time, each of them whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};

use super::InstallError;

/// What is being made or taken away. No mixin can be called so.
const STAGING: &str = ".staging";

/// `PORTER_HOME/mixins`, in which this process makes a change. Others wait until it is dropped; a
/// process that dies lets go by itself.
#[derive(Debug)]
pub(in crate::mixins) struct MixinFolder {
    path: PathBuf,
    lock: File,
}

impl MixinFolder {
    /// Takes the folder below `home`, made when it is not there.
    pub(in crate::mixins) fn lock(home: &Path) -> Result<Self, InstallError> {
        let path = home.join("mixins");
        make_folder(&path)?;
        let failed = |source| file("open", &path, source);
        let lock = File::open(&path).map_err(failed)?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            tracing::info!("waiting for another change of the installed mixins to end");
            flock(&lock, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
        }
        let folder = Self { path, lock };
        // What a killed process left: we hold the lock, so nobody is using it.
        folder.clean()?;
        Ok(folder)
    }

    /// The folder.
    pub(in crate::mixins) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the component of a mixin into its place. A mixin that was there is replaced; what lies
    /// beside its component stays.
    pub(super) fn put_component(&self, name: &str, wasm: &[u8]) -> Result<(), InstallError> {
        let staged = self.stage(name)?;
        let file_name = format!("{name}.wasm");
        write(&staged.join(&file_name), &mut &*wasm, 0o664)?;
        let target = self.path.join(name);
        let (from, to) = match target.is_dir() {
            true => (staged.join(&file_name), target.join(&file_name)),
            false => (staged, target),
        };
        fs::rename(&from, &to).map_err(|source| file("write", &to, source))?;
        self.clean()?;
        self.sync();
        Ok(())
    }

    /// Takes a mixin away. Returns whether there was one.
    pub(super) fn remove(&self, name: &str) -> Result<bool, InstallError> {
        make_folder(&self.path.join(STAGING))?;
        let (from, to) = (self.path.join(name), self.path.join(STAGING).join(name));
        match fs::rename(&from, &to) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(file("remove", &from, source)),
        }
        self.clean()?;
        self.sync();
        Ok(true)
    }

    /// An empty folder for a mixin that is being made.
    pub(in crate::mixins) fn stage(&self, name: &str) -> Result<PathBuf, InstallError> {
        let path = self.path.join(STAGING).join(name);
        make_folder(&path)?;
        Ok(path)
    }

    /// Puts a staged folder into the place of a mixin, all at once.
    pub(in crate::mixins) fn put_folder(&self, name: &str) -> Result<(), InstallError> {
        let (from, to) = (self.path.join(STAGING).join(name), self.path.join(name));
        let failed = |error: rustix::io::Errno| file("write", &to, error.into());
        match renameat_with(CWD, &from, CWD, &to, RenameFlags::EXCHANGE) {
            Ok(()) => {}
            Err(rustix::io::Errno::NOENT) => rustix::fs::rename(&from, &to).map_err(failed)?,
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                // A file system without exchange: the old one goes first, as a whole.
                let old = self.path.join(STAGING).join(format!("{name}.old"));
                rustix::fs::rename(&to, &old).map_err(failed)?;
                rustix::fs::rename(&from, &to).map_err(failed)?;
            }
            Err(error) => return Err(failed(error)),
        }
        self.clean()?;
        self.sync();
        Ok(())
    }

    fn clean(&self) -> Result<(), InstallError> {
        let path = self.path.join(STAGING);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(file("remove", &path, error))
            }
            _ => Ok(()),
        }
    }

    /// Names survive a loss of power, where the file system can say so.
    fn sync(&self) {
        let _ = self.lock.sync_all();
    }
}

impl Drop for MixinFolder {
    fn drop(&mut self) {
        // What a failure left; if that fails too, the next change does it.
        let _ = self.clean();
    }
}

/// Writes a new file and waits until it is on the disk.
pub(in crate::mixins) fn write(
    path: &Path,
    content: &mut dyn io::Read,
    mode: u32,
) -> Result<(), InstallError> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| {
            io::copy(content, &mut file)?;
            file.flush()?;
            file.sync_all()
        });
    written.map_err(|source| file("write", path, source))
}

/// Makes a folder and those above it.
pub(in crate::mixins) fn make_folder(path: &Path) -> Result<(), InstallError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o770)
        .create(path)
        .map_err(|source| file("make", path, source))
}

/// An error of the file system.
pub(in crate::mixins) fn file(what: &'static str, path: &Path, source: io::Error) -> InstallError {
    InstallError::File {
        what,
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_component_comes_and_goes_and_what_is_beside_it_stays() {
        let home = tempfile::tempdir().unwrap();
        let mixins = home.path().join("mixins");
        let folder = MixinFolder::lock(home.path()).unwrap();
        folder.put_component("x", b"one").unwrap();
        fs::write(mixins.join("x/x"), "a native program").unwrap();
        folder.put_component("x", b"two").unwrap();
        assert_eq!(fs::read(mixins.join("x/x.wasm")).unwrap(), b"two");
        assert_eq!(names(&mixins.join("x")), ["x", "x.wasm"]);
        assert!(folder.remove("x").unwrap());
        assert!(!folder.remove("x").unwrap());
        drop(folder);
        drop(MixinFolder::lock(home.path()).unwrap());
        assert_eq!(names(&mixins), Vec::<String>::new());
    }

    #[test]
    fn a_folder_replaces_another_as_a_whole() {
        let home = tempfile::tempdir().unwrap();
        let folder = MixinFolder::lock(home.path()).unwrap();
        for content in ["one", "two"] {
            let staged = folder.stage("x").unwrap();
            fs::write(staged.join(content), content).unwrap();
            folder.put_folder("x").unwrap();
            assert_eq!(names(&home.path().join("mixins/x")), [content]);
        }
        assert_eq!(names(&home.path().join("mixins")), ["x"]);
    }

    #[test]
    fn what_a_killed_process_left_goes_and_a_link_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let mixins = home.path().join("mixins");
        let precious = home.path().join("precious");
        fs::create_dir_all(mixins.join(".staging/x")).unwrap();
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join("file"), "").unwrap();
        std::os::unix::fs::symlink(&precious, mixins.join("y")).unwrap();
        let folder = MixinFolder::lock(home.path()).unwrap();
        assert_eq!(names(&mixins), ["y"]);
        assert!(folder.remove("y").unwrap());
        assert_eq!(names(&mixins), Vec::<String>::new());
        assert_eq!(names(&precious), ["file"]);
    }
}
