//! A digest of the credentials of a run, by which a later one finds out whether they have changed.
//!
//! A plain digest of a short password would tell it to whoever tries out all of them, so the digest
//! is salted, and the salt lies in the secret store.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use porter_cnab::records::{CredentialSet, Run};
use porter_cnab::secrets::{Secrets, SecretsError};
use porter_cnab::{Json, Sensitive};
use porter_sandbox::Digest;
use serde_json::json;

use super::credentials::Credentials;
use crate::error::Error;

/// What the salt is called among the secrets of a run.
const SALT: &str = "porter-credentials-salt";

/// Where the system gives random bytes.
const RANDOM: &str = "/dev/urandom";
/// Bytes of a salt.
const SALT_BYTES: usize = 32;

/// Digests the credentials of a run, with a new salt that the secret store keeps. Without
/// credentials there is none.
pub(crate) async fn of_run(
    credentials: &Credentials,
    run: &Run,
    secrets: &dyn Secrets,
) -> Result<String, Error> {
    if credentials.values.is_empty() {
        return Ok(String::new());
    }
    let salt = random().map_err(|source| Error::Read {
        path: RANDOM.into(),
        source,
    })?;
    secrets.put_secret(&run.secret_key(SALT), &salt).await?;
    Ok(digest(&salt, &credentials.mapping, &credentials.values))
}

/// Whether credentials differ from those of an earlier run.
pub(crate) async fn differ(
    credentials: &Credentials,
    run: &Run,
    secrets: &dyn Secrets,
) -> Result<bool, Error> {
    if run.credentials_digest.is_empty() || credentials.values.is_empty() {
        return Ok(run.credentials_digest.is_empty() != credentials.values.is_empty());
    }
    let salt = match secrets.secret(&run.secret_key(SALT)).await {
        Ok(salt) => salt,
        Err(SecretsError::NotFound { .. }) => return Ok(true),
        Err(error) => return Err(error.into()),
    };
    let now = digest(&salt, &credentials.mapping, &credentials.values);
    Ok(now != run.credentials_digest)
}

fn random() -> std::io::Result<Sensitive<Vec<u8>>> {
    let mut bytes = vec![0; SALT_BYTES];
    File::open(RANDOM)?.read_exact(&mut bytes)?;
    Ok(Sensitive::new(bytes))
}

fn digest(
    salt: &Sensitive<Vec<u8>>,
    mapping: &CredentialSet,
    values: &BTreeMap<String, Sensitive<String>>,
) -> String {
    let entries: Vec<Json> = mapping
        .credentials
        .iter()
        .map(|entry| {
            json!({
                "name": entry.name,
                "strategy": entry.source.strategy.name(),
                "hint": entry.source.hint,
                "value": values.get(&entry.name).map(Sensitive::expose),
            })
        })
        .collect();
    let text = Sensitive::new(Json::from(entries).to_string());
    let salted = [salt.expose().as_slice(), text.expose().as_bytes()].concat();
    Digest::of(&salted).to_string()
}
