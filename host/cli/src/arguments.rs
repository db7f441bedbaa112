//! The command line: names, aliases and flags are Porter's.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use porter_config::settings::Settings;

/// Porter helps you package your application artifacts, client tools, configuration and deployment
/// logic together as an installer that you can distribute.
#[derive(Debug, Parser)]
#[command(
    name = "porter",
    disable_version_flag = true,
    disable_help_subcommand = false
)]
#[command(arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Arguments {
    /// How much to say: debug, info, warn or error
    #[arg(long, global = true, default_value = "info", value_name = "LEVEL")]
    pub(crate) verbosity: String,
    /// Experimental features to enable, comma separated
    #[arg(long, global = true, value_delimiter = ',', value_name = "FEATURE")]
    pub(crate) experimental: Vec<String>,
    /// Name of the configuration context to use
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// Print the version
    #[arg(short = 'v', long)]
    pub(crate) version: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The top level of the command tree.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a bundle
    Create(CreateArguments),
    /// Build a bundle
    Build(BuildArguments),
    /// Check a bundle for problems and best practices
    Lint(LintArguments),
    /// Create a new installation of a bundle
    Install(InstallArguments),
    /// Upgrade an installation
    Upgrade(UpgradeArguments),
    /// Run a custom action on an installation
    Invoke(InvokeArguments),
    /// Uninstall an installation
    Uninstall(UninstallArguments),
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
    /// Mixin commands
    #[command(subcommand, alias = "mixin")]
    Mixins(MixinsCommand),
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
}

/// `porter installations …`.
#[derive(Debug, Subcommand)]
pub(crate) enum InstallationsCommand {
    /// List installed bundles
    List(ListArguments),
    /// Show an installation of a bundle
    Show(ShowArguments),
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

/// `porter mixins …`.
#[derive(Debug, Subcommand)]
pub(crate) enum MixinsCommand {
    /// List installed mixins
    List(MixinsListArguments),
    /// Show what a mixin is and what it may do, without running it
    Inspect(MixinsInspectArguments),
}

/// Form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Plaintext,
    /// One JSON document.
    Json,
    /// One YAML document.
    Yaml,
}

/// `-o/--output` with all three formats.
#[derive(Debug, Args)]
pub(crate) struct OutputFlag {
    /// Output format: plaintext, json or yaml
    #[arg(short, long, default_value = "plaintext", value_name = "FORMAT")]
    pub(crate) output: String,
}

/// `-n/--namespace`.
#[derive(Debug, Args)]
pub(crate) struct NamespaceFlag {
    /// Namespace of the installation; the global namespace without it
    #[arg(short, long, default_value = "", hide_default_value = true)]
    pub(crate) namespace: String,
}

/// Flags that choose a bundle.
#[derive(Debug, Args)]
pub(crate) struct DefinitionFlags {
    /// Path to the porter manifest; porter.yaml in the current directory without it
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
    /// Path to a CNAB bundle.json
    #[arg(long, value_name = "FILE")]
    pub(crate) cnab_file: Option<PathBuf>,
    /// Do not rebuild the bundle when its sources have changed
    #[arg(long)]
    pub(crate) autobuild_disabled: bool,
    /// Reference of a published bundle
    #[arg(short, long)]
    pub(crate) reference: Option<String>,
}

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
    /// A file with a parameter set; may be repeated, the last one wins
    #[arg(short, long, value_name = "FILE")]
    pub(crate) parameter_set: Vec<String>,
    /// A file with a credential set; may be repeated, the last one wins
    #[arg(short, long, value_name = "FILE")]
    pub(crate) credential_set: Vec<String>,
    /// What runs the bundle
    #[arg(short, long, default_value = "docker")]
    pub(crate) driver: String,
    /// Give the bundle the Docker socket of the host
    #[arg(long)]
    pub(crate) allow_docker_host_access: bool,
    /// Mount a directory of the host, read-only unless `:rw` follows; may be repeated
    #[arg(long, value_name = "HOST:TARGET[:OPTION]")]
    pub(crate) mount_host_volume: Vec<String>,
    /// Do not keep the logs of the run
    #[arg(long)]
    pub(crate) no_logs: bool,
    /// Run the bundle in debug mode
    #[arg(long)]
    pub(crate) debug: bool,
}

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
    /// Build again even when nothing changed; implies --no-cache
    #[arg(long)]
    pub(crate) force: bool,
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

/// `porter install`.
#[derive(Debug, Args)]
pub(crate) struct InstallArguments {
    /// Name of the installation; the name of the bundle without it
    pub(crate) installation: Vec<String>,
    #[command(flatten)]
    pub(crate) action: ActionFlags,
    /// A label, KEY=VALUE; may be repeated
    #[arg(short, long, value_delimiter = ',', value_name = "KEY=VALUE")]
    pub(crate) label: Vec<String>,
    /// Install again although it is installed
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
    /// Delete all records of the installation when it was uninstalled
    #[arg(long)]
    pub(crate) delete: bool,
    /// Delete all records of the installation even when that failed
    #[arg(long)]
    pub(crate) force_delete: bool,
}

