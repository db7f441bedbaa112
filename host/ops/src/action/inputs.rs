//! Everything that a run is given: parameters and credentials, with the sets that they come from.

use std::collections::BTreeMap;

use porter_cnab::bundle::Bundle;
use porter_cnab::records::{CredentialSet, Installation, ParameterSet};
use porter_cnab::store::StoreError;

use super::credentials::{self, Credentials};
use super::parameters::{self, Earlier, FromSet, Given, Values};
use super::{ActionRequest, Overrides};
use crate::error::Error;
use crate::sets;
use crate::store::Storage;

/// Resolves what a run is given. Writes nothing.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    /// The store and its secrets.
    pub(crate) storage: &'a Storage,
    /// What the user asks for.
    pub(crate) request: &'a ActionRequest,
    /// `--param` texts, or the parameters of a file.
    pub(crate) overrides: &'a Overrides,
}

/// Parameters of a run.
#[derive(Debug)]
pub(crate) struct ResolvedParameters {
    /// What the user gave.
    pub(crate) given: Given,
    /// The final values.
    pub(crate) values: Values,
    /// Names of the sets, to be recorded.
    pub(crate) sets: Vec<String>,
}

/// Credentials of a run.
#[derive(Debug)]
pub(crate) struct ResolvedCredentials {
    /// The credentials.
    pub(crate) credentials: Credentials,
    /// Names of the sets, to be recorded.
    pub(crate) sets: Vec<String>,
}

impl Inputs<'_> {
    /// The parameters of the action that is asked for.
    pub(crate) async fn parameters(
        &self,
        bundle: &Bundle,
        installation: &Installation,
    ) -> Result<ResolvedParameters, Error> {
        let (given, sets) = self.given(bundle, installation).await?;
        let earlier = Earlier {
            store: self.storage.store(),
            secrets: self.storage.secrets(),
            installation,
        };
        let action = self.request.kind.action();
        let values = parameters::resolve(bundle, action, &given, &earlier).await?;
        Ok(ResolvedParameters {
            given,
            values,
            sets,
        })
    }

    /// The sets of credentials: those that the user names, or that the installation has.
    pub(crate) async fn credential_sets(
        &self,
        installation: &Installation,
    ) -> Result<sets::ChosenSets<CredentialSet>, Error> {
        let namespace = &self.request.namespace;
        let chosen = sets::choose(
            self.storage.store(),
            namespace,
            &self.request.credential_sets,
            &installation.credential_sets,
        );
        chosen.await.map_err(|error| match error {
            Error::Store(StoreError::SetNotFound { name }) => Error::NoCredentialSet {
                name: name.clone(),
                namespace: namespace.clone(),
                source: Box::new(StoreError::SetNotFound { name }.into()),
            },
            other => other,
        })
    }

    /// The credentials of an action.
    pub(crate) async fn credentials(
        &self,
        bundle: &Bundle,
        action: &str,
        sets: sets::ChosenSets<CredentialSet>,
    ) -> Result<ResolvedCredentials, Error> {
        let namespace = &self.request.namespace;
        let secrets = self.storage.secrets();
        let credentials =
            credentials::resolve(bundle, action, namespace, &sets.sets, secrets).await?;
        Ok(ResolvedCredentials {
            credentials,
            sets: sets.names,
        })
    }

    /// What the user gave, and the names of the parameter sets.
    async fn given(
        &self,
        bundle: &Bundle,
        installation: &Installation,
    ) -> Result<(Given, Vec<String>), Error> {
        let mut given = Given {
            overrides: self.overrides.clone(),
            sets: BTreeMap::new(),
            debug: self.request.debug,
        };
        let chosen = sets::choose::<ParameterSet>(
            self.storage.store(),
            &self.request.namespace,
            &self.request.parameter_sets,
            &installation.parameter_sets,
        );
        let failed = |error| Error::ParameterSets(Box::new(error));
        let chosen = chosen.await.map_err(failed)?;
        let mut problems = Vec::new();
        for set in &chosen.sets {
            for entry in &set.parameters {
                match FromSet::resolve(bundle, entry, self.storage.secrets()).await {
                    Ok(value) => {
                        given.sets.insert(entry.name.clone(), value);
                    }
                    Err(error) => problems.push(format!(
                        "unable to resolve parameter {}.{} from {} {}: {}",
                        set.name,
                        entry.name,
                        entry.source.strategy,
                        entry.source.hint,
                        crate::error::chain(&error)
                    )),
                }
            }
        }
        if problems.is_empty() {
            Ok((given, chosen.names))
        } else {
            Err(failed(Error::Values(problems)))
        }
    }
}
