//! The configuration.

use porter_mixin_sdk::check::{self, Refusal};
use porter_mixin_sdk::{Diagnostic, Failure, Place, Pointer};
use serde::Deserialize;

const DEFAULT_VERSION: &str = "1.2.9";
const DEFAULT_DIR: &str = "terraform";
const DEFAULT_HOST: &str = "https://releases.hashicorp.com";

/// Configuration of the mixin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TerraformConfig {
    /// Version of Terraform, without or with `v`.
    pub client_version: String,
    /// Where the Terraform files are, below the bundle directory.
    pub working_dir: String,
    /// The only file that the providers are found by when the bundle is built.
    pub init_file: String,
    /// Keep this mixin out of what the Azure providers send.
    pub user_agent_opt_out: bool,
    /// Where Terraform is fetched from.
    pub install_host: String,
    /// A mirror to fetch the providers from.
    pub provider_host: String,
}

impl TerraformConfig {
    /// The version to install.
    pub(crate) fn version(&self) -> &str {
        check::version_or(&self.client_version, DEFAULT_VERSION)
    }

    /// The host to fetch Terraform from, without a slash at its end.
    pub(crate) fn host(&self) -> &str {
        match self.install_host.as_str() {
            "" => DEFAULT_HOST,
            host => host.trim_end_matches('/'),
        }
    }

    /// The working directory, relative to the bundle directory and without a slash at its end; the
    /// bundle directory itself is `.`.
    pub(crate) fn dir(&self) -> String {
        if self.working_dir.is_empty() {
            return DEFAULT_DIR.to_owned();
        }
        let parts = self.working_dir.split('/');
        let parts: Vec<&str> = parts.filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.is_empty() {
            ".".to_owned()
        } else {
            parts.join("/")
        }
    }

    /// What cannot be used, each with its place.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let mut found = Vec::new();
        let mut check = |field: &str, result: Result<(), Refusal>| {
            found.extend(result.err().map(|refusal| unusable(field, refusal)));
        };
        check("clientVersion", check::version(self.version()));
        check("workingDir", check::path_below(&self.dir()));
        check("initFile", check::path_below(&self.init_file));
        check("installHost", check::address(self.host()));
        if !self.provider_host.is_empty() {
            check("providerHost", check::path(&self.provider_host));
        }
        Failure::unless(found, ())
    }
}

fn unusable(field: &str, refusal: Refusal) -> Diagnostic {
    let place = Pointer::root().key(field);
    refusal.diagnostic("terraform-001", &place, Place::Config(place.clone()))
}