/// `porter list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    /// Installations of all namespaces
    #[arg(long)]
    pub(crate) all_namespaces: bool,
    /// Only installations whose name matches
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Only installations with this label, KEY=VALUE; may be repeated
    #[arg(short, long, value_delimiter = ',', value_name = "KEY=VALUE")]
    pub(crate) label: Vec<String>,
    /// Leave out that many of the first
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) skip: u64,
    /// At most that many; all of them with 0
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) limit: u64,
}

/// `porter show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Name of the installation; the bundle of the current directory without it
    pub(crate) installation: Option<String>,
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// Which run is meant.
#[derive(Debug, Args)]
pub(crate) struct RunSelection {
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    /// Name of the installation
    #[arg(short, long)]
    pub(crate) installation: Option<String>,
    /// Identity of a run
    #[arg(short, long)]
    pub(crate) run: Option<String>,
}

/// `porter logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArguments {
    #[command(flatten)]
    pub(crate) selection: RunSelection,
}

/// `porter installations outputs list`.
#[derive(Debug, Args)]
pub(crate) struct OutputsListArguments {
    #[command(flatten)]
    pub(crate) selection: RunSelection,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter installations outputs show`.
#[derive(Debug, Args)]
pub(crate) struct OutputsShowArguments {
    /// Name of the output
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) selection: RunSelection,
}

/// `porter installations runs list`.
#[derive(Debug, Args)]
pub(crate) struct RunsListArguments {
    /// Name of the installation; the bundle of the current directory without it
    pub(crate) installation: Option<String>,
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter mixins list`.
#[derive(Debug, Args)]
pub(crate) struct MixinsListArguments {
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter mixins inspect`.
#[derive(Debug, Args)]
pub(crate) struct MixinsInspectArguments {
    /// Name of a mixin, or path of a component
    pub(crate) mixin: String,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter version`.
#[derive(Debug, Args)]
pub(crate) struct VersionArguments {
    /// Output format: plaintext or json
    #[arg(short, long, default_value = "plaintext", value_name = "FORMAT")]
    pub(crate) output: String,
    /// Print the system and the installed mixins too
    #[arg(short, long)]
    pub(crate) system: bool,
}

/// `porter completion`.
#[derive(Debug, Args)]
pub(crate) struct CompletionArguments {
    /// bash, zsh, fish or powershell
    pub(crate) shell: String,
}

impl Arguments {
    /// Whether the command reads the configuration file.
    pub(crate) fn wants_settings(&self) -> bool {
        let is_plain = matches!(
            self.command,
            None | Some(Command::Version(_) | Command::Completion(_))
        );
        !self.version && !is_plain
    }
}

/// The command tree in which every flag `--some-flag` can also be given as `PORTER_SOME_FLAG`.
pub(crate) fn command() -> clap::Command {
    with_environment(Arguments::command())
}

/// The same, with defaults from the configuration file.
pub(crate) fn command_with(settings: &Settings) -> clap::Command {
    with_settings(command(), settings)
}

fn with_settings(command: clap::Command, settings: &Settings) -> clap::Command {
    command
        .mut_args(|argument| preset(argument, settings))
        .mut_subcommands(|command| with_settings(command, settings))
}

/// Flags that start something else than what the user named stay out of reach of a file.
fn preset(argument: clap::Arg, settings: &Settings) -> clap::Arg {
    let Some(long) = argument.get_long().map(str::to_owned) else {
        return argument;
    };
    let key = match long.as_str() {
        "help" | "version" | "context" => return argument,
        "driver" => "runtime-driver",
        other => other,
    };
    match settings.text(key) {
        Some(text) => argument.default_value(text),
        None => argument,
    }
}

fn with_environment(command: clap::Command) -> clap::Command {
    let name = command.get_name().to_owned();
    command
        .mut_args(|argument| bind(&name, argument))
        .mut_subcommands(with_environment)
}

/// `--driver` of an action is the one flag whose variable has another name.
fn bind(command: &str, argument: clap::Arg) -> clap::Arg {
    let Some(long) = argument.get_long().map(str::to_owned) else {
        return argument;
    };
    if long == "help" || (command == "porter" && long == "version") {
        return argument;
    }
    let variable = match long.as_str() {
        "driver" => "PORTER_RUNTIME_DRIVER".to_owned(),
        _ => format!("PORTER_{}", long.to_ascii_uppercase().replace('-', "_")),
    };
    argument.env(variable).hide_env(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tree_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn a_setting_is_a_default_and_the_command_line_wins() {
        use clap::FromArgMatches;
        let home = std::env::temp_dir().join(format!("porter-settings-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        let text = "namespace: dev\nverbosity: debug\nno-logs: true\nlabel: [a=1, b=2]\n";
        std::fs::write(home.join("config.yaml"), text).unwrap();
        let settings = Settings::load(&home, None).unwrap();
        std::fs::remove_dir_all(&home).unwrap();
        let parse = |words: &[&str]| {
            let matches = command_with(&settings).try_get_matches_from(words).unwrap();
            match Arguments::from_arg_matches(&matches).unwrap().command {
                Some(Command::Install(arguments)) => arguments,
                other => panic!("{other:?}"),
            }
        };
        let plain = parse(&["porter", "install"]);
        assert_eq!(plain.action.namespace.namespace, "dev");
        assert!(plain.action.no_logs);
        assert_eq!(plain.label, ["a=1", "b=2"]);
        let given = parse(&["porter", "install", "-n", "prod"]);
        assert_eq!(given.action.namespace.namespace, "prod");
    }
}
