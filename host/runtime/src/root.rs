//! Where the file system of the container begins.

use std::path::{Component, Path, PathBuf};

/// The bundle directory.
pub const BUNDLE: &str = "/cnab/app";
/// The runbook.
pub const RUNBOOK: &str = "/cnab/app/porter/runbook.json";
/// Where the images of the bundle really are.
pub const RELOCATION: &str = "/cnab/app/relocation-mapping.json";
/// The plan that a user has reviewed, where the run is bound to one.
pub const REVIEWED_PLAN: &str = "/cnab/app/porter/reviewed-plan.json";
/// Components and their native code.
pub const MIXINS: &str = "/cnab/app/porter/mixins";
/// Outputs that the run leaves for the client.
pub const OUTPUTS: &str = "/cnab/app/outputs";
/// Files that programs of a step may leave, one per output.
pub const STEP_OUTPUTS: &str = "/cnab/app/porter/outputs";
/// The state of the run before.
pub const STATE: &str = "/porter/state.tgz";

/// The directory that stands for `/`: in an image `/` itself, in tests any other. Links and `..`
/// are not kept inside: whoever runs here has the authority of the container anyway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    root: PathBuf,
    bundle: PathBuf,
}

impl Root {
    /// `/` itself.
    pub fn system() -> Self {
        Self::at("/")
    }

    /// `directory` in its place.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self {
            root: directory.into(),
            bundle: PathBuf::from(BUNDLE),
        }
    }

    /// With another bundle directory than [`BUNDLE`], for steps that run outside of an image.
    #[must_use]
    pub fn with_bundle(self, directory: impl Into<PathBuf>) -> Self {
        Self {
            bundle: directory.into(),
            ..self
        }
    }

    /// The bundle directory, as the container calls it.
    pub fn bundle(&self) -> &Path {
        &self.bundle
    }

    /// Where a path of the container is; a relative one is below the bundle directory.
    pub fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        let mut path = self.root.clone();
        let whole = self.bundle.join(inside);
        path.extend(
            whole
                .components()
                .filter(|part| !matches!(part, Component::RootDir | Component::CurDir)),
        );
        path
    }
}
