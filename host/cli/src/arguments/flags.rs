//! Flags that several commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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
    /// Download from somewhere else while building, ADDRESS=MIRROR; may be repeated
    #[arg(long, value_delimiter = ',', value_name = "ADDRESS=MIRROR")]
    pub(crate) download_mirror: Vec<String>,
}
