//! What the mixins of a bundle may read of it: what they ask for and the bundle's author grants.

use std::collections::BTreeMap;
use std::path::Path;

use porter_manifest::Manifest;
use porter_sandbox::{BundlePath, Digest, Files, FilesError, PathProblem, Tier};

use super::MixinError;
use super::component::{Component, admit};
use crate::lint::shown;

/// Why a mixin cannot be given files of the bundle.
#[derive(Debug, thiserror::Error)]
pub enum ReadsError {
    /// The author grants what cannot be.
    #[error("{place}: `{path}` cannot be granted")]
    Path {
        /// `FILE:LINE:COLUMN`.
        place: String,
        /// The path, escaped.
        path: String,
        /// Why not.
        source: PathProblem,
    },
    /// They cannot be read.
    #[error("cannot give mixin `{mixin}` the files of the bundle that it may read")]
    Files {
        /// The mixin.
        mixin: String,
        /// Why not.
        source: FilesError,
    },
}

/// What one mixin may read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readable {
    /// Paths that were asked for and granted.
    pub(crate) paths: Vec<String>,
    /// What is there.
    pub(super) files: Files,
}

/// By name of the mixin. Who is not in here reads nothing.
pub(crate) type Reads = BTreeMap<String, Readable>;

/// Reads what the components may read in the bundle's directory.
pub(crate) fn reads(
    manifest: &Manifest,
    directory: &Path,
    components: &[Component],
) -> Result<Reads, MixinError> {
    let mut reads = Reads::new();
    for component in components {
        let name = &component.name;
        let granted = granted(manifest, name)?;
        if granted.is_empty() {
            continue;
        }
        let admitted = admit(component)?;
        if admitted.tier != Tier::Reader {
            tracing::warn!("mixin `{name}` may read files of the bundle, but never asks to");
            continue;
        }
        let paths = BundlePath::both(&granted, &admitted.reads);
        let files = Files::read(directory, &paths).map_err(|source| ReadsError::Files {
            mixin: name.clone(),
            source,
        })?;
        let paths = paths.iter().map(ToString::to_string).collect();
        reads.insert(name.clone(), Readable { paths, files });
    }
    Ok(reads)
}

/// Digest of everything that any mixin may read, for what depends on it; none where that is
/// nothing.
pub(crate) fn digest(reads: &Reads) -> Option<String> {
    if reads.is_empty() {
        return None;
    }
    let mut text = String::new();
    for (name, readable) in reads {
        text.push_str(&format!("{name} {}\n", readable.files.digest()));
    }
    Some(Digest::of(text.as_bytes()).to_string())
}

fn granted(manifest: &Manifest, mixin: &str) -> Result<Vec<BundlePath>, ReadsError> {
    let grants = manifest.grants.iter();
    grants
        .filter(|grant| grant.mixin.value == mixin)
        .map(|grant| {
            let text = &grant.path.value;
            BundlePath::parse(text).map_err(|source| ReadsError::Path {
                place: shown(&manifest.source().place(grant.path.span)),
                path: porter_mixin::escape::escape(text),
                source,
            })
        })
        .collect()
}
