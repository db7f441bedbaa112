//! Files of an image, read without running anything of it.

use std::collections::BTreeMap;
use std::io::{self, Read};

use bollard::Docker;
use bollard::models::ContainerCreateBody;
use bollard::query_parameters::CreateContainerOptions;

use super::archive_of;
use super::container::ENTRYPOINT;
use super::error::DriverError;
use super::image::check_reference;
use super::removal::Removal;
use crate::DockerEngine;
use crate::archive;
use crate::error::is_absent;

/// Bytes of one file, of all files, and of the archive.
const LIMITS: [u64; 3] = [64 << 20, 256 << 20, 512 << 20];
/// Files.
const MAX_FILES: usize = 1000;

impl DockerEngine {
    /// The regular files of an image below `folder` whose relative path is `wanted`, if the engine
    /// has the image. Nothing is pulled.
    ///
    /// # Errors
    /// When the engine cannot be asked, or there is more than 1,000 files or 256 MiB.
    pub async fn image_files(
        &self,
        image: &str,
        folder: &str,
        wanted: fn(&str) -> bool,
    ) -> Result<Option<BTreeMap<String, Vec<u8>>>, DriverError> {
        check_reference(image)?;
        let docker = self.docker();
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            entrypoint: Some(vec![ENTRYPOINT.to_owned()]),
            network_disabled: Some(true),
            ..Default::default()
        };
        let created = docker
            .create_container(None::<CreateContainerOptions>, body)
            .await;
        let container = match created {
            Ok(created) => created.id,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(source) => {
                return Err(DriverError::Create {
                    image: image.to_owned(),
                    source,
                });
            }
        };
        let removal = Removal::of(docker, &container, true);
        let found = read(docker, &container, image, folder, wanted).await;
        removal.finish().await;
        found.map(Some)
    }
}

async fn read(
    docker: &Docker,
    container: &str,
    image: &str,
    folder: &str,
    wanted: fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<u8>>, DriverError> {
    let (files, failure) = archive::read(archive_of(docker, container, folder), move |archive| {
        take(archive, wanted)
    })
    .await;
    match failure {
        // There is no such folder.
        Some(error) if is_absent(&error) => return Ok(BTreeMap::new()),
        Some(source) => {
            return Err(DriverError::Inspect {
                image: image.to_owned(),
                source,
            });
        }
        None => {}
    }
    let files = files.unwrap_or_else(|error| Err(io::Error::other(error)));
    files.map_err(|source| DriverError::Contents {
        image: image.to_owned(),
        folder: folder.to_owned(),
        source,
    })
}

fn take(archive: impl Read, wanted: fn(&str) -> bool) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let [of_file, of_all, of_archive] = LIMITS;
    let mut archive = tar::Archive::new(archive.take(of_archive));
    let mut files = BTreeMap::new();
    let mut left = of_all;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some((_, path)) = path.split_once('/') else {
            continue;
        };
        let is_file = entry.header().entry_type() == tar::EntryType::Regular;
        if !is_file || !wanted(path) || files.contains_key(path) {
            continue;
        }
        let size = entry.size();
        if size > of_file.min(left) || files.len() >= MAX_FILES {
            return Err(io::Error::other("there is too much of it"));
        }
        left -= size;
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        if content.len() as u64 != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        files.insert(path.to_owned(), content);
    }
    Ok(files)
}
