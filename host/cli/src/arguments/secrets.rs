//! Commands on the secret store.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `porter secrets …`.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Commands on the key that encrypts secrets
    #[command(subcommand)]
    Key(SecretsKeyCommand),
}

/// `porter secrets key …`.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsKeyCommand {
    /// Write the key to a new file that only you can read
    Export(KeyFileArguments),
    /// Take over a key from a file; every stored secret must decrypt with it
    Import(KeyFileArguments),
    /// Make a new key and encrypt every stored secret with it
    Rotate,
}

/// A file with a key.
#[derive(Debug, Args)]
pub(crate) struct KeyFileArguments {
    /// The file
    pub(crate) file: PathBuf,
}
