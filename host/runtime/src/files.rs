//! Files that other programs may have prepared: regular ones only, links not followed, pipes not
//! opened.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// Largest file of outputs and state.
pub const MAX_FILE: u64 = 64 << 20;

/// A file that was read.
#[derive(Debug)]
pub struct Content {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Its permission bits.
    pub mode: u32,
    /// Its owner and group.
    pub owner: (u32, u32),
}

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// When it is something else, larger, or cannot be read.
pub fn read_regular(path: &Path, limit: u64) -> io::Result<Content> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    let meta = file.metadata()?;
    if meta.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "is a directory",
        ));
    }
    if !meta.is_file() {
        return Err(io::Error::other("is not a regular file"));
    }
    let expected = usize::try_from(meta.len().min(limit)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(expected + 1);
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("is larger than {limit} bytes")));
    }
    Ok(Content {
        bytes,
        mode: meta.mode() & 0o777,
        owner: (meta.uid(), meta.gid()),
    })
}

/// Writes a file with these permission bits. Parent directories are made, an existing file is
/// replaced.
///
/// # Errors
/// When the system refuses.
pub fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = match create(path, mode) {
        // What is there may be a link, or not ours to write but ours to replace.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => replace(path, mode)?,
        result => result?,
    };
    file.write_all(bytes)?;
    file.set_permissions(Permissions::from_mode(mode & 0o777))
}

fn create(path: &Path, mode: u32) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode & 0o777)
        .open(path)
}

fn replace(path: &Path, mode: u32) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Ok(()) => create(path, mode),
        // The directory may belong to somebody else while the file is ours.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            OpenOptions::new().write(true).truncate(true).open(path)
        }
        Err(error) => Err(error),
    }
}
