//! Commands on the configuration file.

use clap::{Args, Subcommand};

/// `porter config …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show the configuration file
    Show,
    /// Edit the configuration file, or a new one with a first context
    Edit,
    /// Move the settings of a file without contexts into the context `default`
    Migrate,
    /// Context commands
    #[command(subcommand)]
    Context(ContextCommand),
}

/// `porter config context …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ContextCommand {
    /// List the contexts; a star stands before the one that counts
    List,
    /// Choose the context that counts
    Use(ContextUseArguments),
}

/// `porter config context use`.
#[derive(Debug, Args)]
pub(crate) struct ContextUseArguments {
    /// Name of the context
    pub(crate) name: String,
}
