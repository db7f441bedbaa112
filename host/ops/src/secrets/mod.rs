//! Secret stores: where sensitive values are kept, as the configuration chooses.

mod command;
mod files;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use porter_cnab::Sensitive;
use porter_cnab::secrets::{Secrets, SecretsError};
use porter_config::stores::Account;
use porter_registry::vault::{Vault, VaultOptions};

use crate::error::Error;
pub(crate) use command::CommandSecrets;
pub(crate) use files::SecretFiles;

/// Name of the folder below the home in which secrets are files.
const FOLDER: &str = "secrets";
/// How long an external command or a Vault may take, unless the configuration says so.
const PATIENCE: u64 = 30;

/// Where sensitive values are kept.
pub(crate) enum SecretStore {
    /// Encrypted, beside the records. What is not there is looked for in files.
    Encrypted(SecretFiles),
    /// Somewhere else. What is not there is looked for among the encrypted ones, which may be from
    /// before another store was chosen.
    Other(Box<dyn Secrets>),
}

impl std::fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Encrypted(_) => "Encrypted",
            Self::Other(_) => "Other",
        })
    }
}

impl SecretStore {
    /// The store that an account describes; the encrypted one without any. Opens no connection.
    ///
    /// # Errors
    /// When there is no such plugin, or its settings are wrong.
    pub(crate) fn open(home: &Path, account: Option<&Account>) -> Result<Self, Error> {
        let files = SecretFiles::new(home.join(FOLDER));
        let Some(account) = account else {
            return Ok(Self::Encrypted(files));
        };
        let other: Box<dyn Secrets> = match account.plugin.as_str() {
            "porter.encrypted" => {
                account.only(&[])?;
                return Ok(Self::Encrypted(files));
            }
            "porter.host" => {
                account.only(&[])?;
                Box::new(HostSecrets)
            }
            "porter.filesystem" => {
                account.only(&[])?;
                Box::new(files)
            }
            "porter.command" => Box::new(CommandSecrets::new(account)?),
            "hashicorp.vault" | "porter.vault" => Box::new(vault(account)?),
            other => {
                return Err(Error::UnknownSecretsPlugin {
                    plugin: other.to_owned(),
                });
            }
        };
        Ok(Self::Other(other))
    }
}

/// Porter's plugin of this name: sources are resolved on this machine, and nothing is kept.
#[derive(Debug)]
struct HostSecrets;

#[async_trait]
impl Secrets for HostSecrets {
    async fn secret(&self, _key: &str) -> Result<Sensitive<Vec<u8>>, SecretsError> {
        Err(SecretsError::NoKeys)
    }

    async fn put_secret(
        &self,
        _key: &str,
        _value: &Sensitive<Vec<u8>>,
    ) -> Result<(), SecretsError> {
        Err(SecretsError::CannotStore { plugin: "host" })
    }
}

/// Names of Porter's own plugin for Vault, and names that say the same.
const VAULT: [&str; 8] = [
    "vault_addr",
    "vault_token",
    "path_prefix",
    "mount",
    "namespace",
    "field",
    "token_file",
    "timeout",
];

fn vault(account: &Account) -> Result<Vault, Error> {
    account.only(&VAULT)?;
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let address = account
        .text("vault_addr")?
        .or_else(|| variable("VAULT_ADDR"));
    let address = address
        .ok_or_else(|| account.wrong("it has no `vault_addr`, and VAULT_ADDR is not set"))?;
    let options = VaultOptions {
        address,
        token: vault_token(account)?,
        mount: account
            .text("mount")?
            .unwrap_or_else(|| "secret".to_owned()),
        prefix: account.text("path_prefix")?.unwrap_or_default(),
        namespace: account
            .text("namespace")?
            .or_else(|| variable("VAULT_NAMESPACE")),
        field: account.text("field")?.unwrap_or_else(|| "value".to_owned()),
        patience: Duration::from_secs(account.number("timeout")?.unwrap_or(PATIENCE)),
    };
    Vault::new(options).map_err(|error| Error::Secrets(SecretsError::Backend(Box::new(error))))
}

/// The token: written down, from VAULT_TOKEN, from a file, or where the Vault's own client keeps it.
fn vault_token(account: &Account) -> Result<Sensitive<String>, Error> {
    if let Some(token) = account.text("vault_token")? {
        return Ok(Sensitive::new(token));
    }
    if let Ok(token) = std::env::var("VAULT_TOKEN")
        && !token.is_empty()
    {
        return Ok(Sensitive::new(token));
    }
    let named = account.text("token_file")?.map(std::path::PathBuf::from);
    let usual = std::env::var_os("HOME").map(|home| Path::new(&home).join(".vault-token"));
    let Some(path) = named.or(usual) else {
        return Err(no_token(account).into());
    };
    match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => Ok(Sensitive::new(text.trim().to_owned())),
        Ok(_) => Err(no_token(account).into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(no_token(account).into()),
        Err(source) => Err(Error::Read { path, source }),
    }
}

fn no_token(account: &Account) -> porter_config::ConfigError {
    account.wrong(
        "there is no token: set VAULT_TOKEN, write `vault_token: ${env.NAME}`, or name a file in \
         `token_file`",
    )
}
