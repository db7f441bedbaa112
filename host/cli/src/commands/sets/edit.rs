//! `porter credentials edit` and `porter parameters edit`.

use std::io::Write as _;
use std::path::PathBuf;

use porter_config::EnvVars;

use super::kind::Kind;
use super::{Session, name};
use crate::arguments::SetNameArguments;
use crate::editor;
use crate::failure::Failure;

/// Opens a set in an editor and stores what became of it.
pub(super) async fn run<T: Kind>(
    session: &Session,
    arguments: &SetNameArguments,
) -> Result<(), Failure> {
    let name = name::<T>(arguments)?;
    let namespace = &arguments.namespace.namespace;
    let set: T = session.porter.show_set(namespace, name).await?;
    let text = porter_config::to_yaml(&set).map_err(Failure::internal)?;
    let failed = |error: std::io::Error| {
        Failure::usage(format!(
            "unable to open editor to edit {}: {error}",
            T::EDITED
        ))
    };
    // For the user alone, and gone at the end: literal values are in it.
    let mut file = tempfile::Builder::new()
        .prefix("porter-")
        .suffix(".yaml")
        .tempfile_in(folder())
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    editor::edit(file.path()).map_err(failed)?;
    let stored = session.porter.store_edited_set(file.path(), &set).await;
    Ok(stored?)
}

/// In memory where the system has such a folder for the user.
fn folder() -> PathBuf {
    std::env::var_os(EnvVars::XDG_RUNTIME_DIR)
        .map(PathBuf::from)
        .filter(|folder| folder.is_dir())
        .unwrap_or_else(std::env::temp_dir)
}
