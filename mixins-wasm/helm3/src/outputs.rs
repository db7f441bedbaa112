//! Outputs: values that kubectl reads from the cluster.
//!
//! Porter's mixin reads secrets through the API of the cluster itself, in the clear and not through
//! the kubeconfig file that helm and kubectl use.

use porter_kubectl::Resource;
use porter_mixin_sdk::check::Refusal;
use porter_mixin_sdk::{Command, Findings, Output, Pointer, Task, check};
use serde::Deserialize;

use crate::step::HelmStep;

/// An output of a step: a key of a secret, or a field of any resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HelmOutput {
    /// Name of the output.
    pub name: String,
    /// Name of a secret.
    pub secret: String,
    /// Key of the secret.
    pub key: String,
    /// Namespace of the secret or resource.
    pub namespace: String,
    /// Type of a resource.
    pub resource_type: String,
    /// Name of the resource.
    pub resource_name: String,
    /// kubectl's JSON path into the resource.
    pub json_path: String,
}

impl HelmOutput {
    /// Whether it is a key of a secret.
    pub(crate) fn is_secret(&self) -> bool {
        !self.secret.is_empty() && !self.key.is_empty()
    }

    /// Whether it is a field of a resource.
    pub(crate) fn is_resource(&self) -> bool {
        let fields = [&self.resource_type, &self.resource_name, &self.json_path];
        fields.iter().all(|text| !text.is_empty())
    }
}

/// The commands that take `outputs`. One with half of its fields takes nothing, as in Porter.
pub(crate) fn tasks(outputs: &[HelmOutput], namespace: &str) -> Vec<Task> {
    let mut tasks = Vec::new();
    for output in outputs {
        if output.is_secret() {
            tasks.push(secret(output, namespace).into());
        }
        if output.is_resource() {
            let resource = Resource {
                kind: &output.resource_type,
                name: &output.resource_name,
                namespace: &output.namespace,
                path: &output.json_path,
            };
            tasks.push(porter_kubectl::get(&output.name, &resource).into());
        }
    }
    tasks
}

/// A key that is not there is a failure, which a JSON path would take for empty text.
fn secret(output: &HelmOutput, namespace: &str) -> Command {
    let namespaces = [output.namespace.as_str(), namespace, "default"];
    let namespace = namespaces.into_iter().find(|name| !name.is_empty());
    let template = format!("{{{{index .data \"{}\" | base64decode}}}}", output.key);
    Command::new("kubectl")
        .args(["get", "secret", output.secret.as_str()])
        .option("-n", namespace)
        .args(["-o".to_owned(), format!("go-template={template}")])
        .quiet(true)
        .output(Output::stdout(&output.name).sensitive())
}

/// What no command can be made of.
pub(crate) fn check(outputs: &[HelmOutput], findings: &mut Findings<'_, HelmStep>) {
    for (index, output) in outputs.iter().enumerate() {
        let place = Pointer::root().key("outputs").index(index);
        if output.is_secret() || output.is_resource() {
            findings.check(place.key("name"), check::output_name(&output.name));
        }
        findings.check(place.key("key"), key(&output.key));
        for (field, text) in [
            ("secret", &output.secret),
            ("namespace", &output.namespace),
            ("resourceType", &output.resource_type),
            ("resourceName", &output.resource_name),
            ("jsonPath", &output.json_path),
        ] {
            findings.check(place.key(field), check::argument(text));
        }
    }
}

/// Kubernetes has no other keys, and this one becomes part of a template.
fn key(text: &str) -> Result<(), Refusal> {
    check::known(text)?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if text.bytes().all(fits) {
        Ok(())
    } else {
        Err(Refusal::Unfit(
            "may hold letters, digits, `.`, `_` and `-` only, as every key of a secret",
        ))
    }
}
