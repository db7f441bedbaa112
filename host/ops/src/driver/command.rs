//! Drivers that are programs: `cnab-NAME` on PATH.
//!
//! Source: `cnab-runtime.md` §6.4 of the compatibility reference, and rule 15 of the design for what the
//! program's environment may be.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use porter_cnab::Sensitive;
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{Driver, LogSink, Operation, Outcome, PortError, Stream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::document::OperationDocument;

/// How long the program may take to end when the run is cancelled.
const GRACE: Duration = Duration::from_secs(30);
/// How long it may take to say which images it runs.
const PATIENCE: Duration = Duration::from_secs(30);
/// No output is larger.
const MAX_OUTPUT: u64 = 64 << 20;
/// Beginnings of names with which a program, its loader or its interpreter runs other code.
const DANGEROUS: [&str; 9] = [
    "LD_", "DYLD_", "BASH_", "NODE_", "PYTHON", "PERL", "RUBY", "JAVA_", "GIT_",
];
/// Names that do so as a whole.
const DANGEROUS_NAMES: [&str; 7] = [
    "ENV",
    "PATH",
    "IFS",
    "SHELLOPTS",
    "PS4",
    "HOME",
    "GCONV_PATH",
];

/// A program that runs bundles.
#[derive(Debug)]
pub(crate) struct CommandDriver {
    name: String,
    program: PathBuf,
}

/// Why the program ran nothing.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error("Start of driver ({name}) failed")]
    Start {
        name: String,
        source: std::io::Error,
    },
    #[error("driver is not compatible with any of the invocation images in the bundle")]
    Handles,
    #[error("driver `{name}` did not say within {} s which images it runs", PATIENCE.as_secs())]
    TooSlow { name: String },
    #[error("no folder for the outputs can be made")]
    Folder(#[source] std::io::Error),
}

impl CommandDriver {
    /// The program for a driver's name, if there is one on PATH.
    pub(crate) fn find(name: &str) -> Option<Self> {
        if name.is_empty() || name.contains('/') {
            return None;
        }
        let path = std::env::var_os("PATH")?;
        let mut candidates =
            std::env::split_paths(&path).map(|folder| folder.join(format!("cnab-{name}")));
        let program = candidates.find(|path| is_program(path))?;
        Some(Self {
            name: name.to_owned(),
            program,
        })
    }

    /// Asks the program whether it runs images of this type.
    async fn check(&self, image_type: &str) -> Result<(), CommandError> {
        let asked = Command::new(&self.program)
            .arg("--handles")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(PATIENCE, asked).await;
        let output = output.map_err(|_| CommandError::TooSlow {
            name: self.name.clone(),
        })?;
        let output = output.map_err(|source| self.no_start(source))?;
        let types = String::from_utf8_lossy(&output.stdout).into_owned();
        if types.split(',').any(|known| known.trim() == image_type) {
            return Ok(());
        }
        Err(CommandError::Handles)
    }

    fn no_start(&self, source: std::io::Error) -> CommandError {
        CommandError::Start {
            name: self.name.clone(),
            source,
        }
    }

    fn start(&self, document: &OperationDocument, outputs: &Path) -> Result<Child, CommandError> {
        let mut names: Vec<&str> = Vec::new();
        let mut command = Command::new(&self.program);
        for (name, value) in &document.environment {
            if may_set(name) {
                command.env(name, value);
                names.push(name);
            } else {
                tracing::debug!(
                    "the driver gets `{name}` in the operation only, not in its environment"
                );
            }
        }
        names.push("CNAB_OUTPUT_DIR");
        command
            .env("CNAB_OUTPUT_DIR", outputs)
            .env("CNAB_VARS", names.join(","))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| self.no_start(source))
    }

    /// What goes wrong with the program when it ends like this.
    fn problem(&self, status: ExitStatus) -> Option<String> {
        let how = match status.code() {
            Some(0) => return None,
            Some(code) => format!("exit status {code}"),
            None => status.to_string(),
        };
        let name = &self.name;
        Some(format!(
            "Command driver ({name}) failed executing bundle: {how}"
        ))
    }
}

