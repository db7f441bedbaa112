//! Outputs that kubectl reads from the cluster.

use porter_mixin_sdk::{Command, Output};
use serde::Deserialize;

/// An output of a step: a field of a resource in the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ResourceOutput {
    /// Name of the output.
    pub name: String,
    /// Type of the resource, such as `service`.
    pub resource_type: String,
    /// Name of the resource.
    pub resource_name: String,
    /// Its namespace; without it that of kubectl's context.
    pub namespace: String,
    /// kubectl's JSON path, such as `{.spec.clusterIP}`.
    pub json_path: String,
}

/// Where a value is in the cluster.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// Type of the resource.
    pub kind: &'a str,
    /// Name of the resource.
    pub name: &'a str,
    /// Its namespace; empty for that of kubectl's context.
    pub namespace: &'a str,
    /// kubectl's JSON path.
    pub path: &'a str,
}

impl ResourceOutput {
    /// Where the value is.
    pub fn resource(&self) -> Resource<'_> {
        Resource {
            kind: &self.resource_type,
            name: &self.resource_name,
            namespace: &self.namespace,
            path: &self.json_path,
        }
    }
}

/// The command that takes output `name` from `resource`. The user does not see the value.
pub fn get(name: &str, resource: &Resource<'_>) -> Command {
    let mut command = Command::new("kubectl")
        .args(["get", resource.kind, resource.name])
        .arg(format!("-o=jsonpath={}", resource.path))
        .quiet(true)
        .output(Output::stdout(name));
    if !resource.namespace.is_empty() {
        command = command.arg(format!("--namespace={}", resource.namespace));
    }
    command
}
