//! The folder, through a handle: what was checked is what is used.

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, Timestamps, fstat, futimens, open, openat, renameat,
    statat, unlinkat,
};

use super::CacheError;
use super::key::fill;

/// Beginning of files that are being written.
const TEMPORARY: &str = ".new-";
/// After this time nobody writes to a file any more.
const ABANDONED: Duration = Duration::from_secs(3600);
/// Files beyond which a folder is not read on.
const MAX_FILES: usize = 100_000;

pub(super) struct Folder(OwnedFd);

struct Found {
    name: Vec<u8>,
    size: u64,
    modified: i64,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, CacheError> {
        let failed = |action, source| CacheError::Io {
            action,
            path: path.to_owned(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|source| failed("make", source))?;
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = open(path, flags, Mode::empty()).map_err(|error| match error {
            rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP => CacheError::Kind {
                path: path.to_owned(),
                expected: "a folder",
            },
            error => failed("open", error.into()),
        })?;
        let found = fstat(&handle).map_err(|error| failed("look at", error.into()))?;
        let path = path.to_owned();
        let user = rustix::process::geteuid().as_raw();
        if found.st_uid != user {
            return Err(CacheError::Owner {
                path,
                owner: found.st_uid,
                user,
            });
        }
        let mode = found.st_mode & 0o7777;
        if mode & 0o022 != 0 {
            return Err(CacheError::Mode {
                path,
                mode,
                wanted: 0o700,
            });
        }
        Ok(Self(handle))
    }

    /// Content of an ordinary file of at most `limit` bytes; `None` when there is none.
    pub(super) fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.0, name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let found = fstat(&file)?;
        let size = u64::try_from(found.st_size).unwrap_or(u64::MAX);
        if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile || size > limit {
            return Ok(None);
        }
        // What is used is not the oldest; a folder that is read-only keeps its order.
        let _ = futimens(&file, &now());
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        File::from(file).take(limit).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Writes a file whole or not at all.
    pub(super) fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let mut random = [0; 8];
        fill(&mut random)?;
        let temporary = format!("{TEMPORARY}{:016x}", u64::from_le_bytes(random));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let mut file = File::from(openat(&self.0, &temporary, flags, mode)?);
        let written = parts
            .iter()
            .try_for_each(|part| file.write_all(part))
            .and_then(|()| Ok(renameat(&self.0, &temporary, &self.0, name)?));
        if written.is_err() {
            // The first error is the one to tell.
            let _ = unlinkat(&self.0, &temporary, AtFlags::empty());
        }
        written
    }

    /// Removes the oldest entries until all have at most `total` bytes, and what a process that
    /// died has left. Keeps `newest`.
    pub(super) fn shrink(&self, total: u64, newest: &str) -> io::Result<()> {
        let mut entries = self.entries()?;
        let mut size: u64 = entries.iter().map(|entry| entry.size).sum();
        entries.sort_by_key(|entry| entry.modified);
        for entry in entries {
            if size <= total {
                break;
            }
            if entry.name != newest.as_bytes() {
                remove(&self.0, &entry.name)?;
                size = size.saturating_sub(entry.size);
            }
        }
        Ok(())
    }

    fn entries(&self) -> io::Result<Vec<Found>> {
        let oldest = seconds(SystemTime::now() - ABANDONED);
        let mut found = Vec::new();
        for entry in Dir::read_from(&self.0)?.take(MAX_FILES) {
            let entry = entry?;
            let name = entry.file_name();
            let Ok(status) = statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
                continue;
            }
            if name.to_bytes().starts_with(TEMPORARY.as_bytes()) {
                if status.st_mtime < oldest {
                    remove(&self.0, name.to_bytes())?;
                }
                continue;
            }
            found.push(Found {
                name: name.to_bytes().to_vec(),
                size: u64::try_from(status.st_size).unwrap_or(0),
                modified: status.st_mtime,
            });
        }
        Ok(found)
    }
}

fn remove(folder: &OwnedFd, name: &[u8]) -> io::Result<()> {
    match unlinkat(folder, name, AtFlags::empty()) {
        // Another process was faster.
        Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn now() -> Timestamps {
    let now = rustix::fs::Timespec {
        tv_sec: 0,
        tv_nsec: rustix::fs::UTIME_NOW,
    };
    Timestamps {
        last_access: now,
        last_modification: now,
    }
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
