//! Components of mixins, before anybody has looked at them.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use porter_sandbox::{Admission, SandboxError};

use super::MixinError;
use super::calls::Counted;

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Inside the porter binary.
    Builtin,
    /// In `PORTER_HOME/mixins`, or at a path that the user named; empty for one that has none.
    File(PathBuf),
}

/// A component that was found and not yet looked at.
#[derive(Debug, Clone)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) wasm: Cow<'static, [u8]>,
}

impl Component {
    /// A component that lies nowhere yet.
    pub(crate) fn given(name: &str, wasm: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            origin: Origin::File(PathBuf::new()),
            wasm: Cow::Owned(wasm),
        }
    }

    /// The folder of its file.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Builtin => None,
            Origin::File(path) => path.parent(),
        }
    }
}

/// A component that can be asked.
pub(crate) struct Loaded<'a> {
    pub(crate) component: &'a Component,
    pub(crate) mixin: Counted<'a>,
}

/// Components of a bundle, by name, in the order of the manifest.
pub(crate) type Components = Vec<Component>;

pub(super) fn admit(component: &Component) -> Result<porter_sandbox::Admitted<'_>, MixinError> {
    let admission = Admission::default();
    admission.examine(&component.wasm).map_err(|source| {
        SandboxError::Refused {
            mixin: component.name.clone(),
            version: String::new(),
            source,
        }
        .into()
    })
}

pub(super) fn open(path: &Path) -> Result<Component, MixinError> {
    let name = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    open_as(&name, path)
}

pub(super) fn open_as(name: &str, path: &Path) -> Result<Component, MixinError> {
    let wasm = Admission::default().read(name, path)?;
    Ok(Component {
        name: name.to_owned(),
        origin: Origin::File(path.to_path_buf()),
        wasm: Cow::Owned(wasm),
    })
}
