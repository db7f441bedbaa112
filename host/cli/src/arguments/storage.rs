//! Commands on the store, and on plugins.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{NamespaceFlag, OutputFlag};

/// `porter storage …`.
#[derive(Debug, Subcommand)]
pub(crate) enum StorageCommand {
    /// Take over the records of a Porter 0.38, or an export of the store of a Porter 1.x
    Migrate(MigrateArguments),
    /// Reset the modes of the files in PORTER_HOME
    FixPermissions,
}

/// `porter storage migrate`.
#[derive(Debug, Args)]
pub(crate) struct MigrateArguments {
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    /// Home of the Porter 0.38
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) old_home: Option<PathBuf>,
    /// Storage account of the Porter 0.38: only its files can be read
    #[arg(long, value_name = "NAME")]
    pub(crate) old_account: Option<String>,
    /// Directory with installations.json, runs.json, … as mongoexport writes them
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "old_home")]
    pub(crate) from_export: Option<PathBuf>,
}

/// `porter plugins …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginsCommand {
    /// List the plugins: all of them are built in
    List(PluginsListArguments),
    /// Show what a plugin does
    Show(PluginsShowArguments),
}

/// `porter plugins list`.
#[derive(Debug, Args)]
pub(crate) struct PluginsListArguments {
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    /// Ignored, as in Porter
    #[arg(hide = true)]
    pub(crate) extra: Vec<String>,
}

/// `porter plugins show`.
#[derive(Debug, Args)]
pub(crate) struct PluginsShowArguments {
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    /// Name of the plugin
    pub(crate) name: Vec<String>,
}
