//! Reading the manifest.

use std::fmt;
use std::path::Path;

use porter_manifest::{Features, LoadOptions, Loaded, Manifest, Problems};

use crate::Porter;
use crate::build::BuildRequest;
use crate::error::{Error, Hint, Usage};

/// Everything that is wrong with a manifest, each with its place, its line and a hint.
#[derive(Debug)]
pub struct ManifestError(pub(crate) Problems);

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The printer writes `error: ` before the first one.
        let text = self.0.to_string();
        f.write_str(text.strip_prefix("error: ").unwrap_or(&text))
    }
}

impl std::error::Error for ManifestError {}

impl Hint for ManifestError {
    fn hint(&self) -> Option<String> {
        None
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Manifest(ManifestError(problems))
    }
}

impl Porter {
    /// Reads and checks a manifest.
    pub(crate) fn read_manifest(
        &self,
        path: &Path,
        request: &BuildRequest,
    ) -> Result<ReadManifest, Error> {
        let text = porter_manifest::source::read(path).map_err(Problems::from)?;
        let options = LoadOptions {
            schema_check: self.schema_check,
            ..options(request)?
        };
        let Loaded { manifest, warnings } =
            Manifest::load(&path.display().to_string(), &text, &options)?;
        for warning in &warnings {
            tracing::warn!("{warning}");
        }
        Ok(ReadManifest { manifest, text })
    }
}

/// A manifest and what the author wrote.
#[derive(Debug)]
pub(crate) struct ReadManifest {
    pub(crate) manifest: Manifest,
    pub(crate) text: Vec<u8>,
}

pub(crate) fn options(request: &BuildRequest) -> Result<LoadOptions, Usage> {
    let mut custom = Vec::new();
    for text in &request.custom {
        let Some((name, value)) = text.split_once('=') else {
            return Err(Usage::NameValue(text.clone()));
        };
        if name.trim().is_empty() {
            return Err(Usage::NoName(text.clone()));
        }
        custom.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(LoadOptions {
        features: Features::new(request.experimental.iter().cloned()),
        name: request.name.clone(),
        version: request.version.clone(),
        custom,
        ..LoadOptions::default()
    })
}
