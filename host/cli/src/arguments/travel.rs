//! Arguments of the commands that move bundles: publish.

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
