//! Arguments of the commands that show installations.

use std::path::PathBuf;

use clap::Args;

use super::flags::*;

/// `porter list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) filter: FilterFlags,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    /// Only those whose fields have these values, FIELD=VALUE,…, as in `-o json`
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "FIELD=VALUE"
    )]
    pub(crate) field_selector: String,
    /// Ignored, as in Porter
    #[arg(hide = true)]
    pub(crate) extra: Vec<String>,
}

/// `porter installations apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// A file with an installation (yaml, json or toml)
    #[arg(value_name = "FILE")]
    pub(crate) document: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    /// Run also when nothing has changed
    #[arg(long)]
    pub(crate) force: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) definition: DefinitionFlags,
    #[command(flatten)]
    pub(crate) running: RunningFlags,
}

/// `porter installations delete`.
#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    /// Name of the installation; the bundle of the current directory without it
    pub(crate) installation: Vec<String>,
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    /// Delete it although its last action was no successful uninstall
    #[arg(long)]
    pub(crate) force: bool,
}

/// `porter show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Name of the installation; the bundle of the current directory without it
    pub(crate) installation: Vec<String>,
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// Which run is meant.
#[derive(Debug, Args)]
pub(crate) struct RunSelection {
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    /// Name of the installation
    #[arg(short, long)]
    pub(crate) installation: Option<String>,
    /// Identity of a run
    #[arg(short, long)]
    pub(crate) run: Option<String>,
}

/// `porter logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArguments {
    #[command(flatten)]
    pub(crate) selection: RunSelection,
    /// Ignored, as in Porter
    #[arg(hide = true)]
    pub(crate) extra: Vec<String>,
}

/// `porter installations outputs list`.
#[derive(Debug, Args)]
pub(crate) struct OutputsListArguments {
    #[command(flatten)]
    pub(crate) selection: RunSelection,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    /// Ignored, as in Porter
    #[arg(hide = true)]
    pub(crate) extra: Vec<String>,
}

/// `porter installations outputs show`.
#[derive(Debug, Args)]
pub(crate) struct OutputsShowArguments {
    /// Name of the output
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) selection: RunSelection,
}

/// `porter installations runs list`.
#[derive(Debug, Args)]
pub(crate) struct RunsListArguments {
    /// Name of the installation; the bundle of the current directory without it
    pub(crate) installation: Vec<String>,
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}
