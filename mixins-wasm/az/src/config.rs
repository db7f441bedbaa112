//! What stands below `az:` in the list of mixins.

use serde::Deserialize;

/// Configuration of the az mixin.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AzConfig {
    /// Version of the az CLI; the newest without one.
    pub client_version: String,
    /// Extensions of the az CLI.
    pub extensions: Vec<String>,
    /// Whether Bicep is installed.
    pub install_bicep: bool,
    /// Keep Porter and the mixin out of the user agent.
    pub user_agent_opt_out: bool,
}
