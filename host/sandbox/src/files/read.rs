//! Reading a folder once, name by name, through handles.
//!
//! Every part of a path is opened below the handle of the part before it, without following a
//! link, and what was opened is what is looked at: there is no moment between check and use.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use porter_mixin::escape;
use rustix::fs::{FileType, OFlags};

use super::{BundlePath, Entry, Files, FilesError};

/// Files and folders.
const ENTRIES: usize = 4096;
/// Bytes of one file.
const FILE: u64 = 4 << 20;
/// Bytes of all files.
const TOTAL: u64 = 16 << 20;
/// Folders inside one another.
const DEPTH: usize = 32;

type Taken<T = ()> = Result<T, FilesError>;

impl Files {
    /// Reads these paths below `directory`: what a mixin asks for and the bundle's author grants,
    /// see [`BundlePath::both`]. Nothing is opened where there are none.
    ///
    /// # Errors
    /// [`FilesError`]: a path that is not there, a link, a device, a pipe, a file with several
    /// names, and whatever is too large or too many. What begins with a dot is left out.
    pub fn read(directory: &Path, paths: &[BundlePath]) -> Result<Self, FilesError> {
        let mut reader = Reader {
            files: Self::default(),
            left: TOTAL,
        };
        if paths.is_empty() {
            return Ok(reader.files);
        }
        let root = Dir::open_ambient_dir(directory, ambient_authority())
            .map_err(|source| failed(".", source))?;
        for path in paths {
            reader.path(&root, path.as_str())?;
        }
        Ok(reader.files)
    }
}

struct Reader {
    files: Files,
    left: u64,
}

impl Reader {
    fn path(&mut self, root: &Dir, path: &str) -> Taken {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut folder = root.try_clone().map_err(|source| failed(path, source))?;
        let mut walked = String::new();
        for part in folders.split('/').filter(|part| !part.is_empty()) {
            walked = below(&walked, part);
            let opened = open(&folder, part, &walked)?;
            if kind(&opened, &walked)? != FileType::Directory {
                let what = "a file, not a folder";
                return Err(FilesError::Kind { path: walked, what });
            }
            folder = Dir::from_std_file(opened);
        }
        self.entry(&folder, name, path, 0)
    }

    /// Takes what is called `name` in `folder`, with everything below.
    fn entry(&mut self, folder: &Dir, name: &str, path: &str, depth: usize) -> Taken {
        if depth > DEPTH {
            return Err(FilesError::Deep { path: escape(path) });
        }
        if self.files.entries.len() >= ENTRIES {
            return Err(FilesError::Many { limit: ENTRIES });
        }
        let opened = open(folder, name, path)?;
        match kind(&opened, path)? {
            FileType::Directory => {
                self.files.insert(path, Entry::Directory);
                self.folder(&Dir::from_std_file(opened), path, depth)
            }
            _ => self.file(opened, path),
        }
    }

    fn folder(&mut self, folder: &Dir, path: &str, depth: usize) -> Taken {
        let failed = |source| failed(path, source);
        let mut names = Vec::new();
        for entry in folder.entries().map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let plain = name
                .to_str()
                .filter(|name| !name.chars().any(char::is_control));
            let Some(plain) = plain else {
                let name = name.to_string_lossy();
                let path = escape(&below(path, &name));
                return Err(FilesError::Name { path });
            };
            if !plain.starts_with('.') {
                names.push(plain.to_owned());
            }
            if names.len() > ENTRIES {
                return Err(FilesError::Many { limit: ENTRIES });
            }
        }
        names.sort_unstable();
        names
            .iter()
            .try_for_each(|name| self.entry(folder, name, &below(path, name), depth + 1))
    }

    fn file(&mut self, file: File, path: &str) -> Taken {
        let mut content = Vec::new();
        file.take(FILE + 1)
            .read_to_end(&mut content)
            .map_err(|source| failed(path, source))?;
        let size = content.len() as u64;
        if size > FILE {
            let path = escape(path);
            return Err(FilesError::Large { path, limit: FILE });
        }
        self.left = self
            .left
            .checked_sub(size)
            .ok_or(FilesError::Total { limit: TOTAL })?;
        self.files.insert(path, Entry::File(content.into()));
        Ok(())
    }
}

/// Opens one name, whatever it is, without following it and without waiting for anybody.
fn open(folder: &Dir, name: &str, path: &str) -> Taken<File> {
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    options.read(true).custom_flags(flags.bits().cast_signed());
    let opened = folder.open_with(name, &options).map_err(|source| {
        let link = folder
            .symlink_metadata(name)
            .is_ok_and(|metadata| metadata.is_symlink());
        if link {
            let (path, what) = (escape(path), "a link");
            return FilesError::Kind { path, what };
        }
        failed(path, source)
    })?;
    Ok(opened.into_std())
}

/// A folder or an ordinary file; anything else is an error.
fn kind(opened: &File, path: &str) -> Taken<FileType> {
    let metadata = opened.metadata().map_err(|source| failed(path, source))?;
    let found = FileType::from_raw_mode(metadata.mode());
    let what = match found {
        FileType::Directory => return Ok(found),
        // The other name may lie outside.
        FileType::RegularFile if metadata.nlink() > 1 => "a file with several names (hard links)",
        FileType::RegularFile => return Ok(found),
        FileType::Symlink => "a link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        _ => "a device",
    };
    let path = escape(path);
    Err(FilesError::Kind { path, what })
}

fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}/{name}"),
    }
}

fn failed(path: &str, source: std::io::Error) -> FilesError {
    let path = escape(path);
    FilesError::Read { path, source }
}
