//! The key of the secrets: a file of its own, for the user alone.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, OsRng, Payload};
use chacha20poly1305::{AeadCore, XChaCha20Poly1305, XNonce};
use porter_cnab::Sensitive;

use crate::error::StorageError;

/// First line of the key file: what it is, and the version of its format.
const HEADER: &str = "porter-secret-key 1";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// No key file is longer.
const MAX_FILE_BYTES: u64 = 1024;

/// Encrypts and decrypts secrets (XChaCha20-Poly1305, a random nonce each).
pub(crate) struct SecretKey(XChaCha20Poly1305);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

/// A secret as it is stored.
pub(crate) struct Sealed {
    pub(crate) nonce: Vec<u8>,
    pub(crate) ciphertext: Vec<u8>,
}

impl SecretKey {
    /// Reads the key; none when there is no file.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, StorageError> {
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StorageError::access(path, source)),
        };
        let failed = |source| StorageError::access(path, source);
        if file.metadata().map_err(failed)?.mode() & 0o077 != 0 {
            return Err(StorageError::KeyOpen {
                path: path.to_path_buf(),
            });
        }
        let mut text = String::new();
        file.take(MAX_FILE_BYTES)
            .read_to_string(&mut text)
            .map_err(failed)?;
        let text = Sensitive::new(text);
        let key = parse(text.expose()).ok_or_else(|| StorageError::KeyInvalid {
            path: path.to_path_buf(),
        })?;
        Ok(Some(Self(XChaCha20Poly1305::new(key.expose().into()))))
    }

    /// Makes a new key file and reads it. When two processes do so at once, one file wins and both
    /// read that one.
    pub(crate) fn create(path: &Path) -> Result<Self, StorageError> {
        let failed = |source| StorageError::access(path, source);
        let draft = path.with_extension(format!("new.{}", porter_cnab::records::new_ulid()));
        let written = write_key(&draft).and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            other => other,
        });
        // The draft is ours alone; that it cannot be removed changes nothing for the key.
        let removed = fs::remove_file(&draft);
        written.map_err(failed)?;
        removed.map_err(failed)?;
        sync_directory(path).map_err(failed)?;
        Self::read(path)?.ok_or_else(|| StorageError::KeyMissing {
            path: path.to_path_buf(),
        })
    }

    /// Encrypts a value and binds it to its key, so that no two can be exchanged.
    pub(crate) fn seal(&self, key: &str, value: &[u8]) -> Option<Sealed> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload {
            msg: value,
            aad: key.as_bytes(),
        };
        let ciphertext = self.0.encrypt(&nonce, payload).ok()?;
        Some(Sealed {
            nonce: nonce.to_vec(),
            ciphertext,
        })
    }

    /// Decrypts a value; none when it was not sealed with this key and for this key name.
    pub(crate) fn open(&self, key: &str, sealed: &Sealed) -> Option<Sensitive<Vec<u8>>> {
        let nonce = <[u8; NONCE_BYTES]>::try_from(sealed.nonce.as_slice()).ok()?;
        let payload = Payload {
            msg: &sealed.ciphertext,
            aad: key.as_bytes(),
        };
        self.0
            .decrypt(&XNonce::from(nonce), payload)
            .ok()
            .map(Sensitive::new)
    }
}

fn write_key(path: &Path) -> std::io::Result<()> {
    let key = XChaCha20Poly1305::generate_key(&mut OsRng);
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(format!("{HEADER}\n{digits}\n").as_bytes())?;
    file.sync_all()
}

fn sync_directory(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(directory) => fs::File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

fn parse(text: &str) -> Option<Sensitive<[u8; KEY_BYTES]>> {
    let digits = text.strip_prefix(HEADER)?.strip_prefix('\n')?.trim_end();
    if digits.len() != 2 * KEY_BYTES || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; KEY_BYTES];
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(Sensitive::new(key))
}
