//! What the build may read of us: a text, or the files of a folder.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata, MetadataExt, OpenOptions, OpenOptionsExt, PermissionsExt};
use rustix::fs::OFlags;

use crate::DockerError;

/// A local source of a build.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// One file, from memory.
    Text {
        /// Its name.
        name: String,
        /// Its content.
        content: Arc<[u8]>,
    },
    /// The files of a folder.
    Folder(Folder),
}

/// How the permissions of files are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permissions {
    /// As they are.
    Kept,
    /// The group may do what the owner may: a bundle runs as a member of the root group.
    GroupAsOwner,
}

impl Permissions {
    /// The permission bits to show for these.
    pub(crate) fn of(self, mode: u32) -> u32 {
        match self {
            Self::Kept => mode,
            Self::GroupAsOwner => (mode & !0o070) | ((mode & 0o700) >> 3),
        }
    }
}

/// A folder, read through a handle so that no link leads out of it.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    dir: Arc<Dir>,
    path: PathBuf,
    hidden: BTreeSet<String>,
    pub(super) permissions: Permissions,
}

impl Folder {
    /// Opens the folder. The hidden paths, relative to it, are left out with all below them.
    pub(crate) fn open(
        path: &Path,
        hidden: impl IntoIterator<Item = String>,
        permissions: Permissions,
    ) -> Result<Self, DockerError> {
        let dir = Dir::open_ambient_dir(path, ambient_authority())
            .map_err(|error| context_file(&path.display().to_string(), &error.to_string()))?;
        let hidden = hidden
            .into_iter()
            .map(|path| path.trim_matches('/').to_owned())
            .collect();
        Ok(Self {
            dir: Arc::new(dir),
            path: path.to_owned(),
            hidden,
            permissions,
        })
    }

    pub(super) fn is_hidden(&self, path: &str) -> bool {
        self.hidden.contains(path)
    }

    /// The entries of a folder below, by name; an empty path is the folder itself.
    pub(super) fn entries(&self, path: &str) -> Result<Vec<(String, Metadata)>, DockerError> {
        let below = if path.is_empty() { "." } else { path };
        let failed = |error: io::Error| self.failed(path, &error.to_string());
        let mut found = Vec::new();
        for entry in self.dir.read_dir(below).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().into_string().map_err(|name| {
                let shown = self
                    .path
                    .join(path)
                    .join(name)
                    .to_string_lossy()
                    .into_owned();
                context_file(
                    &shown,
                    "its name is not UTF-8; leave it out with .dockerignore",
                )
            })?;
            match entry.metadata() {
                Ok(metadata) => found.push((name, metadata)),
                // It was there a moment ago.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
        found.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        Ok(found)
    }

    /// What is at this path, without following a link there.
    pub(super) fn metadata(&self, path: &str) -> Option<Metadata> {
        self.dir.symlink_metadata(path).ok()
    }

    /// Where the link leads, as written.
    pub(super) fn link(&self, path: &str) -> Result<String, DockerError> {
        self.dir
            .read_link_contents(path)
            .map_err(|error| self.failed(path, &error.to_string()))?
            .into_os_string()
            .into_string()
            .map_err(|_| self.failed(path, "where it links to is not UTF-8"))
    }

    /// Opens a regular file, and nothing else that may have taken its place.
    fn open_file(&self, path: &str) -> Result<File, DockerError> {
        let mut options = OpenOptions::new();
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        options.read(true).custom_flags(flags.bits().cast_signed());
        let failed = |error: io::Error| self.failed(path, &error.to_string());
        let file = self
            .dir
            .open_with(path, &options)
            .map_err(failed)?
            .into_std();
        if file.metadata().map_err(failed)?.is_file() {
            Ok(file)
        } else {
            Err(self.failed(path, "it is no longer a regular file"))
        }
    }

    pub(super) fn failed(&self, path: &str, reason: &str) -> DockerError {
        context_file(&self.path.join(path).to_string_lossy(), reason)
    }
}

impl Source {
    /// Opens a file that was named to the build before.
    pub(super) fn read(&self, path: &str) -> Result<Box<dyn Read + Send>, DockerError> {
        match self {
            Self::Text { content, .. } => Ok(Box::new(Cursor::new(Arc::clone(content)))),
            Self::Folder(folder) => Ok(Box::new(folder.open_file(path)?)),
        }
    }

    /// The error for a file that broke off while it was read.
    pub(super) fn failed(&self, path: &str, error: &io::Error) -> DockerError {
        match self {
            Self::Text { name, .. } => context_file(name, &error.to_string()),
            Self::Folder(folder) => folder.failed(path, &error.to_string()),
        }
    }
}

fn context_file(path: &str, reason: &str) -> DockerError {
    DockerError::ContextFile {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Permission bits, with set-user-ID and the like.
pub(super) fn mode(metadata: &Metadata) -> u32 {
    metadata.permissions().mode() & 0o7777
}

/// When the file was changed, in nanoseconds.
pub(super) fn modified(metadata: &Metadata) -> i64 {
    metadata
        .mtime()
        .saturating_mul(1_000_000_000)
        .saturating_add(metadata.mtime_nsec())
}
