//! Credential and parameter sets. Their literal values may be secrets, so they lie beside the
//! document, encrypted.

use futures_util::TryStreamExt;
use porter_cnab::Sensitive;
use porter_cnab::records::{Installation, NamedSource, SourceSet, Strategy, qualified_name};
use porter_cnab::store::{RecordFilter, SetUse, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::filter::Matcher;
use crate::key::Sealed;
use crate::open::SqliteStore;

impl SqliteStore {
    pub(crate) async fn read_set<T: SourceSet>(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection.lock().await;
        let row = sqlx::query(
            "SELECT document, nonce, ciphertext FROM sets
             WHERE kind = $1 AND namespace = $2 AND name = $3",
        )
        .bind(kind::<T>())
        .bind(namespace)
        .bind(name)
        .fetch_optional(&mut *connection)
        .await
        .map_err(|error| self.failed(error))?;
        let row = row.ok_or_else(|| StoreError::SetNotFound { name: name.into() })?;
        self.set_of_row(&row).await
    }

    pub(crate) async fn write_set<T: SourceSet>(&self, set: &T) -> Result<(), StoreError> {
        let mut document = set.clone();
        let literals = take_literals(document.sources_mut());
        let text = self.text(&document)?;
        let (namespace, name) = (set.namespace(), set.name());
        let mut connection = self.connection.lock().await;
        let sealed = match literals {
            Some(literals) => {
                let literals = Sensitive::new(self.text(literals.expose())?);
                let key = self.key_for_writing(&mut connection).await?;
                let address = address::<T>(namespace, name);
                let sealed = key.seal(&address, literals.expose().as_bytes());
                Some(sealed.ok_or_else(|| self.undecryptable(&address))?)
            }
            None => None,
        };
        let (nonce, ciphertext) = sealed
            .map(|sealed| (sealed.nonce, sealed.ciphertext))
            .unzip();
        sqlx::query(
            "INSERT INTO sets (kind, namespace, name, document, nonce, ciphertext)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (kind, namespace, name) DO UPDATE
             SET document = excluded.document, nonce = excluded.nonce,
                 ciphertext = excluded.ciphertext",
        )
        .bind(kind::<T>())
        .bind(namespace)
        .bind(name)
        .bind(text)
        .bind(nonce)
        .bind(ciphertext)
        .execute(&mut *connection)
        .await
        .map_err(|error| self.failed(error))?;
        Ok(())
    }

    pub(crate) async fn list_sets<T: SourceSet>(
        &self,
        filter: &RecordFilter,
    ) -> Result<Vec<T>, StoreError> {
        let matcher = Matcher::new(filter)?;
        let mut connection = self.connection.lock().await;
        let mut rows = sqlx::query(
            "SELECT document, nonce, ciphertext FROM sets
             WHERE kind = $1 AND ($2 IS NULL OR namespace = $2) ORDER BY namespace, name",
        )
        .bind(kind::<T>())
        .bind(filter.namespace.as_deref())
        .fetch(&mut *connection);
        let mut window = matcher.window();
        let mut found = Vec::new();
        while window.is_open() {
            let Some(row) = rows.try_next().await.map_err(|error| self.failed(error))? else {
                break;
            };
            let set: T = self.document(&row, 0)?;
            if matcher.has_name(set.name()) && matcher.has_labels(set.labels()) && window.takes() {
                found.push(self.set_of_row(&row).await?);
            }
        }
        Ok(found)
    }

    pub(crate) async fn delete_set<T: SourceSet>(
        &self,
        namespace: &str,
        name: &str,
        use_is: SetUse,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = self.transaction(&mut connection).await?;
        if use_is == SetUse::Respected {
            let installations = self.users::<T>(&mut transaction, namespace, name).await?;
            if !installations.is_empty() {
                return Err(StoreError::SetInUse {
                    kind: T::WORD,
                    name: name.to_owned(),
                    installations,
                });
            }
        }
        sqlx::query("DELETE FROM sets WHERE kind = $1 AND namespace = $2 AND name = $3")
            .bind(kind::<T>())
            .bind(namespace)
            .bind(name)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.failed(error))?;
        self.commit(transaction).await?;
        Ok(())
    }

    /// `NAMESPACE/NAME` of the installations that use a set which is there.
    async fn users<T: SourceSet>(
        &self,
        connection: &mut SqliteConnection,
        namespace: &str,
        name: &str,
    ) -> Result<Vec<String>, StoreError> {
        let mut rows = sqlx::query(
            "SELECT document FROM installations WHERE EXISTS (
                 SELECT 1 FROM sets WHERE kind = $1 AND namespace = $2 AND name = $3)
             AND (namespace = $2 OR ($2 = '' AND NOT EXISTS (
                 SELECT 1 FROM sets WHERE kind = $1 AND name = $3
                 AND sets.namespace = installations.namespace)))
             ORDER BY namespace, name",
        )
        .bind(kind::<T>())
        .bind(namespace)
        .bind(name)
        .fetch(connection);
        let mut users = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(|error| self.failed(error))? {
            let installation: Installation = self.document(&row, 0)?;
            if T::names_in(&installation).iter().any(|used| used == name) {
                users.push(qualified_name(&installation.namespace, &installation.name));
            }
        }
        Ok(users)
    }

    /// A set with its literal values back in place.
    async fn set_of_row<T: SourceSet>(&self, row: &SqliteRow) -> Result<T, StoreError> {
        let mut set: T = self.document(row, 0)?;
        let nonce: Option<Vec<u8>> = row.try_get(1).map_err(|error| self.failed(error))?;
        let ciphertext: Option<Vec<u8>> = row.try_get(2).map_err(|error| self.failed(error))?;
        let (Some(nonce), Some(ciphertext)) = (nonce, ciphertext) else {
            return Ok(set);
        };
        let address = address::<T>(set.namespace(), set.name());
        let sealed = Sealed { nonce, ciphertext };
        let opened = self.key_for_reading().await?.open(&address, &sealed);
        let opened = opened.ok_or_else(|| self.undecryptable(&address))?;
        let literals: Vec<String> =
            serde_json::from_slice(opened.expose()).map_err(|error| self.unreadable(error))?;
        let places = set
            .sources_mut()
            .iter_mut()
            .filter(|entry| is_literal(entry));
        for (entry, literal) in places.zip(literals) {
            entry.source.hint = literal;
        }
        Ok(set)
    }
}

/// Name of the kind in the table.
fn kind<T: SourceSet>() -> String {
    format!("{}s", T::WORD)
}

/// What a set's values are bound to when they are sealed: no two sets can exchange theirs.
fn address<T: SourceSet>(namespace: &str, name: &str) -> String {
    address_of(&kind::<T>(), namespace, name)
}

/// The same, by the kind in the table.
pub(crate) fn address_of(kind: &str, namespace: &str, name: &str) -> String {
    let word = kind.strip_suffix('s').unwrap_or(kind);
    format!("{word} set {}:{namespace}/{name}", namespace.len())
}

fn is_literal(entry: &NamedSource) -> bool {
    entry.source.strategy == Strategy::Value
}

/// Takes the literal values out, in their order; none when there are none.
fn take_literals(sources: &mut [NamedSource]) -> Option<Sensitive<Vec<String>>> {
    let literals: Vec<String> = sources
        .iter_mut()
        .filter(|entry| is_literal(entry))
        .map(|entry| std::mem::take(&mut entry.source.hint))
        .collect();
    (!literals.is_empty()).then(|| Sensitive::new(literals))
}
