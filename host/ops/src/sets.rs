//! Credential and parameter sets: found, applied, edited, deleted, and made for a bundle.
//!
//! Source: `cli.md` §4.11, §8.2, §8.3 and §10 of the compatibility reference.

use std::path::Path;

use async_trait::async_trait;
use porter_cnab::bundle::Bundle;
use porter_cnab::records::{CredentialSet, ParameterSet, SourceSet, Timestamp, qualified_name};
use porter_cnab::store::{RecordFilter, SetUse, Store, StoreError};
use porter_config::SchemaCheck;
use porter_config::documents::SetDocument;

use crate::Porter;
use crate::error::{Error, Usage};
use crate::source::BundleChoice;

/// A credential or parameter that a bundle wants from a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name; the bundle's author chose it.
    pub name: String,
    /// Whether the bundle cannot do without.
    pub is_required: bool,
    /// Whether its value must not be seen.
    pub is_sensitive: bool,
}

/// A set that is made for a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetDraft {
    /// Name of the set.
    pub name: String,
    /// What is to be filled in, by name.
    pub wanted: Vec<Wanted>,
}

/// A set that the store keeps.
#[async_trait]
pub trait StoredSet: SetDocument {
    /// The set of exactly this namespace.
    #[doc(hidden)]
    async fn get(store: &dyn Store, namespace: &str, name: &str) -> Result<Self, StoreError>;
    /// Those that a filter lets through.
    #[doc(hidden)]
    async fn list(store: &dyn Store, filter: &RecordFilter) -> Result<Vec<Self>, StoreError>;
    /// Stores it.
    #[doc(hidden)]
    async fn put(&self, store: &dyn Store) -> Result<(), StoreError>;
    /// Deletes it.
    #[doc(hidden)]
    async fn delete(
        store: &dyn Store,
        namespace: &str,
        name: &str,
        use_is: SetUse,
    ) -> Result<(), StoreError>;
    /// What a bundle wants of such a set, by name.
    #[doc(hidden)]
    fn wanted(bundle: &Bundle) -> Vec<Wanted>;
    /// The time that a set which is applied was made: what its file says, or the stored one.
    #[doc(hidden)]
    fn created(applied: Option<Timestamp>, stored: Option<Timestamp>) -> Option<Timestamp>;
}

#[async_trait]
impl StoredSet for CredentialSet {
    async fn get(store: &dyn Store, namespace: &str, name: &str) -> Result<Self, StoreError> {
        store.credential_set(namespace, name).await
    }

    async fn list(store: &dyn Store, filter: &RecordFilter) -> Result<Vec<Self>, StoreError> {
        store.credential_sets(filter).await
    }

    async fn put(&self, store: &dyn Store) -> Result<(), StoreError> {
        store.put_credential_set(self).await
    }

    async fn delete(
        store: &dyn Store,
        namespace: &str,
        name: &str,
        use_is: SetUse,
    ) -> Result<(), StoreError> {
        store.delete_credential_set(namespace, name, use_is).await
    }

    fn wanted(bundle: &Bundle) -> Vec<Wanted> {
        let credentials = bundle.credentials.iter();
        credentials
            .map(|(name, credential)| Wanted {
                name: name.clone(),
                is_required: credential.required,
                is_sensitive: true,
            })
            .collect()
    }

    /// Porter forgets it.
    fn created(applied: Option<Timestamp>, _stored: Option<Timestamp>) -> Option<Timestamp> {
        applied
    }
}

#[async_trait]
impl StoredSet for ParameterSet {
    async fn get(store: &dyn Store, namespace: &str, name: &str) -> Result<Self, StoreError> {
        store.parameter_set(namespace, name).await
    }

    async fn list(store: &dyn Store, filter: &RecordFilter) -> Result<Vec<Self>, StoreError> {
        store.parameter_sets(filter).await
    }

    async fn put(&self, store: &dyn Store) -> Result<(), StoreError> {
        store.put_parameter_set(self).await
    }

    async fn delete(
        store: &dyn Store,
        namespace: &str,
        name: &str,
        use_is: SetUse,
    ) -> Result<(), StoreError> {
        store.delete_parameter_set(namespace, name, use_is).await
    }

    fn wanted(bundle: &Bundle) -> Vec<Wanted> {
        let parameters = bundle.parameters.iter();
        parameters
            .filter(|(_, parameter)| !bundle.is_internal(&parameter.definition))
            .map(|(name, parameter)| Wanted {
                name: name.clone(),
                is_required: parameter.required,
                is_sensitive: bundle.is_sensitive(&parameter.definition),
            })
            .collect()
    }

    fn created(applied: Option<Timestamp>, stored: Option<Timestamp>) -> Option<Timestamp> {
        stored.or(applied).or_else(|| Some(Timestamp::now()))
    }
}

impl Porter {
    /// The sets that a filter lets through, by namespace and name.
    ///
    /// # Errors
    /// When the filter is invalid or the store fails.
    pub async fn list_sets<T: StoredSet>(&self, filter: &RecordFilter) -> Result<Vec<T>, Error> {
        Ok(T::list(self.storage().await?.store(), filter).await?)
    }

    /// A set of exactly this namespace.
    ///
    /// # Errors
    /// When it is not there or the store fails.
    pub async fn show_set<T: StoredSet>(&self, namespace: &str, name: &str) -> Result<T, Error> {
        Ok(T::get(self.storage().await?.store(), namespace, name).await?)
    }

