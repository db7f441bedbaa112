//! The credentials of a run, resolved just before it.

use std::collections::BTreeMap;

use porter_cnab::Sensitive;
use porter_cnab::bundle::Bundle;
use porter_cnab::records::{CredentialSet, NamedSource};
use porter_cnab::secrets::Secrets;

use crate::error::Error;

/// Credentials by name, and where they came from.
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    /// Values of the credentials that the bundle defines and that apply to the action.
    pub(crate) values: BTreeMap<String, Sensitive<String>>,
    /// The mapping that was used; never values.
    pub(crate) mapping: CredentialSet,
}

/// Resolves what the bundle needs for `action` from `sets`, the last of which wins.
pub(crate) async fn resolve(
    bundle: &Bundle,
    action: &str,
    namespace: &str,
    sets: &[CredentialSet],
    secrets: &dyn Secrets,
) -> Result<Credentials, Error> {
    let mut chosen: BTreeMap<&str, &NamedSource> = BTreeMap::new();
    for entry in sets.iter().flat_map(|set| &set.credentials) {
        let wanted = bundle.credentials.get(&entry.name);
        if wanted.is_some_and(|credential| credential.applies_to(action)) {
            chosen.insert(&entry.name, entry);
        }
    }
    let mut credentials = Credentials::default();
    credentials.mapping.namespace = namespace.to_owned();
    let mut problems = Vec::new();
    for (name, entry) in chosen {
        match porter_config::sources::resolve(&entry.source, secrets).await {
            Ok(value) => {
                let text = String::from_utf8_lossy(value.expose()).into_owned();
                credentials
                    .values
                    .insert(name.to_owned(), Sensitive::new(text));
                credentials.mapping.credentials.push(entry.clone());
            }
            Err(error) => problems.push(format!(
                "unable to resolve credential .{name} from {} {}: {}",
                entry.source.strategy,
                entry.source.hint,
                crate::error::chain(&error)
            )),
        }
    }
    for (name, credential) in &bundle.credentials {
        let is_missing = !credentials.values.contains_key(name);
        let is_reported = problems
            .iter()
            .any(|text| text.contains(&format!(".{name} from")));
        if credential.required && credential.applies_to(action) && is_missing && !is_reported {
            problems.push(format!("bundle requires credential for {name}"));
        }
    }
    if problems.is_empty() {
        Ok(credentials)
    } else {
        Err(Error::Credentials(Box::new(Error::Values(problems))))
    }
}
