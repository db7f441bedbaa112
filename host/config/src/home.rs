//! The home directory of porter.

use std::env;
use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::{ConfigError, EnvVars};

/// The home directory: PORTER_HOME, or `.porter` in the user's. Nothing is made.
///
/// # Errors
/// When neither variable is set.
pub fn discover() -> Result<PathBuf, ConfigError> {
    choose(
        env::var_os(EnvVars::PORTER_HOME),
        env::var_os(EnvVars::HOME),
    )
}

/// The home directory, made for the user alone when it is not there.
///
/// # Errors
/// When it is not known or cannot be made.
pub fn ensure() -> Result<PathBuf, ConfigError> {
    let home = discover()?;
    create(&home)?;
    Ok(home)
}

/// Makes the directory with mode 0700; one that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn create(home: &Path) -> Result<(), ConfigError> {
    if home.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(home)
        .map_err(|cause| ConfigError::Access {
            path: home.to_path_buf(),
            cause,
        })
}

/// An empty variable is as good as none: a home of "" would be the current directory.
fn choose(porter_home: Option<OsString>, home: Option<OsString>) -> Result<PathBuf, ConfigError> {
    let given = |value: Option<OsString>| value.filter(|value| !value.is_empty());
    if let Some(porter_home) = given(porter_home) {
        return std::path::absolute(&porter_home).map_err(|cause| ConfigError::Access {
            path: porter_home.into(),
            cause,
        });
    }
    let home = given(home).ok_or(ConfigError::NoHome)?;
    Ok(Path::new(&home).join(".porter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn porter_home_comes_first() {
        let some = |text: &str| Some(OsString::from(text));
        let table = [
            (some("/a"), some("/h"), Some("/a")),
            (some(""), some("/h"), Some("/h/.porter")),
            (None, some("/h"), Some("/h/.porter")),
            (None, some(""), None),
            (None, None, None),
        ];
        for (porter_home, home, expected) in table {
            let chosen = choose(porter_home, home).ok();
            assert_eq!(chosen, expected.map(PathBuf::from));
        }
        let here = env::current_dir().unwrap();
        assert_eq!(choose(some("rel"), None).unwrap(), here.join("rel"));
    }
}
