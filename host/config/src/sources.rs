//! Resolving sources: the value of a credential or parameter.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use porter_cnab::Sensitive;
use porter_cnab::records::{Source, Strategy};
use porter_cnab::secrets::Secrets;

use crate::ConfigError;

/// No value is larger.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Resolves a source. Only [`Strategy::Secret`] asks the secret store.
///
/// # Errors
/// In Porter's words, without the name of what is resolved.
pub async fn resolve(
    source: &Source,
    secrets: &dyn Secrets,
) -> Result<Sensitive<Vec<u8>>, ConfigError> {
    match source.strategy {
        Strategy::Value => Ok(Sensitive::new(source.hint.clone().into_bytes())),
        Strategy::Secret => Ok(secrets.secret(&source.hint).await?),
        Strategy::Env => from_environment(&source.hint),
        Strategy::Path => from_file(&source.hint),
        Strategy::Command => {
            let hint = source.hint.clone();
            let run = tokio::task::spawn_blocking(move || from_command(&hint));
            run.await.unwrap_or_else(|stopped| {
                Err(ConfigError::SourceCommand {
                    program: source.hint.clone(),
                    cause: io::Error::other(stopped),
                })
            })
        }
    }
}

/// Puts the environment's values for `$NAME` and `${NAME}` into a path; a variable that is not
/// set is empty.
pub fn expand(path: &str) -> OsString {
    let mut expanded = OsString::new();
    let mut rest = path;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        expanded.push(before);
        let after = &from[1..];
        let (name, left) = match after
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
        {
            Some(braced) => braced,
            None => {
                let is_end = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
                after.split_at(after.find(is_end).unwrap_or(after.len()))
            }
        };
        if name.is_empty() {
            expanded.push("$");
        } else if let Some(value) = env::var_os(name) {
            expanded.push(value);
        }
        rest = left;
    }
    expanded.push(rest);
    expanded
}

fn from_environment(name: &str) -> Result<Sensitive<Vec<u8>>, ConfigError> {
    use std::os::unix::ffi::OsStringExt;

    // The system's function takes neither an empty name nor one with these.
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(ConfigError::EnvironmentVariable);
    }
    env::var_os(name)
        .map(|value| Sensitive::new(value.into_vec()))
        .ok_or(ConfigError::EnvironmentVariable)
}

fn from_file(path: &str) -> Result<Sensitive<Vec<u8>>, ConfigError> {
    let path = expand(path);
    let path = Path::new(&path);
    let failed = |cause| ConfigError::SourceFile {
        path: path.to_path_buf(),
        cause,
    };
    bounded(File::open(path).map_err(failed)?)?.map_err(failed)
}

/// Runs a command without a shell: words are split at blanks, one by one.
fn from_command(line: &str) -> Result<Sensitive<Vec<u8>>, ConfigError> {
    let mut words = line.split(' ');
    let program = words.next().unwrap_or_default().to_owned();
    let failed = |cause| ConfigError::SourceCommand {
        program: program.clone(),
        cause,
    };
    // Both streams go into one pipe, in the order in which the command writes.
    let (reader, writer) = io::pipe().map_err(failed)?;
    let mut child = {
        let mut command = Command::new(&program);
        command
            .args(words)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().map_err(failed)?)
            .stderr(writer);
        command.spawn().map_err(failed)?
    };
    let output = bounded(reader);
    if output.is_err() {
        // It would wait for ever for somebody to read on; it may also have ended meanwhile.
        child.kill().map_err(failed)?;
    }
    let status = child.wait().map_err(failed)?;
    let output = output?.map_err(failed)?;
    if status.success() {
        Ok(output)
    } else {
        Err(ConfigError::SourceCommandFailed { status })
    }
}

fn bounded(reader: impl Read) -> Result<io::Result<Sensitive<Vec<u8>>>, ConfigError> {
    let mut bytes = Vec::new();
    if let Err(error) = reader.take(MAX_BYTES + 1).read_to_end(&mut bytes) {
        return Ok(Err(error));
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ConfigError::SourceTooLarge { limit: MAX_BYTES });
    }
    Ok(Ok(Sensitive::new(bytes)))
}
