//! `porter.lock`: every mixin of a bundle, with what it was when the bundle was built.

mod difference;

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::error::Hint;
use crate::replace::replace;

pub use difference::Difference;

/// File name, beside the manifest.
pub(crate) const FILE_NAME: &str = "porter.lock";
/// Version of the format.
pub(crate) const SCHEMA_VERSION: &str = "1.0.0";
/// Largest file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// The document. Mixins are sorted by name; keys keep this order in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lock {
    /// Version of the format, `1.0.0`.
    pub schema_version: String,
    /// The mixins, sorted by name.
    pub mixins: Vec<LockedMixin>,
}

/// One mixin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockedMixin {
    /// Name, as in the manifest.
    pub name: String,
    /// Version that the component says.
    pub version: String,
    /// `builtin`, `home` for a component in `PORTER_HOME/mixins`, `native` for programs there.
    pub source: String,
    /// `sha256:…` of the component, or over all files of a native mixin.
    pub digest: String,
    /// `pure`, `sealed`, `reader` or `native`.
    pub tier: String,
    /// Interface that it exports, such as `porter:mixin@1.0.0`.
    pub interface: String,
}

/// Why a lock could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The file system refused.
    #[error("cannot access `{}`", path.display())]
    File {
        /// The lock.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no lock.
    #[error("`{}` is not a lock file", path.display())]
    Format {
        /// The lock.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The file is larger than any lock.
    #[error("`{}` is larger than 1 MiB, which no lock file is", path.display())]
    Size {
        /// The lock.
        path: PathBuf,
    },
    /// The file is of a newer porter.
    #[error("`{}` has format {found}, this porter knows {SCHEMA_VERSION}", path.display())]
    Version {
        /// The lock.
        path: PathBuf,
        /// Version in the file.
        found: String,
    },
    /// A lock is asked for and there is none.
    #[error("there is no `{}`, and --locked asks for it", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The mixins are not those that were locked.
    #[error("the mixins are not those of `{FILE_NAME}`, and --locked asks for them{}", lines(.0))]
    Drift(Vec<Difference>),
    /// The manifest does not have a mixin that the user names.
    #[error("the manifest has no mixin `{0}`")]
    NotInManifest(String),
    /// A mixin is not the one that was locked.
    #[error("mixin `{mixin}` is `{found}`, but `{FILE_NAME}` has `{locked}`")]
    Mismatch {
        /// Name of the mixin.
        mixin: String,
        /// Digest in the lock.
        locked: String,
        /// Digest of the installed one.
        found: String,
    },
    /// A mixin is of another tier than the one that was locked.
    #[error("mixin `{mixin}` is of tier `{found}`, but `{FILE_NAME}` has `{locked}`")]
    Tier {
        /// Name of the mixin.
        mixin: String,
        /// Tier in the lock.
        locked: String,
        /// Tier of the installed one.
        found: String,
    },
}

fn lines(differences: &[Difference]) -> String {
    differences.iter().map(|one| format!("\n{one}")).collect()
}

impl Hint for LockError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { .. } => "`porter mixins update` writes it".to_owned(),
            Self::Drift(_) => {
                "install what was locked, or accept what is there with `porter mixins update`"
                    .to_owned()
            }
            Self::Mismatch { mixin, .. } | Self::Tier { mixin, .. } => format!(
                "install the mixin that was locked, or accept this one with `porter mixins update \
                 {mixin}`"
            ),
            _ => return None,
        })
    }
}

