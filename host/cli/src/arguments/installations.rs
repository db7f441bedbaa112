//! Arguments of the commands that show installations.

use clap::Args;

use super::flags::*;

/// `porter list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) filter: FilterFlags,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    /// Ignored, as in Porter
    #[arg(hide = true)]
    pub(crate) extra: Vec<String>,
}

/// `porter show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Name of the installation; the bundle of the current directory without it
    pub(crate) installation: Option<String>,
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
}

/// `porter installations outputs list`.
#[derive(Debug, Args)]
pub(crate) struct OutputsListArguments {
    #[command(flatten)]
    pub(crate) selection: RunSelection,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
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
    pub(crate) installation: Option<String>,
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}
