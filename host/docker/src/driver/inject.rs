//! The files of a run, put into the container before it starts. They go from memory to the engine
//! and are never on the host's disk.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use bollard::Docker;
use bollard::query_parameters::{ContainerArchiveInfoOptions, UploadToContainerOptions};
use bytes::Bytes;
use porter_cnab::Sensitive;

use super::error::DriverError;
use crate::error::is_absent;

/// The run tool lies in it, so every image that can be run has it.
const PRESENT: [&str; 3] = ["/", "/cnab", "/cnab/app"];

type Files = BTreeMap<String, Sensitive<Vec<u8>>>;

/// Puts `files` into the container, owned by `owner`, readable for nobody else. Folders that are
/// missing are made likewise; those that are there stay as they are.
pub(super) async fn inject(
    docker: &Docker,
    container: &str,
    files: &Files,
    owner: (u64, u64),
) -> Result<(), DriverError> {
    if files.is_empty() {
        return Ok(());
    }
    let missing = missing_folders(docker, container, files).await?;
    let archive = pack(files, &missing, owner).map_err(DriverError::Pack)?;
    let options = UploadToContainerOptions {
        path: "/".to_owned(),
        ..Default::default()
    };
    docker
        .upload_to_container(container, Some(options), bollard::body_full(archive))
        .await
        .map_err(DriverError::Inject)
}

/// Refuses paths that are not what they seem.
pub(super) fn check_paths(files: &Files) -> Result<(), DriverError> {
    let is_clean = |path: &str| {
        path.len() <= 4096
            && !path.contains('\0')
            && path.strip_prefix('/').is_some_and(|rest| {
                rest.split('/')
                    .all(|part| !part.is_empty() && part != "." && part != "..")
            })
    };
    match files.keys().find(|path| !is_clean(path)) {
        Some(path) => Err(DriverError::FilePath { path: path.clone() }),
        None => Ok(()),
    }
}

/// Folders above `files` that the image lacks, parents first.
async fn missing_folders(
    docker: &Docker,
    container: &str,
    files: &Files,
) -> Result<BTreeSet<String>, DriverError> {
    let mut missing = BTreeSet::new();
    for folder in folders(files) {
        let below_missing = parent(&folder).is_some_and(|above| missing.contains(above));
        if below_missing || !exists(docker, container, &folder).await? {
            missing.insert(folder);
        }
    }
    Ok(missing)
}

/// Folders above `files` that may be missing, parents first.
fn folders(files: &Files) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in files.keys() {
        let mut above = parent(path);
        while let Some(folder) = above.filter(|folder| !PRESENT.contains(folder)) {
            found.insert(folder.to_owned());
            above = parent(folder);
        }
    }
    found
}

fn parent(path: &str) -> Option<&str> {
    match path.rsplit_once('/')? {
        ("", "") => None,
        ("", _) => Some("/"),
        (above, _) => Some(above),
    }
}

async fn exists(docker: &Docker, container: &str, path: &str) -> Result<bool, DriverError> {
    let options = ContainerArchiveInfoOptions {
        path: path.to_owned(),
    };
    match docker
        .get_container_archive_info(container, Some(options))
        .await
    {
        Ok(_) => Ok(true),
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(DriverError::Inject(error)),
    }
}

fn pack(files: &Files, folders: &BTreeSet<String>, owner: (u64, u64)) -> io::Result<Bytes> {
    let content: usize = files.values().map(|file| file.expose().len() + 1024).sum();
    let mut archive = tar::Builder::new(Vec::with_capacity(content + 4096));
    for folder in folders {
        let mut header = header(tar::EntryType::Directory, 0o700, 0, owner);
        let name = format!("{}/", relative(folder));
        archive.append_data(&mut header, name, io::empty())?;
    }
    for (path, content) in files {
        let content = content.expose();
        let mut header = header(tar::EntryType::Regular, 0o600, content.len(), owner);
        archive.append_data(&mut header, relative(path), content.as_slice())?;
    }
    Ok(archive.into_inner()?.into())
}

fn relative(path: &str) -> &str {
    path.trim_start_matches('/')
}

fn header(kind: tar::EntryType, mode: u32, size: usize, owner: (u64, u64)) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size as u64);
    header.set_uid(owner.0);
    header.set_gid(owner.1);
    header.set_mtime(0);
    header
}

#[cfg(test)]
mod tests {
    use super::{Files, check_paths, folders, pack};

    fn files(paths: &[&str]) -> Files {
        paths
            .iter()
            .map(|path| ((*path).to_owned(), b"x".to_vec().into()))
            .collect()
    }

    #[test]
    fn only_folders_that_may_be_missing() {
        let found = folders(&files(&[
            "/cnab/claim.json",
            "/cnab/app/a/b/c",
            "/porter/state",
        ]));
        let found: Vec<_> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["/cnab/app/a", "/cnab/app/a/b", "/porter"]);
    }

    #[test]
    fn paths_that_are_refused() {
        assert!(check_paths(&files(&["/a/b"])).is_ok());
        for bad in ["", "/", "a", "/a/../b", "/a//b", "/a/", "/./a", "/a\0b"] {
            assert!(check_paths(&files(&[bad])).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn long_paths_and_folders_survive_packing() {
        let long = format!("/{}/{}", "d".repeat(200), "f".repeat(200));
        let files = files(&[long.as_str()]);
        let archive = pack(&files, &folders(&files), (65532, 0)).unwrap();
        let mut archive = tar::Archive::new(archive.as_ref());
        let entries: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let path = entry.path().unwrap().display().to_string();
                (
                    path,
                    entry.header().mode().unwrap(),
                    entry.header().uid().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            entries,
            [
                (format!("{}/", "d".repeat(200)), 0o700, 65532),
                (long[1..].to_owned(), 0o600, 65532)
            ]
        );
    }
}