impl Lock {
    /// A lock of these mixins.
    pub fn new(mut mixins: Vec<LockedMixin>) -> Self {
        mixins.sort_by(|a, b| a.name.cmp(&b.name));
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            mixins,
        }
    }

    /// Reads the lock beside the manifest; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read or is none.
    pub fn read(directory: &Path) -> Result<Option<Self>, LockError> {
        let path = directory.join(FILE_NAME);
        let failed = |source| LockError::File {
            path: path.clone(),
            source,
        };
        match fs::metadata(&path) {
            Ok(metadata) if metadata.len() > MAX_BYTES => return Err(LockError::Size { path }),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        let lock: Self = serde_json::from_str(&text).map_err(|source| LockError::Format {
            path: path.clone(),
            source,
        })?;
        if lock.schema_version == SCHEMA_VERSION {
            Ok(Some(lock))
        } else {
            Err(LockError::Version {
                path,
                found: lock.schema_version,
            })
        }
    }

    /// What the lock says of a mixin.
    pub(crate) fn get(&self, name: &str) -> Option<&LockedMixin> {
        self.mixins.iter().find(|locked| locked.name == name)
    }

    /// Checks that a mixin that is not built in is the one this lock names, and that none asks for
    /// more or less than it did. Built-in mixins follow the porter binary.
    ///
    /// # Errors
    /// [`LockError::Mismatch`] when it is another one, [`LockError::Tier`] when it is of another
    /// tier.
    pub fn check(&self, mixin: &LockedMixin) -> Result<(), LockError> {
        let Some(locked) = self.get(&mixin.name) else {
            return Ok(());
        };
        let is_builtin = locked.source == "builtin" && mixin.source == "builtin";
        if !is_builtin && locked.digest != mixin.digest {
            return Err(LockError::Mismatch {
                mixin: mixin.name.clone(),
                locked: locked.digest.clone(),
                found: mixin.digest.clone(),
            });
        }
        if locked.tier != mixin.tier {
            return Err(LockError::Tier {
                mixin: mixin.name.clone(),
                locked: locked.tier.clone(),
                found: mixin.tier.clone(),
            });
        }
        Ok(())
    }

    /// Checks that the mixins are exactly those of the lock beside the manifest.
    ///
    /// # Errors
    /// When there is no lock, or anything differs.
    pub(crate) fn require(directory: &Path, mixins: &[LockedMixin]) -> Result<(), LockError> {
        let Some(lock) = Self::read(directory)? else {
            let path = directory.join(FILE_NAME);
            return Err(LockError::Missing { path });
        };
        let differences = Difference::between(&lock, &Self::new(mixins.to_vec()));
        match differences.is_empty() {
            true => Ok(()),
            false => Err(LockError::Drift(differences)),
        }
    }

    /// Writes the lock beside the manifest, unless it already says the same.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), LockError> {
        if Self::read(directory).is_ok_and(|found| found.as_ref() == Some(self)) {
            return Ok(());
        }
        let path = directory.join(FILE_NAME);
        let failed = |source| LockError::File {
            path: path.clone(),
            source,
        };
        let mut text =
            serde_json::to_string_pretty(self).map_err(|error| failed(io::Error::other(error)))?;
        text.push('\n');
        replace(&path, text.as_bytes(), 0o666).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixin(source: &str, digest: &str) -> LockedMixin {
        LockedMixin {
            name: "x".into(),
            version: "1.0.0".into(),
            source: source.into(),
            digest: digest.into(),
            tier: "pure".into(),
            interface: "porter:mixin@1.0.0".into(),
        }
    }

    #[test]
    fn is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap(), None);
        let lock = Lock::new(vec![mixin("builtin", "sha256:aa")]);
        lock.write(folder.path()).unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap(), Some(lock));
    }

    #[test]
    fn another_component_is_refused_and_a_builtin_follows_the_binary() {
        let lock = Lock::new(vec![mixin("home", "sha256:aa")]);
        assert!(matches!(
            lock.check(&mixin("home", "sha256:bb")),
            Err(LockError::Mismatch { .. })
        ));
        lock.check(&mixin("home", "sha256:aa")).unwrap();
        let lock = Lock::new(vec![mixin("builtin", "sha256:aa")]);
        lock.check(&mixin("builtin", "sha256:bb")).unwrap();
    }

    #[test]
    fn a_mixin_of_another_tier_is_refused() {
        for source in ["builtin", "home"] {
            let lock = Lock::new(vec![mixin(source, "sha256:aa")]);
            let more = LockedMixin {
                tier: "reader".into(),
                ..mixin(source, "sha256:aa")
            };
            let error = lock.check(&more).unwrap_err();
            assert!(matches!(error, LockError::Tier { .. }), "{error}");
        }
    }

    #[test]
    fn a_newer_format_and_garbage_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        fs::write(&path, r#"{"schemaVersion":"2.0.0","mixins":[]}"#).unwrap();
        assert!(matches!(
            Lock::read(folder.path()),
            Err(LockError::Version { .. })
        ));
        fs::write(&path, "{").unwrap();
        assert!(matches!(
            Lock::read(folder.path()),
            Err(LockError::Format { .. })
        ));
    }
}
