//! Files of the container that must be known before it starts.

use std::io::{self, Read};

use bollard::Docker;
use porter_cnab::ports::TrustedFile;
use sha2::{Digest, Sha256};

use super::archive_of;
use super::error::DriverError;
use crate::archive;

/// Checks that the container has one of the known contents at the path. Whatever was injected is
/// there by now, so that nothing can replace the file afterwards but the container itself.
pub(super) async fn check(
    docker: &Docker,
    container: &str,
    trusted: &TrustedFile,
) -> Result<(), DriverError> {
    let (found, failure) =
        archive::read(archive_of(docker, container, &trusted.path), digest).await;
    if let Some(source) = failure {
        return Err(DriverError::Trust {
            path: trusted.path.clone(),
            source,
        });
    }
    let found = found.unwrap_or_else(|error| Err(io::Error::other(error)));
    match found {
        Ok(digest) if trusted.digests.contains(&digest) => Ok(()),
        _ => Err(DriverError::Untrusted {
            path: trusted.path.clone(),
        }),
    }
}

/// `sha256:…` of the one regular file in the archive.
fn digest(archive: impl Read) -> io::Result<String> {
    let mut archive = tar::Archive::new(archive);
    let mut entries = archive.entries()?;
    let none = || io::Error::from(io::ErrorKind::NotFound);
    let mut entry = entries.next().ok_or_else(none)??;
    if entry.header().entry_type() != tar::EntryType::Regular {
        return Err(none());
    }
    let mut hasher = Sha256::new();
    io::copy(&mut entry, &mut hasher)?;
    Ok(format!("sha256:{:x}", hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn only_a_file_has_a_digest() {
        let archive = |kind| {
            let mut archive = tar::Builder::new(Vec::new());
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(3);
            archive
                .append_data(&mut header, "run", b"abc".as_slice())
                .unwrap();
            archive.into_inner().unwrap()
        };
        let expected = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let file = archive(tar::EntryType::Regular);
        assert_eq!(digest(file.as_slice()).unwrap(), expected);
        assert!(digest(&file[..100]).is_err());
        assert!(digest(archive(tar::EntryType::Symlink).as_slice()).is_err());
        assert!(digest([].as_slice()).is_err());
    }
}
