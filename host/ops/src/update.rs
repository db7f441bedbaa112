//! `porter mixins update`: accepting the mixins that are installed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::Porter;
use crate::build::BuildRequest;
use crate::directory::BundleDirectory;
use crate::error::Error;
use crate::lock::{Difference, Lock, LockError, LockedMixin};
use crate::source::MANIFEST;

/// What to accept.
#[derive(Debug, Clone, Default)]
pub struct UpdateRequest {
    /// `--file`.
    pub file: Option<PathBuf>,
    /// `--dir`: where the lock is.
    pub directory: Option<PathBuf>,
    /// The mixins; all of them when there are none.
    pub names: Vec<String>,
    /// Features that `--experimental` names.
    pub experimental: Vec<String>,
}

impl Porter {
    /// Writes what is installed into the lock of a bundle, and tells what has changed. Of other
    /// mixins than those named the lock says what it said.
    ///
    /// # Errors
    /// When the manifest does not have a mixin that is named, or one cannot be used.
    pub fn update_lock(&self, request: &UpdateRequest) -> Result<Vec<Difference>, Error> {
        let directory = request.directory.as_deref().unwrap_or(Path::new("."));
        let path = match &request.file {
            Some(file) => file.clone(),
            None => directory.join(MANIFEST),
        };
        if !path.is_file() {
            let directory = std::path::absolute(directory).unwrap_or(directory.to_path_buf());
            return Err(Error::NoManifest { directory });
        }
        let build = BuildRequest {
            experimental: request.experimental.clone(),
            ..BuildRequest::default()
        };
        let read = self.read_manifest(&path, &build)?;
        let declared: BTreeSet<&str> = read.manifest.mixin_names().into_iter().collect();
        let unknown = request
            .names
            .iter()
            .find(|name| !declared.contains(name.as_str()));
        if let Some(name) = unknown {
            return Err(LockError::NotInManifest(name.clone()).into());
        }
        let _guard = BundleDirectory::lock(directory)?;
        let old = Lock::read(directory)?.unwrap_or_else(|| Lock::new(Vec::new()));
        let is_meant =
            |name: &str| request.names.is_empty() || request.names.iter().any(|one| one == name);
        let mut mixins: Vec<LockedMixin> = Vec::new();
        // Where only some are meant, nothing else is touched, not even what is there no more.
        let kept = old.mixins.iter().filter(|mixin| !is_meant(&mixin.name));
        mixins.extend(kept.cloned());
        for name in declared.iter().filter(|name| is_meant(name)) {
            let choice = self.choose_at(&read, name, None)?;
            mixins.push(self.catalog()?.lock_choice(&choice)?);
        }
        let new = Lock::new(mixins);
        let differences = Difference::between(&old, &new);
        new.write(directory)?;
        Ok(differences)
    }
}
