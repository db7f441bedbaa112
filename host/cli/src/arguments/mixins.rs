//! `porter mixins …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::flags::*;
use super::packages::*;

/// `porter mixins …`.
#[derive(Debug, Subcommand)]
pub(crate) enum MixinsCommand {
    /// List installed mixins
    List(MixinsListArguments),
    /// Put a sandboxed mixin into the home of the Porter written in Go, which then can use it
    Adapt(MixinsAdaptArguments),
    /// Show what a mixin is and what it may do, without running it
    Inspect(MixinsInspectArguments),
    /// Search for mixins that others publish
    Search(MixinsSearchArguments),
    /// Install a mixin
    Install(MixinsInstallArguments),
    /// Publish a mixin to a registry
    Publish(MixinsPublishArguments),
    /// Uninstall a mixin
    Uninstall(MixinsUninstallArguments),
    /// Accept the mixins that are installed into porter.lock
    Update(MixinsUpdateArguments),
    /// Feed commands: publish mixins
    #[command(subcommand, alias = "feeds")]
    Feed(FeedCommand),
    /// Ask a mixin one thing and print what it returns as JSON
    #[command(after_help = EVAL_HELP)]
    Eval(MixinsEvalArguments),
    /// Run the test cases of a mixin
    #[command(after_help = TEST_HELP)]
    Test(MixinsTestArguments),
    /// Show what changes from one mixin to another
    Diff(MixinsDiffArguments),
    /// Write a project for a mixin of your own
    Create(MixinsCreateArguments),
    /// Make a mixin out of the module or component that a compiler wrote
    Pack(MixinsPackArguments),
}

const EVAL_HELP: &str = "\
The input is one YAML or JSON document with `config`, `environment` and, for `plan`, `action`, `step`
and `secrets`, for `lint` and `build`, `actions` and `platforms`:

  echo 'step: {command: date}' | porter mixins eval exec plan

Exit codes: 0 a result, 1 neither input nor mixin can be used, 3 the mixin refuses its input, 4 the
mixin misbehaves (a trap, a limit, an invalid result), 5 the component is refused.";

const TEST_HELP: &str = "\
A case is a YAML file with the input of `porter mixins eval`, `call` (`plan` where there is a `step`)
and what is expected in `expect`. The exit code is 1 when a case fails.";

/// `porter mixins list`.
#[derive(Debug, Args)]
pub(crate) struct MixinsListArguments {
    #[command(flatten)]
    pub(crate) output: OutputFlag,
    /// Ignored, as in Porter
    #[arg(hide = true)]
    pub(crate) extra: Vec<String>,
}

/// `porter mixins inspect`.
#[derive(Debug, Args)]
pub(crate) struct MixinsInspectArguments {
    /// Name of a mixin, or path of a component
    pub(crate) mixin: String,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter mixins adapt`.
#[derive(Debug, Args)]
pub(crate) struct MixinsAdaptArguments {
    /// Name of a mixin, or path of a component
    pub(crate) mixin: String,
    /// Home of the Porter that is to use it, such as ~/.porter
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) porter_home: PathBuf,
    /// Replace a native mixin of the same name
    #[arg(long)]
    pub(crate) force: bool,
}

/// `porter mixins eval`.
#[derive(Debug, Args)]
pub(crate) struct MixinsEvalArguments {
    /// Name of a mixin, or path of a component
    pub(crate) mixin: String,
    /// describe, schema, lint, build or plan
    pub(crate) function: String,
    /// File with the input; standard input without it
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
    /// Add what the call used: time, fuel and memory
    #[arg(long)]
    pub(crate) stats: bool,
}

/// `porter mixins test`.
#[derive(Debug, Args)]
pub(crate) struct MixinsTestArguments {
    /// Folder of a mixin, path of a component, or name of a mixin
    #[arg(default_value = ".")]
    pub(crate) mixin: String,
    /// Folder of the cases; `tests` beside the component without it
    #[arg(long, value_name = "FOLDER")]
    pub(crate) cases: Option<PathBuf>,
    /// Only cases whose names hold this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Write what the mixin returns now into the cases that fail
    #[arg(long)]
    pub(crate) accept: bool,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter mixins diff`.
#[derive(Debug, Args)]
pub(crate) struct MixinsDiffArguments {
    /// Name of a mixin, or path of a component
    pub(crate) before: String,
    /// Name of another, or path of its component
    pub(crate) after: String,
    /// Folder of test cases that both are asked; `tests` beside one of the components without it
    #[arg(long, value_name = "FOLDER")]
    pub(crate) cases: Option<PathBuf>,
    /// End with code 1 where a bundle could notice a difference
    #[arg(long)]
    pub(crate) exit_code: bool,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter mixins create`.
#[derive(Debug, Args)]
pub(crate) struct MixinsCreateArguments {
    /// Name of the mixin
    pub(crate) name: String,
    /// Language that it is written in
    #[arg(long, default_value = "rust")]
    pub(crate) language: String,
    /// Who writes it
    #[arg(long)]
    pub(crate) author: Option<String>,
    /// Whose repository it is on GitHub
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// Folder in which the folder of the project is made; the current one without it
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
}

/// `porter mixins pack`.
#[derive(Debug, Args)]
pub(crate) struct MixinsPackArguments {
    /// Core module or component
    pub(crate) input: PathBuf,
    /// Where the mixin goes, usually NAME.wasm
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Name of the mixin; that of the output file without it
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Version of the mixin
    #[arg(long = "version", value_name = "VERSION", default_value = "")]
    pub(crate) mixin_version: String,
    /// What it is for
    #[arg(long, default_value = "")]
    pub(crate) description: String,
    /// Who made it
    #[arg(long, default_value = "")]
    pub(crate) author: String,
    /// SPDX expression of its licence
    #[arg(long, default_value = "")]
    pub(crate) license: String,
    /// Where its source is
    #[arg(long, default_value = "")]
    pub(crate) source: String,
    /// Where to read more
    #[arg(long, default_value = "")]
    pub(crate) homepage: String,
    /// Revision of its source
    #[arg(long, default_value = "")]
    pub(crate) revision: String,
}