    /// Stores the set in a file, in place of the one of its namespace and name. A namespace in the
    /// file counts more than `namespace`.
    ///
    /// # Errors
    /// When the file is no such set or the store fails.
    pub async fn apply_set<T: StoredSet>(
        &self,
        path: &Path,
        namespace: &str,
        check: SchemaCheck,
    ) -> Result<T, Error> {
        std::fs::metadata(path).map_err(|source| Error::FileArgument {
            path: path.to_path_buf(),
            source,
        })?;
        let document = T::load(path, check)?;
        if let Some(warning) = document.warning {
            tracing::warn!("{warning}");
        }
        let mut set = document.value;
        if !document.has_namespace {
            set.set_namespace(namespace);
        }
        if set.name().is_empty() {
            return Err(Usage::UnnamedSet(T::WORD).into());
        }
        let store = self.storage().await?.store();
        let stored = match T::get(store, set.namespace(), set.name()).await {
            Ok(stored) => Some(stored),
            Err(StoreError::SetNotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let stored = stored.and_then(|stored| stored.status().created);
        let status = set.status_mut();
        status.created = T::created(status.created, stored);
        status.modified = Some(Timestamp::now());
        set.put(store).await?;
        Ok(set)
    }

    /// Stores what became of a set in an editor.
    ///
    /// # Errors
    /// When the file is no such set, has another name or namespace, or the store fails.
    pub async fn store_edited_set<T: StoredSet>(
        &self,
        path: &Path,
        original: &T,
    ) -> Result<(), Error> {
        let mut set = T::load(path, SchemaCheck::Exact)?.value;
        if (set.namespace(), set.name()) != (original.namespace(), original.name()) {
            return Err(Usage::RenamedSet {
                kind: T::WORD,
                set: qualified_name(original.namespace(), original.name()),
            }
            .into());
        }
        let status = set.status_mut();
        status.created = original.status().created;
        status.modified = Some(Timestamp::now());
        Ok(set.put(self.storage().await?.store()).await?)
    }

    /// What a set for a bundle has to hold. Its name is `name`, or that of the bundle.
    ///
    /// # Errors
    /// When the bundle cannot be read, or a set cannot have the name.
    pub async fn draft_set<T: StoredSet>(
        &self,
        choice: &BundleChoice,
        name: Option<&str>,
    ) -> Result<SetDraft, Error> {
        name.map(check_name::<T>).transpose()?;
        let bundle = self.bundle_to_show(choice).await?.bundle;
        let name = name.unwrap_or(&bundle.name);
        check_name::<T>(name)?;
        Ok(SetDraft {
            name: name.to_owned(),
            wanted: T::wanted(&bundle),
        })
    }

    /// Stores a set that was just made.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn store_set<T: StoredSet>(&self, set: &T) -> Result<(), Error> {
        Ok(set.put(self.storage().await?.store()).await?)
    }

    /// Deletes a set; one that is not there is as good as deleted.
    ///
    /// # Errors
    /// When installations use it and `use_is` is respected, or the store fails.
    pub async fn delete_set<T: StoredSet>(
        &self,
        namespace: &str,
        name: &str,
        use_is: SetUse,
    ) -> Result<(), Error> {
        Ok(T::delete(self.storage().await?.store(), namespace, name, use_is).await?)
    }
}

/// Finds a set that an installation uses: in its namespace, then in the global one.
pub(crate) async fn find<T: StoredSet>(
    store: &dyn Store,
    namespace: &str,
    name: &str,
) -> Result<T, StoreError> {
    match T::get(store, namespace, name).await {
        Err(StoreError::SetNotFound { .. }) if !namespace.is_empty() => {
            T::get(store, "", name).await
        }
        other => other,
    }
}

/// The sets of a run, and the names that are recorded for later ones.
#[derive(Debug)]
pub(crate) struct ChosenSets<T> {
    /// In order; the last one wins.
    pub(crate) sets: Vec<T>,
    /// Names of those that are stored.
    pub(crate) names: Vec<String>,
}

/// The sets that the user names, or those that the installation used before. What is no stored set
/// may be the path of a file, which serves this run alone.
pub(crate) async fn choose<T: StoredSet>(
    store: &dyn Store,
    namespace: &str,
    given: &[String],
    recorded: &[String],
) -> Result<ChosenSets<T>, Error> {
    let mut chosen = ChosenSets {
        sets: Vec::new(),
        names: Vec::new(),
    };
    let wanted = if given.is_empty() { recorded } else { given };
    for name in wanted {
        match find::<T>(store, namespace, name).await {
            Ok(set) => {
                chosen.sets.push(set);
                chosen.names.push(name.clone());
            }
            Err(StoreError::SetNotFound { .. }) if is_file(name) && !given.is_empty() => {
                let set = T::load(Path::new(name), SchemaCheck::Exact)?.value;
                chosen.sets.push(set);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(chosen)
}

/// Whether what was given for a set is the path of a file: it has an ending or a folder, which the
/// names of sets that porter makes have not.
fn is_file(name: &str) -> bool {
    name.contains(['.', '/']) && Path::new(name).is_file()
}

/// Checks the name of a set that porter makes.
fn check_name<T: SourceSet>(name: &str) -> Result<(), Usage> {
    if name.contains(['.', '/', '\\']) {
        return Err(Usage::SetName {
            kind: if T::WORD == "credential" {
                "credentialset"
            } else {
                "parameter set"
            },
            name: name.to_owned(),
        });
    }
    Ok(())
}
