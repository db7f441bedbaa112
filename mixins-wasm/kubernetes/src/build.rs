//! The configuration, and what it means for the image.

use porter_mixin_sdk::{Diagnostic, Failure, Instruction, Place, Pointer};
use serde::Deserialize;

/// What is installed where the author says nothing.
const DEFAULT_VERSION: &str = "v1.25.1";

/// Configuration of the mixin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KubernetesConfig {
    /// Version of kubectl.
    pub client_version: String,
}

/// kubectl.
pub(crate) fn instructions(config: &KubernetesConfig) -> Result<Vec<Instruction>, Failure> {
    let written = match config.client_version.as_str() {
        "" => DEFAULT_VERSION,
        written => written,
    };
    let version = porter_kubectl::supported(written, 1).map_err(|why| {
        let at = Place::Config(Pointer::root().key("clientVersion"));
        Diagnostic::error("kubernetes-001", why.title(), at)
            .hint("name a release of kubectl, such as `v1.28.4`")
    })?;
    Ok(vec![porter_kubectl::download(&version)])
}
