//! What the container is given: the CNAB contract.
//!
//! Source: `cnab-runtime.md` §2 and §3 of the compatibility reference.

use std::collections::BTreeMap;

use porter_cnab::bundle::{Bundle, Destination};
use porter_cnab::claim::{CLAIM_SCHEMA_VERSION, Claim};
use porter_cnab::ports::Operation;
use porter_cnab::records::{Installation, Run};
use porter_cnab::{Json, Sensitive};

use super::outputs;
use super::parameters::Values;
use crate::error::Error;

/// Assembles the operation of a run.
pub(crate) fn operation(
    bundle: &Bundle,
    installation: &Installation,
    run: &Run,
    values: &Values,
    credentials: &BTreeMap<String, Sensitive<String>>,
    verbosity: &str,
) -> Result<Operation, Error> {
    let image = bundle
        .invocation_images
        .first()
        .cloned()
        .unwrap_or_default();
    let mut operation = Operation {
        installation: installation.qualified_name(),
        action: run.action.clone(),
        revision: run.revision.clone(),
        image: image.image,
        image_digest: Some(image.content_digest).filter(|digest| !digest.is_empty()),
        environment: environment(bundle, installation, run, verbosity),
        files: files(bundle, run, values)?,
        outputs: outputs::paths(bundle, &run.action),
        trusted: None,
    };
    for (name, value) in values {
        let parameter = &bundle.parameters[name];
        let fallback = Destination {
            env: format!("CNAB_P_{}", name.to_uppercase()),
            path: String::new(),
        };
        let destination = parameter.destination.as_ref().unwrap_or(&fallback);
        inject(&mut operation, destination, &value.text);
    }
    for (name, value) in credentials {
        let Some(credential) = bundle.credentials.get(name) else {
            continue;
        };
        if credential.applies_to(&run.action) {
            inject(&mut operation, &credential.destination, value);
        }
    }
    Ok(operation)
}

fn inject(operation: &mut Operation, destination: &Destination, text: &Sensitive<String>) {
    if !destination.env.is_empty() {
        operation
            .environment
            .insert(destination.env.clone(), text.clone());
    }
    if !destination.path.is_empty() {
        let content = Sensitive::new(text.expose().as_bytes().to_vec());
        operation.files.insert(destination.path.clone(), content);
    }
}

fn environment(
    bundle: &Bundle,
    installation: &Installation,
    run: &Run,
    verbosity: &str,
) -> BTreeMap<String, Sensitive<String>> {
    let pairs = [
        ("CNAB_ACTION", run.action.clone()),
        ("CNAB_BUNDLE_NAME", bundle.name.clone()),
        ("CNAB_BUNDLE_VERSION", bundle.version.clone()),
        ("CNAB_INSTALLATION_NAME", installation.qualified_name()),
        ("CNAB_REVISION", run.revision.clone()),
        ("CNAB_CLAIMS_VERSION", CLAIM_SCHEMA_VERSION.to_owned()),
        (
            "PORTER_INSTALLATION_NAMESPACE",
            installation.namespace.clone(),
        ),
        ("PORTER_INSTALLATION_NAME", installation.name.clone()),
        ("PORTER_INSTALLATION_ID", installation.id.clone()),
        ("PORTER_VERBOSITY", verbosity.to_owned()),
    ];
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Sensitive::new(value)))
        .collect()
}

fn files(
    bundle: &Bundle,
    run: &Run,
    values: &Values,
) -> Result<BTreeMap<String, Sensitive<Vec<u8>>>, Error> {
    let typed: BTreeMap<String, Json> = values
        .iter()
        .filter_map(|(name, value)| {
            value
                .json
                .as_ref()
                .map(|json| (name.clone(), json.expose().clone()))
        })
        .collect();
    let claim = Claim::new(run, typed)?;
    let images = serde_json::to_vec(&bundle.images)?;
    let pairs = [
        ("/cnab/bundle.json", run.bundle.clone().into_bytes()),
        ("/cnab/app/image-map.json", images),
        ("/cnab/claim.json", serde_json::to_vec(&claim)?),
    ];
    Ok(pairs
        .into_iter()
        .map(|(path, content)| (path.to_owned(), Sensitive::new(content)))
        .collect())
}
