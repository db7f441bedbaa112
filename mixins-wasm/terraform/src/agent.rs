//! What the Azure providers say about who calls.

use porter_mixin_sdk::Environment;

use crate::TerraformConfig;

/// Read by the Azure providers.
pub(crate) const VARIABLE: &str = "AZURE_HTTP_USER_AGENT";
/// Keeps the mixin from adding itself to it.
pub(crate) const OPT_OUT: &str = "PORTER_TERRAFORM_MIXIN_USER_AGENT_OPT_OUT";

/// What this mixin adds to it.
pub const AGENT: &str = concat!(
    "getporter/porter getporter/terraform/v",
    env!("CARGO_PKG_VERSION")
);

/// The value of [`VARIABLE`] with this mixin in it, or `None` where the user does not want that.
pub(crate) fn value(config: &TerraformConfig, environment: &Environment) -> Option<String> {
    if config.user_agent_opt_out || environment.get(OPT_OUT).is_some_and(is_true) {
        return None;
    }
    Some(match environment.get(VARIABLE) {
        Some(known) if is_in(known) => known.to_owned(),
        Some("") | None => AGENT.to_owned(),
        Some(_) => environment.prepended(VARIABLE, AGENT),
    })
}

/// Whether the mixin has added itself already, as it does when the image is built.
fn is_in(known: &str) -> bool {
    let own = AGENT.split(' ').next_back();
    known.split(' ').any(|word| Some(word) == own)
}

/// The spellings that Porter takes for true; any other value is false.
fn is_true(text: &str) -> bool {
    ["1", "t", "T", "true", "TRUE", "True"].contains(&text)
}
