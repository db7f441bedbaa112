//! What stands below `helm3:` in a step.

use porter_mixin_sdk::command_line::Flags;
use porter_mixin_sdk::decode::{DecodeError, Input};
use porter_mixin_sdk::{Entries, KeepEmpty};
use serde::Deserialize;
use serde::de::Error;

use crate::outputs::HelmOutput;

/// What helm does in an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Installs a release.
    Install,
    /// Upgrades a release.
    Upgrade,
    /// Removes releases.
    Uninstall,
    /// Whatever the arguments say.
    Any,
}

impl Verb {
    /// What helm does in `action`.
    pub(crate) fn of(action: &str) -> Self {
        match action {
            "install" => Self::Install,
            "upgrade" => Self::Upgrade,
            "uninstall" => Self::Uninstall,
            _ => Self::Any,
        }
    }
}

/// A step of the helm3 mixin. Which fields count depends on the action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HelmStep {
    /// What the step does; the host shows it.
    pub description: String,
    /// Name of the release.
    pub name: String,
    /// Chart: a path, an address or `REPOSITORY/CHART`.
    pub chart: String,
    /// Namespace of the releases.
    pub namespace: String,
    /// Version of the chart.
    pub version: String,
    /// Wait until everything is ready, or gone.
    pub wait: bool,
    /// Take development versions of the chart, too: `install` only.
    pub devel: bool,
    /// Files or addresses with values.
    pub values: KeepEmpty<String>,
    /// Do not install custom resource definitions: `install` only.
    pub skip_crds: bool,
    /// Do not run hooks: not in `upgrade`.
    pub no_hooks: bool,
    /// Address of the chart's repository: `install` only.
    pub repo: String,
    /// User of the repository.
    pub username: String,
    /// Password of the repository.
    pub password: String,
    /// How long to wait, such as `5m`.
    pub timeout: String,
    /// Have helm say more.
    pub debug: bool,
    /// Go back after a failure; on unless `false`.
    pub atomic: Option<bool>,
    /// Make the namespace; on unless `false`.
    pub create_namespace: Option<bool>,
    /// Forget the values of the release: `upgrade` only.
    pub reset_values: bool,
    /// Keep the values of the release: `upgrade` only.
    pub reuse_values: bool,
    /// Values by name.
    pub set: Entries<String>,
    /// Names of the releases to remove: `uninstall` only.
    pub releases: KeepEmpty<String>,
    /// Arguments of a custom action.
    pub arguments: Vec<String>,
    /// Flags of a custom action.
    pub flags: Flags,
    /// Values to read from the cluster afterwards: not in `uninstall`.
    pub outputs: Vec<HelmOutput>,
}

impl HelmStep {
    /// The outputs that are taken in `action`.
    pub(crate) fn outputs_in(&self, action: &str) -> &[HelmOutput] {
        match Verb::of(action) {
            Verb::Uninstall => &[],
            _ => &self.outputs,
        }
    }
}

/// Reads a step of `action`.
pub(crate) fn read(action: &str, input: &Input<'_>) -> Result<HelmStep, DecodeError> {
    if input.is_null() && Verb::of(action) != Verb::Uninstall {
        // Porter runs helm with empty names for it.
        return Err(DecodeError::custom("must not be empty"));
    }
    input.decode()
}
