//! Arguments of the commands on bundles: create, build, lint.

use std::path::PathBuf;

use clap::Args;

/// `porter create`.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Directory to create; the current directory without it
    pub(crate) bundle_name: Option<PathBuf>,
}

/// `porter build`.
#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// Path to the porter manifest
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
    /// Build context, and the directory that relative paths start from
    #[arg(short, long)]
    pub(crate) dir: Option<PathBuf>,
    /// Override the name of the bundle
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Override the version of the bundle
    #[arg(long)]
    pub(crate) version: Option<String>,
    /// Do not lint first
    #[arg(long)]
    pub(crate) no_lint: bool,
    /// A build argument, NAME=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) build_arg: Vec<String>,
    /// A value for the custom section, KEY=VALUE with dots in KEY; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) custom: Vec<String>,
    /// Build without the cache
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Fail unless the mixins are exactly those of porter.lock
    #[arg(long)]
    pub(crate) locked: bool,
    /// Build again even when nothing changed; implies --no-cache
    #[arg(long)]
    pub(crate) force: bool,
    /// Download from somewhere else while building, ADDRESS=MIRROR; may be repeated
    #[arg(long, value_delimiter = ',', value_name = "ADDRESS=MIRROR")]
    pub(crate) download_mirror: Vec<String>,
}

/// `porter lint`.
#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// Path to the porter manifest
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
    /// Output format: plaintext or json
    #[arg(short, long, default_value = "plaintext", value_name = "FORMAT")]
    pub(crate) output: String,
}
