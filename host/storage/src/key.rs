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

/// First line of a key file with one key: what it is, and the version of its format.
const HEADER: &str = "porter-secret-key 1";
/// The same with several: the one that encrypts, and earlier ones that decrypt.
const HEADER_SEVERAL: &str = "porter-secret-key 2";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// No key file is longer.
const MAX_FILE_BYTES: u64 = 64 << 10;

/// Encrypts and decrypts secrets (XChaCha20-Poly1305, a random nonce each). After a rotation the
/// earlier key still decrypts: whoever read the file before may have written with it.
pub(crate) struct SecretKey {
    newest: XChaCha20Poly1305,
    earlier: Vec<XChaCha20Poly1305>,
    digits: Vec<Sensitive<String>>,
}

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
        let key = Self::parse(text.expose()).ok_or_else(|| StorageError::KeyInvalid {
            path: path.to_path_buf(),
        })?;
        Ok(Some(key))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let header = lines.next()?;
        let digits: Vec<&str> = lines.map(str::trim_end).collect();
        let is_right = match header {
            HEADER => digits.len() == 1,
            HEADER_SEVERAL => digits.len() > 1,
            _ => false,
        };
        let keys = digits.iter().map(|digits| parse(digits));
        let keys: Vec<Sensitive<[u8; KEY_BYTES]>> = keys.collect::<Option<_>>()?;
        let mut ciphers = keys
            .iter()
            .map(|key| XChaCha20Poly1305::new(key.expose().into()));
        let newest = ciphers.next().filter(|_| is_right)?;
        Some(Self {
            newest,
            earlier: ciphers.collect(),
            digits: digits
                .iter()
                .map(|digits| Sensitive::new(digits.to_ascii_lowercase()))
                .collect(),
        })
    }

    /// A new key, of which this one and all before it are the earlier ones: values that a rotation
    /// which was killed left behind may be encrypted with any of them.
    pub(crate) fn successor(&self) -> Option<Self> {
        let text = Sensitive::new(format!("{HEADER_SEVERAL}\n{}\n", new_digits().expose()));
        let mut text = text.into_exposed();
        for digits in &self.digits {
            text.push_str(digits.expose());
            text.push('\n');
        }
        Self::parse(Sensitive::new(text).expose())
    }

    /// The same with one earlier key at most: for when all values are encrypted with the newest.
    pub(crate) fn without_older(&self) -> Option<Self> {
        let header = match self.digits.len() {
            0 | 1 => HEADER,
            _ => HEADER_SEVERAL,
        };
        let kept = self.digits.iter().take(2);
        let lines: Vec<&str> = kept.map(|digits| digits.expose().as_str()).collect();
        let text = Sensitive::new(format!("{header}\n{}\n", lines.join("\n")));
        Self::parse(text.expose())
    }

    /// Whether both encrypt alike.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let newest = |key: &Self| key.digits.first().map(|digits| digits.expose().clone());
        newest(self) == newest(other)
    }

    /// Writes the key to a file that must not be there yet.
    pub(crate) fn write_new(&self, path: &Path) -> Result<(), StorageError> {
        let failed = |source| StorageError::access(path, source);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        write_text(&options, path, &self.text()).map_err(failed)?;
        sync_directory(path).map_err(failed)
    }

    /// Writes the key in place of the one that is there.
    pub(crate) fn replace(&self, path: &Path) -> Result<(), StorageError> {
        let failed = |source| StorageError::access(path, source);
        let draft = path.with_extension(format!("new.{}", porter_cnab::records::new_ulid()));
        self.write_new(&draft)?;
        fs::rename(&draft, path).map_err(failed)?;
        sync_directory(path).map_err(failed)
    }

    fn text(&self) -> Sensitive<String> {
        let header = match self.earlier.is_empty() {
            true => HEADER,
            false => HEADER_SEVERAL,
        };
        let mut text = format!("{header}\n");
        for digits in &self.digits {
            text.push_str(digits.expose());
            text.push('\n');
        }
        Sensitive::new(text)
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
        let ciphertext = self.newest.encrypt(&nonce, payload).ok()?;
        Some(Sealed {
            nonce: nonce.to_vec(),
            ciphertext,
        })
    }

    /// Decrypts a value; none when it was not sealed with this key and for this key name.
    pub(crate) fn open(&self, key: &str, sealed: &Sealed) -> Option<Sensitive<Vec<u8>>> {
        let nonce = <[u8; NONCE_BYTES]>::try_from(sealed.nonce.as_slice()).ok()?;
        let mut ciphers = std::iter::once(&self.newest).chain(&self.earlier);
        ciphers.find_map(|cipher| {
            let payload = Payload {
                msg: &sealed.ciphertext,
                aad: key.as_bytes(),
            };
            let opened = cipher.decrypt(&XNonce::from(nonce), payload).ok();
            opened.map(Sensitive::new)
        })
    }
}

fn write_key(path: &Path) -> std::io::Result<()> {
    let text = Sensitive::new(format!("{HEADER}\n{}\n", new_digits().expose()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    write_text(&options, path, &text)
}

fn write_text(options: &OpenOptions, path: &Path, text: &Sensitive<String>) -> std::io::Result<()> {
    let mut file = options.open(path)?;
    file.write_all(text.expose().as_bytes())?;
    file.sync_all()
}

fn new_digits() -> Sensitive<String> {
    let key = XChaCha20Poly1305::generate_key(&mut OsRng);
    Sensitive::new(key.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn sync_directory(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(directory) => fs::File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

fn parse(digits: &str) -> Option<Sensitive<[u8; KEY_BYTES]>> {
    if digits.len() != 2 * KEY_BYTES || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; KEY_BYTES];
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(Sensitive::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_what_all_before_it_sealed_until_they_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let first = SecretKey::create(&folder.path().join("key")).unwrap();
        let sealed = first.seal("a", b"value").unwrap();
        // Two rotations that were killed before the database followed.
        let third = first.successor().unwrap().successor().unwrap();
        assert_eq!(third.open("a", &sealed).unwrap().expose(), b"value");
        assert!(third.open("b", &sealed).is_none());
        let path = folder.path().join("third");
        third.write_new(&path).unwrap();
        let read = SecretKey::read(&path).unwrap().unwrap();
        assert!(read.is_same(&third) && !read.is_same(&first));
        assert_eq!(read.open("a", &sealed).unwrap().expose(), b"value");
        let pruned = third.without_older().unwrap();
        assert!(pruned.open("a", &sealed).is_none());
        assert!(pruned.is_same(&third));
        assert_eq!(pruned.text().expose().lines().count(), 3);
        assert_eq!(
            first.without_older().unwrap().text().expose(),
            first.text().expose()
        );
    }
}