#[async_trait]
impl Driver for CommandDriver {
    async fn run(
        &self,
        operation: &Operation,
        log: &dyn LogSink,
        cancel: &CancellationToken,
    ) -> Result<Outcome, PortError> {
        let document = OperationDocument::new(operation)?;
        self.check(document.image_type()).await?;
        let folder = tempfile::Builder::new().prefix("porter-outputs-").tempdir();
        let folder = folder.map_err(CommandError::Folder)?;
        let text = Sensitive::new(serde_json::to_vec(&document)?);
        let mut child = self.start(&document, folder.path())?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let give = async move {
            if let Some(mut stdin) = stdin {
                // A program that has read enough may close it; its exit code tells.
                let _ = stdin.write_all(text.expose()).await;
                let _ = stdin.shutdown().await;
            }
        };
        let streams = async {
            tokio::join!(
                give,
                pass_on(stdout, Stream::Stdout, log),
                pass_on(stderr, Stream::Stderr, log)
            )
        };
        let ended = async {
            tokio::select! {
                status = child.wait() => (status, false),
                () = cancel.cancelled() => (stop(&mut child).await, true),
            }
        };
        let (_, (status, canceled)) = tokio::join!(streams, ended);
        let status = status.map_err(|source| self.no_start(source))?;
        Ok(Outcome {
            exit_code: 0,
            canceled,
            outputs: collect(folder.path(), &operation.outputs),
            output_error: self.problem(status),
        })
    }

    async fn clean_up(&self, _revision: &str) -> Result<(), PortError> {
        Ok(())
    }
}

/// Whether a bundle may set a variable of the program: a plain name that is not set, and with which
/// nothing else is run.
fn may_set(name: &str) -> bool {
    let is_plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    let is_protocol = name.starts_with("CNAB_") || name.starts_with("PORTER_INSTALLATION_");
    let is_dangerous = DANGEROUS
        .iter()
        .any(|beginning| name.starts_with(beginning))
        || DANGEROUS_NAMES.contains(&name);
    is_plain && !is_dangerous && (is_protocol || std::env::var_os(name).is_none())
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

async fn pass_on(from: Option<impl AsyncRead + Unpin>, stream: Stream, log: &dyn LogSink) {
    let Some(mut from) = from else { return };
    let mut buffer = vec![0; 16 << 10];
    // A pipe that breaks has nothing more to say.
    while let Ok(count) = from.read(&mut buffer).await {
        if count == 0 {
            break;
        }
        log.write(stream, buffer.get(..count).unwrap_or_default());
    }
}

/// Asks the program to end, and ends it when it does not.
async fn stop(child: &mut Child) -> std::io::Result<ExitStatus> {
    let process = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(process) = process.and_then(rustix::process::Pid::from_raw) {
        // It may have ended meanwhile.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
    }
    match tokio::time::timeout(GRACE, child.wait()).await {
        Ok(status) => status,
        Err(_) => {
            child.start_kill()?;
            child.wait().await
        }
    }
}

/// The outputs that the program left: regular files at the paths that the bundle names.
fn collect(folder: &Path, outputs: &[String]) -> BTreeMap<String, Sensitive<Vec<u8>>> {
    let read = |path: &String| {
        let file = folder.join(path.trim_start_matches('/'));
        let metadata = fs::symlink_metadata(&file).ok()?;
        if !metadata.is_file() || metadata.len() > MAX_OUTPUT {
            tracing::warn!(
                "output `{path}` is no file of at most {MAX_OUTPUT} bytes and is left out"
            );
            return None;
        }
        let mut content = Vec::new();
        let opened = fs::File::open(&file);
        let read = opened.and_then(|file| file.take(MAX_OUTPUT).read_to_end(&mut content));
        if let Err(error) = read {
            tracing::warn!("output `{path}` cannot be read: {error}");
            return None;
        }
        Some((path.clone(), Sensitive::new(content)))
    };
    outputs.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_15_a_bundle_steers_nothing_but_itself() {
        let table = [
            ("TOKEN_4711", true),
            ("_x", true),
            ("CNAB_ACTION", true),
            ("PATH", false),
            ("HOME", false),
            ("LD_PRELOAD", false),
            ("LD_", false),
            ("DYLD_INSERT_LIBRARIES", false),
            ("BASH_ENV", false),
            ("BASH_FUNC_x%%", false),
            ("ENV", false),
            ("NODE_OPTIONS", false),
            ("PYTHONPATH", false),
            ("PERL5OPT", false),
            ("RUBYOPT", false),
            ("JAVA_TOOL_OPTIONS", false),
            ("GIT_SSH_COMMAND", false),
            ("IFS", false),
            ("A-B", false),
            ("1A", false),
            ("", false),
            ("A=B", false),
            ("CARGO_MANIFEST_DIR", false),
        ];
        for (name, expected) in table {
            assert_eq!(may_set(name), expected, "{name}");
        }
    }
}
