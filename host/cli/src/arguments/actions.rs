//! Arguments of install, upgrade, invoke and uninstall.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::flags::*;

/// Flags of every command that runs a bundle.
#[derive(Debug, Args)]
pub(crate) struct ActionFlags {
    #[command(flatten)]
    pub(crate) definition: DefinitionFlags,
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    /// A parameter, NAME=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) param: Vec<String>,
    /// Name of a parameter set, or a file with one; may be repeated, the last one wins
    #[arg(short, long, value_name = "NAME|FILE")]
    pub(crate) parameter_set: Vec<String>,
    /// Name of a credential set, or a file with one; may be repeated, the last one wins
    #[arg(short, long, value_name = "NAME|FILE")]
    pub(crate) credential_set: Vec<String>,
    /// Former name of --credential-set
    #[arg(long, hide = true, value_name = "NAME|FILE")]
    pub(crate) cred: Vec<String>,
    #[command(flatten)]
    pub(crate) running: RunningFlags,
    /// Take a registry without TLS, or with a certificate that nobody vouches for
    #[arg(long)]
    pub(crate) insecure_registry: bool,
    /// Run the bundle in debug mode
    #[arg(long)]
    pub(crate) debug: bool,
}

/// `--plan`.
#[derive(Debug, Args)]
pub(crate) struct ReviewFlag {
    /// Run only what this plan says, which `porter plan … -o json` made; anything else is refused
    /// before it runs
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
}

/// `porter plan …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PlanCommand {
    /// Show what installing the bundle would run
    #[command(after_help = "Example:\n  porter plan install --param name=World")]
    Install(PlanInstallArguments),
    /// Show what upgrading the installation would run
    Upgrade(PlanUpgradeArguments),
    /// Show what a custom action would run
    Invoke(PlanInvokeArguments),
    /// Show what uninstalling would run
    Uninstall(PlanUninstallArguments),
}

/// `porter plan install`.
#[derive(Debug, Args)]
pub(crate) struct PlanInstallArguments {
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Although it is installed
    #[arg(long)]
    pub(crate) force: bool,
}

/// `porter plan upgrade`.
#[derive(Debug, Args)]
pub(crate) struct PlanUpgradeArguments {
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Although it is not installed
    #[arg(long)]
    pub(crate) force_upgrade: bool,
}

/// `porter plan invoke`.
#[derive(Debug, Args)]
pub(crate) struct PlanInvokeArguments {
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Name of the custom action
    #[arg(long)]
    pub(crate) action: Option<String>,
}

/// `porter plan uninstall`.
#[derive(Debug, Args)]
pub(crate) struct PlanUninstallArguments {
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
}

/// What every plan takes: the flags of the action, so that its command line can be planned as it
/// stands.
#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// Name of the installation; the name of the bundle without it
    pub(crate) installation: Vec<String>,
    #[command(flatten)]
    pub(crate) flags: ActionFlags,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter install`.
#[derive(Debug, Args)]
pub(crate) struct InstallArguments {
    /// Name of the installation; the name of the bundle without it
    pub(crate) installation: Vec<String>,
    #[command(flatten)]
    pub(crate) action: ActionFlags,
    #[command(flatten)]
    pub(crate) review: ReviewFlag,
    /// A label, KEY=VALUE; may be repeated
    #[arg(short, long, value_delimiter = ',', value_name = "KEY=VALUE")]
    pub(crate) label: Vec<String>,
    /// Install again although it is installed, and pull the bundle even when it is in the cache
    #[arg(long)]
    pub(crate) force: bool,
}

/// `porter upgrade`.
#[derive(Debug, Args)]
pub(crate) struct UpgradeArguments {
    /// Name of the installation; the name of the bundle without it
    pub(crate) installation: Vec<String>,
    #[command(flatten)]
    pub(crate) action: ActionFlags,
    #[command(flatten)]
    pub(crate) review: ReviewFlag,
    /// Pull the bundle even when it is in the cache
    #[arg(long)]
    pub(crate) force: bool,
    /// Upgrade although it is not installed
    #[arg(long)]
    pub(crate) force_upgrade: bool,
}

/// `porter invoke`.
#[derive(Debug, Args)]
pub(crate) struct InvokeArguments {
    /// Name of the installation; the name of the bundle without it
    pub(crate) installation: Vec<String>,
    #[command(flatten)]
    pub(crate) flags: ActionFlags,
    #[command(flatten)]
    pub(crate) review: ReviewFlag,
    /// Pull the bundle even when it is in the cache
    #[arg(long)]
    pub(crate) force: bool,
    /// Name of the custom action
    #[arg(long)]
    pub(crate) action: Option<String>,
}

/// `porter uninstall`.
#[derive(Debug, Args)]
pub(crate) struct UninstallArguments {
    /// Name of the installation; the name of the bundle without it
    pub(crate) installation: Vec<String>,
    #[command(flatten)]
    pub(crate) action: ActionFlags,
    #[command(flatten)]
    pub(crate) review: ReviewFlag,
    /// Pull the bundle even when it is in the cache
    #[arg(long)]
    pub(crate) force: bool,
    /// Delete all records of the installation when it was uninstalled
    #[arg(long)]
    pub(crate) delete: bool,
    /// Delete all records of the installation even when that failed
    #[arg(long)]
    pub(crate) force_delete: bool,
}
