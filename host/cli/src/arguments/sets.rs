//! `porter credentials …` and `porter parameters …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::flags::*;

/// `porter credentials …` and `porter parameters …`.
#[derive(Debug, Subcommand)]
pub(crate) enum SetsCommand {
    /// Apply changes to a set: store what is in a file
    Apply(SetApplyArguments),
    /// Create a file to fill in: print a template, or write it
    Create(SetCreateArguments),
    /// Delete a set
    Delete(SetDeleteArguments),
    /// Edit a set in $EDITOR
    Edit(SetNameArguments),
    /// Generate a set for a bundle by answering questions
    Generate(SetGenerateArguments),
    /// List sets
    #[command(alias = "ls")]
    List(SetListArguments),
    /// Show a set
    Show(SetShowArguments),
}

/// `… apply`.
#[derive(Debug, Args)]
pub(crate) struct SetApplyArguments {
    /// A file with a set (yaml, json or toml)
    pub(crate) file: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
}

/// `… create`.
#[derive(Debug, Args)]
pub(crate) struct SetCreateArguments {
    /// File to write; the template is printed without it
    pub(crate) file: Vec<PathBuf>,
    /// Format of the file: yaml or json; what its ending says without it
    #[arg(long, value_name = "FORMAT")]
    pub(crate) output: Option<String>,
}

/// `… edit`.
#[derive(Debug, Args)]
pub(crate) struct SetNameArguments {
    /// Name of the set
    pub(crate) name: Vec<String>,
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
}

/// `… delete`.
#[derive(Debug, Args)]
pub(crate) struct SetDeleteArguments {
    #[command(flatten)]
    pub(crate) set: SetNameArguments,
    /// Delete it although installations use it
    #[arg(long)]
    pub(crate) force: bool,
}

/// `… show`.
#[derive(Debug, Args)]
pub(crate) struct SetShowArguments {
    #[command(flatten)]
    pub(crate) set: SetNameArguments,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `… generate`.
#[derive(Debug, Args)]
pub(crate) struct SetGenerateArguments {
    #[command(flatten)]
    pub(crate) set: SetNameArguments,
    #[command(flatten)]
    pub(crate) definition: DefinitionFlags,
    /// A label, KEY=VALUE; may be repeated
    #[arg(short, long, value_delimiter = ',', value_name = "KEY=VALUE")]
    pub(crate) label: Vec<String>,
}

/// `… list`.
#[derive(Debug, Args)]
pub(crate) struct SetListArguments {
    #[command(flatten)]
    pub(crate) filter: FilterFlags,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    /// Ignored, as in Porter
    #[arg(hide = true)]
    pub(crate) extra: Vec<String>,
}
