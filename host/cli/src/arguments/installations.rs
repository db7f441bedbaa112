//! Arguments of the commands that show installations.

use clap::Args;

use super::flags::*;

/// `porter list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    /// Installations of all namespaces
    #[arg(long)]
    pub(crate) all_namespaces: bool,
    /// Only installations whose name matches
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Only installations with this label, KEY=VALUE; may be repeated
    #[arg(short, long, value_delimiter = ',', value_name = "KEY=VALUE")]
    pub(crate) label: Vec<String>,
    /// Leave out that many of the first
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) skip: u64,
    /// At most that many; all of them with 0
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) limit: u64,
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
