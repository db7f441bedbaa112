//! `porter mixins …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::flags::*;
use super::packages::*;

/// `porter mixins …`.
#[derive(Debug, Subcommand)]
pub(crate) enum MixinsCommand {
    /// List installed mixins
    List(MixinsListArguments),
    /// Put a sandboxed mixin into the home of the Porter written in Go, which then can use it
    Adapt(MixinsAdaptArguments),
    /// Show what a mixin is and what it may do, without running it
    Inspect(MixinsInspectArguments),
    /// Search for mixins that others publish
    Search(MixinsSearchArguments),
    /// Install a mixin
    Install(MixinsInstallArguments),
    /// Uninstall a mixin
    Uninstall(MixinsUninstallArguments),
    /// Accept the mixins that are installed into porter.lock
    Update(MixinsUpdateArguments),
    /// Feed commands: publish mixins
    #[command(subcommand, alias = "feeds")]
    Feed(FeedCommand),
}

/// `porter mixins list`.
#[derive(Debug, Args)]
pub(crate) struct MixinsListArguments {
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    /// Ignored, as in Porter
    #[arg(hide = true)]
    pub(crate) extra: Vec<String>,
}

/// `porter mixins inspect`.
#[derive(Debug, Args)]
pub(crate) struct MixinsInspectArguments {
    /// Name of a mixin, or path of a component
    pub(crate) mixin: String,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter mixins adapt`.
#[derive(Debug, Args)]
pub(crate) struct MixinsAdaptArguments {
    /// Name of a mixin, or path of a component
    pub(crate) mixin: String,
    /// Home of the Porter that is to use it, such as ~/.porter
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) porter_home: PathBuf,
    /// Replace a native mixin of the same name
    #[arg(long)]
    pub(crate) force: bool,
}
