//! A secret per file, in clear: Porter's plugin `filesystem`.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Once;

use async_trait::async_trait;
use porter_cnab::Sensitive;
use porter_cnab::secrets::{Secrets, SecretsError};

/// No secret in a file is larger.
const MAX_BYTES: u64 = 64 << 20;

/// A folder with a file for each secret.
#[derive(Debug)]
pub(crate) struct SecretFiles {
    folder: PathBuf,
    warned: Once,
}

impl SecretFiles {
    /// The secrets in this folder, which need not be there.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            warned: Once::new(),
        }
    }

    /// A secret; none when there is no such file.
    ///
    /// # Errors
    /// When it cannot be read or is too large.
    pub(crate) fn read(&self, key: &str) -> io::Result<Option<Sensitive<Vec<u8>>>> {
        if !is_name(key) {
            return Ok(None);
        }
        let file = match File::open(self.folder.join(key)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut value = Vec::new();
        file.take(MAX_BYTES + 1).read_to_end(&mut value)?;
        let value = Sensitive::new(value);
        if value.expose().len() as u64 > MAX_BYTES {
            return Err(io::Error::from(ErrorKind::FileTooLarge));
        }
        Ok(Some(value))
    }

    /// Writes a secret: the old one is there until the new one is.
    fn write(&self, key: &str, value: &Sensitive<Vec<u8>>) -> io::Result<()> {
        if !is_name(key) {
            return Err(io::Error::new(
                ErrorKind::InvalidFilename,
                "the key is no name of a file",
            ));
        }
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        let draft = self
            .folder
            .join(format!(".{}.new", porter_cnab::records::new_ulid()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut file| {
                file.write_all(value.expose())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&draft, self.folder.join(key)));
        if written.is_err() {
            // Ours alone; the error that matters is the first.
            let _ = fs::remove_file(&draft);
        }
        written
    }
}

fn is_name(key: &str) -> bool {
    !key.is_empty() && !key.starts_with('.') && !key.contains(['/', '\0'])
}

#[async_trait]
impl Secrets for SecretFiles {
    async fn secret(&self, key: &str) -> Result<Sensitive<Vec<u8>>, SecretsError> {
        match self.read(key) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(SecretsError::NotFound { key: key.into() }),
            Err(error) => Err(SecretsError::Backend(Box::new(error))),
        }
    }

    async fn put_secret(&self, key: &str, value: &Sensitive<Vec<u8>>) -> Result<(), SecretsError> {
        self.warned.call_once(|| {
            tracing::warn!(
                "the secrets plugin `filesystem` keeps secrets in clear in {}; without it they are encrypted",
                self.folder.display()
            );
        });
        self.write(key, value)
            .map_err(|error| SecretsError::Backend(Box::new(error)))
    }
}
