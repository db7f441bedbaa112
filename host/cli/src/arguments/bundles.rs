//! Arguments of the commands on bundles: create, build, lint, explain, inspect.

use std::path::PathBuf;

use clap::Args;

use super::flags::{BuildingFlags, DefinitionFlags, OutputFlag};

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
    /// A context that the Dockerfile may name, NAME=PATH or an address; may be repeated
    #[arg(long, value_name = "NAME=PATH")]
    pub(crate) build_context: Vec<String>,
    /// A secret for `RUN --mount=type=secret`, id=NAME,src=PATH or id=NAME,env=VARIABLE; may be
    /// repeated
    #[arg(long, value_name = "id=NAME,src=PATH")]
    pub(crate) secret: Vec<String>,
    /// An SSH agent for `RUN --mount=type=ssh`, default or NAME=SOCKET; may be repeated
    #[arg(long, value_name = "NAME=SOCKET")]
    pub(crate) ssh: Vec<String>,
    /// Where earlier results come from, type=TYPE,KEY=VALUE,…; may be repeated
    #[arg(long, value_name = "type=TYPE,…")]
    pub(crate) cache_from: Vec<String>,
    /// Where results go, type=TYPE,KEY=VALUE,…; may be repeated
    #[arg(long, value_name = "type=TYPE,…")]
    pub(crate) cache_to: Vec<String>,
    /// What builds: buildkit
    #[arg(long, hide = true, default_value = "buildkit", value_name = "DRIVER")]
    pub(crate) driver: String,
    /// Name of a buildx builder; only the engine's own builder is used
    #[arg(long, value_name = "NAME")]
    pub(crate) builder: Option<String>,
    /// Speak to registries without TLS
    #[arg(long)]
    pub(crate) insecure_registry: bool,
    /// Keep the tags of referenced images: no digest is looked up
    #[arg(long)]
    pub(crate) preserve_tags: bool,
    /// Let the build download what the manifest lists under `files`
    #[arg(long)]
    pub(crate) allow_file_downloads: bool,
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
    /// Write .cnab only: no engine is needed and no image is made
    #[arg(long)]
    pub(crate) no_image: bool,
    /// Output format: plaintext, json or yaml; or attributes of the image, KEY=VALUE,…; may be
    /// given for both
    #[arg(short, long, value_name = "FORMAT|KEY=VALUE")]
    pub(crate) output: Vec<String>,
    #[command(flatten)]
    pub(crate) building: BuildingFlags,
}

/// `porter lint`.
#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// Path to the porter manifest
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
    /// Output format: plaintext, json, sarif or github
    #[arg(short, long, default_value = "plaintext", value_name = "FORMAT")]
    pub(crate) output: String,
    /// Exit with 1 when there are errors
    #[arg(long)]
    pub(crate) strict: bool,
    /// Exit with 1 when there are errors or findings of this kind: warnings
    #[arg(long, value_name = "KIND", value_parser = ["warnings"])]
    pub(crate) deny: Option<String>,
    /// How much findings of a rule count, CODE=off|info|warning|error; may be repeated
    #[arg(long, value_delimiter = ',', value_name = "CODE=LEVEL")]
    pub(crate) rule: Vec<String>,
}

/// Flags of the commands that show a bundle.
#[derive(Debug, Args)]
pub(crate) struct ShownBundle {
    /// Reference of a published bundle; the bundle in the current directory without it
    #[arg(value_name = "REFERENCE")]
    pub(crate) references: Vec<String>,
    #[command(flatten)]
    pub(crate) definition: DefinitionFlags,
    /// Speak to a registry without TLS
    #[arg(long)]
    pub(crate) insecure_registry: bool,
    /// Pull the bundle even when it is in the cache
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) output: OutputFlag,
}

/// `porter explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    pub(crate) bundle: ShownBundle,
    /// Show only what applies to this action
    #[arg(long)]
    pub(crate) action: Option<String>,
}

/// `porter inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    #[command(flatten)]
    pub(crate) bundle: ShownBundle,
    /// Show the bundles that the bundle depends on
    #[arg(long)]
    pub(crate) show_dependencies: bool,
    /// How many levels of dependencies to show
    #[arg(long, default_value_t = 10, value_name = "LEVELS")]
    pub(crate) max_dependency_depth: u32,
    /// Which version to take of a dependency: exact, max-patch, max-minor or min
    #[arg(long, value_name = "STRATEGY")]
    pub(crate) dependencies_version_strategy: Option<String>,
}
