//! Downloading what the manifest lists under `files`, before the build looks at its sources.
//!
//! Source: `build.md` §2 and `manifest.md` §17 of the compatibility reference.

use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use porter_manifest::model::FileSource;
use porter_mixin::escape::escape;
use porter_registry::download::{DownloadError, Downloads, Limits, Progress};

use crate::error::Error;

/// Largest file.
const MAX_BYTES: u64 = 1 << 30;

/// Why a file of the manifest was not downloaded.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Nobody said that it may be.
    #[error(
        "porter build --allow-file-downloads is required to download files declared in the \
         manifest:{}", list(.files)
    )]
    NotAllowed {
        /// Addresses and destinations.
        files: Vec<(String, String)>,
    },
    /// The server has another answer.
    #[error("failed to download {url}: server returned {status}")]
    Status {
        /// The address.
        url: String,
        /// What it answered.
        status: String,
    },
    /// It could not be had.
    #[error("failed to download {url}")]
    Download {
        /// The address.
        url: String,
        /// Why.
        source: Box<DownloadError>,
    },
    /// It could not be put where it belongs.
    #[error("cannot write `{destination}` into the bundle directory")]
    Write {
        /// Path in the bundle directory.
        destination: String,
        /// Why.
        source: std::io::Error,
    },
}

fn list(files: &[(String, String)]) -> String {
    files
        .iter()
        .map(|(url, destination)| format!("\n  - {} => {}", escape(url), escape(destination)))
        .collect()
}

/// Downloads the files into the bundle directory, in their order.
pub(super) async fn download(
    files: &[FileSource],
    directory: &Path,
    is_allowed: bool,
) -> Result<(), Error> {
    if files.is_empty() {
        return Ok(());
    }
    if !is_allowed {
        let pair = |file: &FileSource| (file.url.value.clone(), file.destination.value.clone());
        let files = files.iter().map(pair).collect();
        return Err(FilesError::NotAllowed { files }.into());
    }
    for file in files {
        one(file, directory).await?;
    }
    Ok(())
}

async fn one(file: &FileSource, directory: &Path) -> Result<(), FilesError> {
    let (url, destination) = (escape(&file.url), &file.destination.value);
    tracing::info!("Downloading {url} => {}", escape(destination));
    let failed = |source: DownloadError| match source {
        DownloadError::Status { code, reason, .. } => FilesError::Status {
            url: url.clone(),
            status: format!("{code} {}", escape(&reason)),
        },
        source => FilesError::Download {
            url: url.clone(),
            source: Box::new(source),
        },
    };
    let mut downloads = Downloads::new(false, Limits::default()).map_err(failed)?;
    let address = downloads.ask(&file.url).map_err(failed)?;
    let write = |source| FilesError::Write {
        destination: escape(destination),
        source,
    };
    let mut part = tempfile::tempfile().map_err(write)?;
    downloads
        .get(&address, MAX_BYTES, &mut part, &Silent)
        .await
        .map_err(failed)?;
    put(&mut part, directory, destination).map_err(write)
}

/// Puts the file where it belongs; no link leads out of the bundle directory.
fn put(part: &mut std::fs::File, directory: &Path, destination: &str) -> std::io::Result<()> {
    std::io::Seek::rewind(part)?;
    let directory = Dir::open_ambient_dir(directory, ambient_authority())?;
    let path = Path::new(destination);
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        directory.create_dir_all(parent)?;
    }
    // An earlier one may be a link, which stays untouched this way.
    match directory.remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = directory.create(path)?;
    std::io::copy(part, &mut file)?;
    Ok(())
}

/// Such a download is short beside the build.
struct Silent;

impl Progress for Silent {
    fn received(&self, _: &str, _: u64, _: Option<u64>) {}
}
