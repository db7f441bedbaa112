//! An operation as JSON, as cnab-go's drivers know it.
//!
//! Source: `cnab-runtime.md` §6.3 of the compatibility reference.

use std::collections::{BTreeMap, BTreeSet};

use porter_cnab::bundle::{Bundle, Destination};
use porter_cnab::ports::Operation;
use porter_cnab::records::STATE_OUTPUT;
use porter_cnab::{Json, Sensitive};
use serde::Serialize;

/// Stands for a value that is not shown.
const MASK: &str = "*******";
const BUNDLE_FILE: &str = "/cnab/bundle.json";
const CLAIM_FILE: &str = "/cnab/claim.json";

/// An operation, with all its secrets in clear.
#[derive(Debug, Serialize)]
pub(super) struct OperationDocument {
    installation_name: String,
    revision: String,
    action: String,
    parameters: BTreeMap<String, Json>,
    image: ImageDocument,
    pub(super) environment: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
    #[serde(rename = "Bundle")]
    bundle: Json,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ImageDocument {
    image_type: String,
    image: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    content_digest: String,
}

impl OperationDocument {
    /// The document of an operation, whose files hold bundle and claim.
    ///
    /// # Errors
    /// When they do not.
    pub(super) fn new(operation: &Operation) -> Result<Self, serde_json::Error> {
        let file = |path: &str| {
            let content = operation.files.get(path).map(Sensitive::expose);
            content.map_or(&b"null"[..], Vec::as_slice)
        };
        let document: Json = serde_json::from_slice(file(BUNDLE_FILE))?;
        let bundle: Bundle = serde_json::from_slice(file(BUNDLE_FILE))?;
        let claim: Json = serde_json::from_slice(file(CLAIM_FILE))?;
        let image = bundle
            .invocation_images
            .first()
            .cloned()
            .unwrap_or_default();
        let outputs = bundle.outputs.iter();
        let outputs = outputs.map(|(name, output)| (output.path.clone(), name.clone()));
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        Ok(Self {
            installation_name: operation.installation.clone(),
            revision: operation.revision.clone(),
            action: operation.action.clone(),
            parameters: parameters(&bundle, &operation.action, &claim),
            image: ImageDocument {
                image_type: image.image_type,
                image: operation.image.clone(),
                content_digest: image.content_digest,
            },
            environment: (operation.environment.iter())
                .map(|(name, value)| (name.clone(), value.expose().clone()))
                .collect(),
            files: (operation.files.iter())
                .map(|(path, content)| (path.clone(), text(content.expose())))
                .collect(),
            outputs: outputs
                .filter(|(path, _)| operation.outputs.contains(path))
                .collect(),
            bundle: document,
        })
    }

    /// What the image is.
    pub(super) fn image_type(&self) -> &str {
        match self.image.image_type.as_str() {
            "" => "docker",
            known => known,
        }
    }

    /// The same with every credential and sensitive parameter masked, for people to look at.
    pub(super) fn masked(mut self) -> Result<Self, serde_json::Error> {
        let bundle: Bundle = serde_json::from_value(self.bundle.clone())?;
        let sensitive: BTreeSet<&String> = (bundle.parameters.iter())
            .filter(|(_, parameter)| bundle.is_sensitive(&parameter.definition))
            .map(|(name, _)| name)
            .collect();
        let parameters = sensitive.iter().filter_map(|name| {
            let destination = bundle.parameters.get(*name)?.destination.as_ref();
            Some(destination.cloned().unwrap_or_else(|| fallback(name)))
        });
        let credentials = bundle.credentials.values();
        let credentials = credentials.map(|credential| credential.destination.clone());
        for destination in parameters.chain(credentials) {
            for (values, key) in [
                (&mut self.environment, &destination.env),
                (&mut self.files, &destination.path),
            ] {
                if let Some(value) = values.get_mut(key) {
                    MASK.clone_into(value);
                }
            }
        }
        for name in &sensitive {
            if let Some(value) = self.parameters.get_mut(*name) {
                *value = MASK.into();
            }
        }
        if let Some(claim) = self.files.get_mut(CLAIM_FILE) {
            *claim = masked_claim(claim, &sensitive)?;
        }
        Ok(self)
    }
}

/// Where a parameter without a destination goes.
fn fallback(name: &str) -> Destination {
    Destination {
        env: format!("CNAB_P_{}", name.to_uppercase()),
        path: String::new(),
    }
}

/// The typed values of the claim; what has none is empty, and the state is null.
fn parameters(bundle: &Bundle, action: &str, claim: &Json) -> BTreeMap<String, Json> {
    let applicable = bundle.parameters.iter();
    let applicable = applicable.filter(|(_, parameter)| parameter.applies_to(action));
    applicable
        .map(|(name, _)| {
            let value = claim.get("parameters").and_then(|values| values.get(name));
            let absent = || match name.as_str() {
                STATE_OUTPUT => Json::Null,
                _ => Json::String(String::new()),
            };
            (name.clone(), value.cloned().unwrap_or_else(absent))
        })
        .collect()
}

fn masked_claim(text: &str, sensitive: &BTreeSet<&String>) -> Result<String, serde_json::Error> {
    let mut claim: Json = serde_json::from_str(text)?;
    if let Some(values) = claim.get_mut("parameters").and_then(Json::as_object_mut) {
        for name in sensitive {
            if let Some(value) = values.get_mut(name.as_str()) {
                *value = MASK.into();
            }
        }
    }
    serde_json::to_string(&claim)
}
