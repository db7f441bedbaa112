//! The key, and the file it lives in.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use hmac::{Hmac, Mac};
use rustix::fs::OFlags;
use sha2::Sha256;

use super::CacheError;

/// One block of the hash.
const LENGTH: usize = 64;

/// A secret of this user on this machine.
pub(super) struct Key([u8; LENGTH]);

impl Key {
    /// Reads the key, making it where it is missing.
    pub(super) fn open(path: &Path) -> Result<Self, CacheError> {
        if let Some(key) = Self::read(path)? {
            return Ok(key);
        }
        Self::make(path).map_err(|source| CacheError::Io {
            action: "make the key",
            path: path.to_owned(),
            source,
        })?;
        // Another process may have been faster: its key counts.
        Self::read(path)?.ok_or_else(|| CacheError::Key {
            path: path.to_owned(),
        })
    }

    fn read(path: &Path) -> Result<Option<Self>, CacheError> {
        let failed = |source| CacheError::Io {
            action: "read",
            path: path.to_owned(),
            source,
        };
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return Err(CacheError::Kind {
                    path: path.to_owned(),
                    expected: "a key file",
                });
            }
            Err(error) => return Err(failed(error)),
        };
        Self::check(path, &file.metadata().map_err(failed)?)?;
        let mut bytes = Vec::new();
        file.take(LENGTH as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        let key = bytes.try_into().map_err(|_| CacheError::Key {
            path: path.to_owned(),
        })?;
        Ok(Some(Self(key)))
    }

    fn check(path: &Path, metadata: &fs::Metadata) -> Result<(), CacheError> {
        let path = path.to_owned();
        if !metadata.is_file() {
            return Err(CacheError::Kind {
                path,
                expected: "a key file",
            });
        }
        let user = rustix::process::geteuid().as_raw();
        if metadata.uid() != user {
            return Err(CacheError::Owner {
                path,
                owner: metadata.uid(),
                user,
            });
        }
        let mode = metadata.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(CacheError::Mode {
                path,
                mode,
                wanted: 0o600,
            });
        }
        Ok(())
    }

    /// Makes the file whole or not at all, never over another one.
    fn make(path: &Path) -> io::Result<()> {
        if let Some(parent) = path.parent() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(parent)?;
        }
        let mut random = [0; LENGTH + 8];
        fill(&mut random)?;
        let (key, unique) = random.split_at(LENGTH);
        let unique: String = unique.iter().map(|byte| format!("{byte:02x}")).collect();
        let temporary = path.with_extension(format!("{unique}.new"));
        let mut file: File = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        let made = file
            .write_all(key)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::hard_link(&temporary, path));
        fs::remove_file(&temporary)?;
        match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    pub(super) fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.mac(parts).finalize().into_bytes().into()
    }

    /// Compares in constant time.
    pub(super) fn verifies(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.mac(parts).verify_slice(tag).is_ok()
    }

    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::new(&self.0.into());
        parts.iter().for_each(|part| Mac::update(&mut mac, part));
        mac
    }
}

/// Fills `bytes` with random ones.
pub(super) fn fill(bytes: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        let flags = rustix::rand::GetRandomFlags::empty();
        filled += rustix::rand::getrandom(&mut bytes[filled..], flags)?;
    }
    Ok(())
}
