//! Arguments of the commands that move bundles: publish, copy, archive.

use std::path::PathBuf;

use clap::Args;

use super::flags::{BuildingFlags, OutputFlag};

/// `porter publish`.
#[derive(Debug, Args)]
pub(crate) struct PublishArguments {
    /// Path to the porter manifest
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
    /// Build context, and the directory that relative paths start from
    #[arg(short, long)]
    pub(crate) dir: Option<PathBuf>,
    /// Publish this archive instead of a bundle from source
    #[arg(short, long, value_name = "FILE")]
    pub(crate) archive: Option<PathBuf>,
    /// Override the tag of the reference
    #[arg(long)]
    pub(crate) tag: Option<String>,
    /// Override the registry of the reference
    #[arg(long)]
    pub(crate) registry: Option<String>,
    /// Publish under this reference
    #[arg(short, long)]
    pub(crate) reference: Option<String>,
    /// Take a registry without TLS, or with a certificate that nobody vouches for
    #[arg(long)]
    pub(crate) insecure_registry: bool,
    /// Publish even when the tag exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Do not rebuild the bundle when its sources have changed
    #[arg(long)]
    pub(crate) autobuild_disabled: bool,
    #[command(flatten)]
    pub(crate) building: BuildingFlags,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter copy`.
#[derive(Debug, Args)]
pub(crate) struct CopyArguments {
    /// Reference of the bundle, by tag or digest
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "REFERENCE"
    )]
    pub(crate) source: String,
    /// Reference to copy it to; a repository takes name and tag of the source
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "REFERENCE"
    )]
    pub(crate) destination: String,
    /// Take registries without TLS, or with a certificate that nobody vouches for
    #[arg(long)]
    pub(crate) insecure_registry: bool,
    /// Copy even when the destination exists
    #[arg(long)]
    pub(crate) force: bool,
}

/// `porter archive`.
#[derive(Debug, Args)]
pub(crate) struct ArchiveArguments {
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Reference of the bundle
    #[arg(short, long)]
    pub(crate) reference: Option<String>,
    /// NoCompression, BestSpeed, BestCompression, DefaultCompression or HuffmanOnly
    #[arg(
        short,
        long,
        default_value = "DefaultCompression",
        value_name = "LEVEL"
    )]
    pub(crate) compression: String,
    /// Take a registry without TLS, or with a certificate that nobody vouches for
    #[arg(long)]
    pub(crate) insecure_registry: bool,
    /// Pull the bundle even when it is in the cache
    #[arg(long)]
    pub(crate) force: bool,
}
