//! Flags that several commands share.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use porter_cnab::store::RecordFilter;

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

/// Which records are listed.
#[derive(Debug, Args)]
pub(crate) struct FilterFlags {
    #[command(flatten)]
    pub(crate) namespace: NamespaceFlag,
    /// Those of all namespaces
    #[arg(long)]
    pub(crate) all_namespaces: bool,
    /// Only those whose name matches this regular expression
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Only those with this label, KEY=VALUE; may be repeated
    #[arg(short, long, value_delimiter = ',', value_name = "KEY=VALUE")]
    pub(crate) label: Vec<String>,
    /// Leave out that many of the first
    #[arg(
        long,
        default_value_t = 0,
        hide_default_value = true,
        allow_negative_numbers = true
    )]
    pub(crate) skip: i64,
    /// At most that many; all of them with 0 or less
    #[arg(
        long,
        default_value_t = 0,
        hide_default_value = true,
        allow_negative_numbers = true
    )]
    pub(crate) limit: i64,
}

impl FilterFlags {
    /// What the store is asked for.
    pub(crate) fn filter(&self) -> RecordFilter {
        let namespace = &self.namespace.namespace;
        let all = self.all_namespaces || namespace == "*";
        RecordFilter {
            namespace: (!all).then(|| namespace.clone()),
            name: self.name.clone().filter(|name| !name.is_empty()),
            labels: pairs(&self.label),
            skip: u64::try_from(self.skip).unwrap_or(0),
            limit: u64::try_from(self.limit).ok().filter(|limit| *limit > 0),
        }
    }
}

/// `KEY=VALUE` texts, split at the first `=`; without one the value is empty.
pub(crate) fn pairs(labels: &[String]) -> BTreeMap<String, String> {
    labels
        .iter()
        .map(|label| {
            let (key, value) = label.split_once('=').unwrap_or((label, ""));
            (key.to_owned(), value.to_owned())
        })
        .collect()
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
    #[command(flatten)]
    pub(crate) building: BuildingFlags,
}

/// How a bundle is built, by whatever command builds it.
#[derive(Debug, Args)]
pub(crate) struct BuildingFlags {
    /// Download from somewhere else while building, ADDRESS=MIRROR; may be repeated
    #[arg(long, value_delimiter = ',', value_name = "ADDRESS=MIRROR")]
    pub(crate) download_mirror: Vec<String>,
}

/// How a bundle is run.
#[derive(Debug, Args)]
pub(crate) struct RunningFlags {
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
}
