//! What stands below `kubernetes:` in a step.

use porter_kubectl::ResourceOutput;
use porter_mixin_sdk::check::Refusal;
use porter_mixin_sdk::{KeepEmpty, Scalar, placeholder};
use serde::Deserialize;

/// A step of the kubernetes mixin. Which fields count depends on the action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KubernetesStep {
    /// What the step does; the host shows it.
    pub description: String,
    /// Files, directories or addresses, one command each.
    pub manifests: KeepEmpty<String>,
    /// Namespace of what is applied or deleted.
    pub namespace: String,
    /// Record the command in the resources.
    pub record: Option<bool>,
    /// Label selector.
    pub selector: String,
    /// Context of the kubeconfig file.
    pub context: String,
    /// Path of the kubeconfig file.
    pub kube_config: String,
    /// Check the manifests before they are sent; on unless `false`.
    pub validate: Option<bool>,
    /// Wait; on unless `false`.
    pub wait: Option<bool>,
    /// Remove resources at once.
    pub force: Option<bool>,
    /// Seconds that a resource has to end.
    pub grace_period: Scalar,
    /// Overwrite what others changed; on unless `false`.
    pub overwrite: Option<bool>,
    /// Delete what the manifests no longer hold.
    pub prune: Option<bool>,
    /// Seconds to wait.
    pub timeout: Scalar,
    /// Values to read from the cluster afterwards.
    pub outputs: Vec<ResourceOutput>,
}

/// What kubectl does in an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// `apply` with the fields of install.
    Install,
    /// `apply` with all fields.
    Apply,
    /// `delete`.
    Delete,
}

impl Verb {
    /// What kubectl does in `action`.
    pub(crate) fn of(action: &str) -> Self {
        match action {
            "install" => Self::Install,
            "uninstall" => Self::Delete,
            _ => Self::Apply,
        }
    }
}

impl KubernetesStep {
    /// Whether resources are removed at once, as the field says.
    pub(crate) fn is_forced(&self) -> bool {
        self.force == Some(true)
    }
}

/// A whole number of seconds. Like Porter's, the mixin takes `30.0`, and cuts `1.5` to 1.
pub(crate) fn seconds(value: &Scalar) -> Result<Option<i64>, Refusal> {
    const UNFIT: Refusal = Refusal::Unfit("must be a whole number of seconds");
    let text = match value {
        Scalar::Null => return Ok(None),
        Scalar::Bool(_) => return Err(UNFIT),
        Scalar::Number(text) | Scalar::Text(text) => text,
    };
    if placeholder::is_in(text) {
        return Err(Refusal::NeedsValue);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    // `010` is 8 to one version of YAML and 10 to the next.
    let is_octal = digits.len() > 1 && digits.starts_with('0');
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if is_octal || !is_plain(digits) || !is_plain(fraction) {
        return Err(UNFIT);
    }
    // As much as anybody waits.
    let whole: i32 = whole.parse().map_err(|_| UNFIT)?;
    Ok(Some(i64::from(whole)))
}
