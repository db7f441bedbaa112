//! `porter mixins install` and what goes with it: getting mixins and publishing them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::flags::*;

/// Where Porter publishes.
const MIRROR: &str = "https://cdn.porter.sh";

/// `--mirror` and `--allow-private-addresses`.
#[derive(Debug, Args)]
pub(crate) struct MirrorFlags {
    /// Mirror of what Porter publishes
    #[arg(long, default_value = MIRROR, value_name = "URL")]
    pub(crate) mirror: String,
    /// Allow addresses of this machine and its network in feeds, redirects and host names
    #[arg(long)]
    pub(crate) allow_private_addresses: bool,
}

/// `porter mixins search`.
#[derive(Debug, Args)]
pub(crate) struct MixinsSearchArguments {
    /// Part of a name; everything that is published without it
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    #[command(flatten)]
    pub(crate) mirror: MirrorFlags,
}

/// `porter mixins install`.
#[derive(Debug, Args)]
pub(crate) struct MixinsInstallArguments {
    /// Name of a published mixin, or the path, the address or the reference of a component
    #[arg(value_name = "NAME|FILE|URL|REFERENCE")]
    pub(crate) mixin: String,
    /// Version to install, as it is published
    #[arg(short, long, default_value = "latest")]
    pub(crate) version: String,
    /// Address of a folder with a folder per version
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Address of an Atom feed
    #[arg(long, value_name = "URL")]
    pub(crate) feed_url: Option<String>,
    /// Digest that the component must have: sha256:… as `mixins inspect` shows it
    #[arg(long, value_name = "DIGEST")]
    pub(crate) digest: Option<String>,
    /// Name to install a file or an address under; its own without it
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Install it even if a mixin of this name is built in
    #[arg(long)]
    pub(crate) replace_builtin: bool,
    #[command(flatten)]
    pub(crate) mirror: MirrorFlags,
    /// Take a registry without TLS, or with a certificate that nobody vouches for
    #[arg(long)]
    pub(crate) insecure_registry: bool,
}

/// `porter mixins publish`.
#[derive(Debug, Args)]
pub(crate) struct MixinsPublishArguments {
    /// The component
    #[arg(value_name = "FILE.wasm")]
    pub(crate) file: PathBuf,
    /// Reference to publish it under
    pub(crate) reference: String,
    /// Publish even when the tag exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Take a registry without TLS, or with a certificate that nobody vouches for
    #[arg(long)]
    pub(crate) insecure_registry: bool,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter mixins uninstall`.
#[derive(Debug, Args)]
pub(crate) struct MixinsUninstallArguments {
    /// Name of the mixin
    pub(crate) name: String,
}

/// `porter mixins update`.
#[derive(Debug, Args)]
pub(crate) struct MixinsUpdateArguments {
    /// Names of the mixins; all of the bundle without any
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Path to the porter manifest
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
    /// Directory of the bundle, where porter.lock is
    #[arg(short, long)]
    pub(crate) dir: Option<PathBuf>,
}

/// `porter mixins feed …`.
#[derive(Debug, Subcommand)]
pub(crate) enum FeedCommand {
    /// Generate an Atom feed of the mixins in a folder
    Generate(FeedGenerateArguments),
    /// Write a template for the feed, to change and use with generate
    Template,
}

/// `porter mixins feed generate`.
#[derive(Debug, Args)]
pub(crate) struct FeedGenerateArguments {
    /// Folder with VERSION/NAME.wasm and VERSION/NAME-OS-ARCH; the current one without it
    #[arg(short, long, default_value = ".", hide_default_value = true)]
    pub(crate) dir: PathBuf,
    /// The feed; extended when it is there
    #[arg(short, long, default_value = "atom.xml")]
    pub(crate) file: PathBuf,
    /// Template of the feed
    #[arg(short, long, default_value = "atom-template.xml")]
    pub(crate) template: PathBuf,
}
