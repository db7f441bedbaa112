//! A secret store behind commands: `pass`, `op`, a script.
//!
//! A value crosses on standard input and output, never as an argument, which everybody on the machine
//! can read. There is no shell. What the command writes to standard error is not shown: nobody knows
//! what is in it.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use porter_cnab::Sensitive;
use porter_cnab::secrets::{Secrets, SecretsError};
use porter_config::ConfigError;
use porter_config::stores::Account;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::PATIENCE;

/// Stands for the key in the words of a command.
const KEY: &str = "{key}";
/// The variable in which the command finds the key, too.
const VARIABLE: &str = "PORTER_SECRET_KEY";
/// No secret is larger.
const MAX_BYTES: u64 = 64 << 20;

/// Secrets behind commands.
#[derive(Debug)]
pub(crate) struct CommandSecrets {
    get: Vec<String>,
    put: Option<Vec<String>>,
    missing: Option<i32>,
    patience: Duration,
}

/// Why a command gave no secret, or took none.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error("cannot run `{program}`")]
    Start {
        program: String,
        source: std::io::Error,
    },
    #[error("`{program}` failed for secret `{key}`: {status}; run it by hand to see why")]
    Failed {
        program: String,
        key: String,
        status: ExitStatus,
    },
    #[error("`{program}` was not done with secret `{key}` within {seconds} s")]
    TooSlow {
        program: String,
        key: String,
        seconds: u64,
    },
    #[error("secret `{key}` is larger than {MAX_BYTES} bytes")]
    TooLarge { key: String },
    #[error("`{key}` cannot be the key of a secret here: it would be taken for an option")]
    Option { key: String },
    #[error(
        "the secret store has no `put` command, so secret `{key}` cannot be stored; add one below \
         `config` of the store"
    )]
    NoPut { key: String },
}

impl CommandSecrets {
    /// The commands of an account: `get`, `put`, `missing-exit-code`, `timeout`.
    ///
    /// # Errors
    /// When they are not lists of words.
    pub(crate) fn new(account: &Account) -> Result<Self, ConfigError> {
        account.only(&["get", "put", "missing-exit-code", "timeout"])?;
        let words = |name: &str| {
            let words = account.words(name)?;
            if words.as_ref().is_some_and(Vec::is_empty) {
                return Err(account.wrong(format!("`{name}` names no program")));
            }
            Ok(words)
        };
        let missing = account.number("missing-exit-code")?;
        let missing = missing.map(|code| {
            i32::try_from(code).map_err(|_| account.wrong("`missing-exit-code` is no exit code"))
        });
        Ok(Self {
            get: words("get")?.ok_or_else(|| account.wrong("it has no `get` command"))?,
            put: words("put")?,
            missing: missing.transpose()?,
            patience: Duration::from_secs(account.number("timeout")?.unwrap_or(PATIENCE)),
        })
    }

    async fn run(
        &self,
        words: &[String],
        key: &str,
        input: Option<&Sensitive<Vec<u8>>>,
    ) -> Result<(ExitStatus, Sensitive<Vec<u8>>), CommandError> {
        let program = words.first().cloned().unwrap_or_default();
        let work = talk(words, key, input);
        match tokio::time::timeout(self.patience, work).await {
            Ok(result) => result,
            Err(_) => Err(CommandError::TooSlow {
                program,
                key: key.to_owned(),
                seconds: self.patience.as_secs(),
            }),
        }
    }
}

/// Runs a command with the key in its words; it dies with the future.
async fn talk(
    words: &[String],
    key: &str,
    input: Option<&Sensitive<Vec<u8>>>,
) -> Result<(ExitStatus, Sensitive<Vec<u8>>), CommandError> {
    let mut arguments = words.iter().map(|word| {
        if word.starts_with(KEY) && key.starts_with('-') {
            return Err(CommandError::Option {
                key: key.to_owned(),
            });
        }
        Ok(word.replace(KEY, key))
    });
    let program = arguments.next().transpose()?.unwrap_or_default();
    let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
    let failed = |source| CommandError::Start {
        program: program.clone(),
        source,
    };
    let mut child = Command::new(&program)
        .args(arguments)
        .env(VARIABLE, key)
        .stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let write = async move {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // A command that has what it needs may stop reading; its exit code tells.
            let _ = stdin.write_all(input.expose()).await;
            let _ = stdin.shutdown().await;
        }
    };
    let read = async move {
        let mut output = Vec::new();
        let result = match stdout {
            Some(stdout) => stdout.take(MAX_BYTES + 1).read_to_end(&mut output).await,
            None => Ok(0),
        };
        (result, Sensitive::new(output))
    };
    let ((), (result, output)) = tokio::join!(write, read);
    result.map_err(failed)?;
    if output.expose().len() as u64 > MAX_BYTES {
        return Err(CommandError::TooLarge {
            key: key.to_owned(),
        });
    }
    let status = child.wait().await.map_err(failed)?;
    Ok((status, output))
}

#[async_trait]
impl Secrets for CommandSecrets {
    async fn secret(&self, key: &str) -> Result<Sensitive<Vec<u8>>, SecretsError> {
        let backend = |error: CommandError| SecretsError::Backend(Box::new(error));
        let (status, value) = self.run(&self.get, key, None).await.map_err(backend)?;
        if status.success() {
            return Ok(value);
        }
        if status.code().is_some() && status.code() == self.missing {
            return Err(SecretsError::NotFound { key: key.into() });
        }
        Err(backend(CommandError::Failed {
            program: self.get.first().cloned().unwrap_or_default(),
            key: key.to_owned(),
            status,
        }))
    }

    async fn put_secret(&self, key: &str, value: &Sensitive<Vec<u8>>) -> Result<(), SecretsError> {
        let backend = |error: CommandError| SecretsError::Backend(Box::new(error));
        let put = self.put.as_ref().ok_or_else(|| {
            backend(CommandError::NoPut {
                key: key.to_owned(),
            })
        })?;
        let (status, _) = self.run(put, key, Some(value)).await.map_err(backend)?;
        if status.success() {
            return Ok(());
        }
        Err(backend(CommandError::Failed {
            program: put.first().cloned().unwrap_or_default(),
            key: key.to_owned(),
            status,
        }))
    }
}
