//! The command tree.

use clap::Subcommand;

use super::*;

/// The top level of the command tree.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a bundle
    Create(CreateArguments),
    /// Build a bundle
    Build(BuildArguments),
    /// Check a bundle for problems and best practices
    Lint(LintArguments),
    /// Explain a bundle: what it takes, gives and does
    Explain(ExplainArguments),
    /// Inspect a bundle: its images and dependencies
    Inspect(InspectArguments),
    /// Publish a bundle to a registry
    Publish(PublishArguments),
    /// Copy a published bundle to another repository
    Copy(CopyArguments),
    /// Write a published bundle with all its images into a file
    Archive(ArchiveArguments),
    /// Create a new installation of a bundle
    Install(InstallArguments),
    /// Upgrade an installation
    Upgrade(UpgradeArguments),
    /// Run a custom action on an installation
    Invoke(InvokeArguments),
    /// Uninstall an installation
    Uninstall(UninstallArguments),
    /// Show every command that an action would run, before anything runs
    #[command(subcommand)]
    Plan(PlanCommand),
    /// List installed bundles
    List(ListArguments),
    /// Show an installation of a bundle
    Show(ShowArguments),
    /// Show the logs from an installation
    #[command(alias = "log")]
    Logs(LogsArguments),
    /// Bundle commands
    #[command(subcommand, alias = "bundle")]
    Bundles(BundlesCommand),
    /// Installation commands
    #[command(subcommand, aliases = ["installation", "inst"])]
    Installations(InstallationsCommand),
    /// Credential set commands
    #[command(subcommand, aliases = ["credential", "cred", "creds"])]
    Credentials(SetsCommand),
    /// Parameter set commands
    #[command(subcommand, aliases = ["parameter", "param", "params"])]
    Parameters(SetsCommand),
    /// Mixin commands
    #[command(subcommand, alias = "mixin")]
    Mixins(MixinsCommand),
    /// Configuration file commands
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Plugin commands
    #[command(subcommand, alias = "plugin")]
    Plugins(PluginsCommand),
    /// Store commands
    #[command(subcommand)]
    Storage(StorageCommand),
    /// Secret store commands
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Print the JSON schema of porter.yaml, for editors
    Schema,
    /// Print the application version
    Version(VersionArguments),
    /// Generate a completion script for a shell
    Completion(CompletionArguments),
}

/// `porter bundles …`.
#[derive(Debug, Subcommand)]
pub(crate) enum BundlesCommand {
    /// Create a bundle
    Create(CreateArguments),
    /// Build a bundle
    Build(BuildArguments),
    /// Check a bundle for problems and best practices
    Lint(LintArguments),
    /// Explain a bundle: what it takes, gives and does
    Explain(ExplainArguments),
    /// Inspect a bundle: its images and dependencies
    Inspect(InspectArguments),
    /// Copy a published bundle to another repository
    Copy(CopyArguments),
    /// Write a published bundle with all its images into a file
    Archive(ArchiveArguments),
}

/// `porter installations …`.
#[derive(Debug, Subcommand)]
pub(crate) enum InstallationsCommand {
    /// List installed bundles
    List(ListArguments),
    /// Show an installation of a bundle
    Show(ShowArguments),
    /// Apply changes to an installation: make it what a file says
    Apply(ApplyArguments),
    /// Delete the records of an installation
    Delete(DeleteArguments),
    /// Create a new installation of a bundle
    Install(InstallArguments),
    /// Upgrade an installation
    Upgrade(UpgradeArguments),
    /// Run a custom action on an installation
    Invoke(InvokeArguments),
    /// Uninstall an installation
    Uninstall(UninstallArguments),
    /// Output commands
    #[command(subcommand, alias = "output")]
    Outputs(OutputsCommand),
    /// Log commands
    #[command(subcommand, alias = "log")]
    Logs(LogsCommand),
    /// Run commands
    #[command(subcommand, alias = "run")]
    Runs(RunsCommand),
}

/// `porter installations outputs …`.
#[derive(Debug, Subcommand)]
pub(crate) enum OutputsCommand {
    /// List the outputs of an installation
    List(OutputsListArguments),
    /// Show the value of an output
    Show(OutputsShowArguments),
}

/// `porter installations logs …`.
#[derive(Debug, Subcommand)]
pub(crate) enum LogsCommand {
    /// Show the logs from an installation
    Show(LogsArguments),
}

/// `porter installations runs …`.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List the runs of an installation
    List(RunsListArguments),
}
