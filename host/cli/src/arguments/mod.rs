//! The command line: names, aliases and flags are Porter's.

mod actions;
mod bundles;
mod commands;
mod config;
mod flags;
mod installations;
mod mixins;
mod packages;
mod secrets;
mod sets;
mod storage;
mod travel;

use clap::{Args, CommandFactory, Parser};
use porter_config::settings::Settings;

pub(crate) use actions::*;
pub(crate) use bundles::*;
pub(crate) use commands::*;
pub(crate) use config::*;
pub(crate) use flags::*;
pub(crate) use installations::*;
pub(crate) use mixins::*;
pub(crate) use packages::*;
pub(crate) use secrets::*;
pub(crate) use sets::*;
pub(crate) use storage::*;
pub(crate) use travel::*;

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
    /// Native mixins to allow, comma separated: they run unsandboxed, with all your rights
    #[arg(long, global = true, value_delimiter = ',', value_name = "NAME")]
    pub(crate) allow_native_mixin: Vec<String>,
    /// How strictly the schema version of documents is checked: exact, minor, major or none
    #[arg(
        long,
        global = true,
        hide = true,
        default_value = "exact",
        value_name = "STRATEGY"
    )]
    pub(crate) schema_check: String,
    /// Print the version
    #[arg(short = 'v', long)]
    pub(crate) version: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
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
    /// Ignored, as in Porter
    #[arg(hide = true)]
    pub(crate) extra: Vec<String>,
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
            None | Some(Command::Version(_) | Command::Completion(_) | Command::Config(_))
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
    let name = command.get_name().to_owned();
    command
        .mut_args(|argument| preset(&name, argument, settings))
        .mut_subcommands(|command| with_settings(command, settings))
}

/// Flags that start something else than what the user named stay out of reach of a file.
fn preset(command: &str, argument: clap::Arg, settings: &Settings) -> clap::Arg {
    let Some(long) = argument.get_long().map(str::to_owned) else {
        return argument;
    };
    let key = match long.as_str() {
        "help" | "version" | "context" => return argument,
        "driver" => "runtime-driver",
        "force" if overwrites(command) => "force-overwrite",
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

/// Whether `--force` of a command means to overwrite what is in a registry: other commands force
/// other things.
fn overwrites(command: &str) -> bool {
    ["publish", "copy"].contains(&command)
}

/// Two flags have a variable of another name: `--driver` of an action, and `--force` where it means
/// to overwrite.
fn bind(command: &str, argument: clap::Arg) -> clap::Arg {
    let Some(long) = argument.get_long().map(str::to_owned) else {
        return argument;
    };
    if long == "help" || (command == "porter" && long == "version") {
        return argument;
    }
    let variable = match long.as_str() {
        "driver" => "PORTER_RUNTIME_DRIVER".to_owned(),
        "force" if overwrites(command) => "PORTER_FORCE_OVERWRITE".to_owned(),
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
        assert!(plain.action.running.no_logs);
        assert_eq!(plain.label, ["a=1", "b=2"]);
        let given = parse(&["porter", "install", "-n", "prod"]);
        assert_eq!(given.action.namespace.namespace, "prod");
    }
}
