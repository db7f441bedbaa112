//! What can be wrong with the home directory, a configuration file or a document.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use porter_cnab::records::{MultipleSources, UnknownStrategy};
use porter_cnab::secrets::SecretsError;
use thiserror::Error;

/// Where in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Line and column from 1, where they are known.
    pub position: Option<(usize, usize)>,
}

impl Place {
    pub(crate) fn new(path: &Path, position: Option<(usize, usize)>) -> Self {
        Self {
            path: path.to_path_buf(),
            position,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        match self.position {
            Some((line, column)) => write!(f, ":{line}:{column}"),
            None => Ok(()),
        }
    }
}

/// Why configuration or a document could not be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// Nobody says where the home directory is.
    #[error("there is no home directory; set PORTER_HOME")]
    NoHome,
    /// A file or directory could not be used.
    #[error("cannot access `{}`: {}", path.display(), io_text(cause))]
    Access {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file is too large to be what it should be.
    #[error("`{}` is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },
    /// A file has an ending that stands for no known format.
    #[error(
        "invalid file '{}': unsupported format {extension}. Supported formats are: yaml, json and toml",
        path.display()
    )]
    UnsupportedFormat {
        /// The file.
        path: PathBuf,
        /// Its ending.
        extension: String,
    },
    /// A file does not follow its format.
    #[error("invalid file '{place}': {message}")]
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
    },
    /// A document is not what it should be.
    #[error("could not load {place} as a {kind}")]
    Document {
        /// Where.
        place: Place,
        /// What it should be, in words.
        kind: &'static str,
        /// Why it is not.
        source: Box<Self>,
    },
    /// A document of another type.
    #[error("invalid schemaType {found}, expected {expected}")]
    SchemaType {
        /// The type in the document.
        found: String,
        /// The type it should have.
        expected: &'static str,
    },
    /// A document of a version that we do not read.
    #[error("{0}: invalid schema version")]
    SchemaVersion(String),
    /// The namespace of a document is no text.
    #[error("invalid namespace specified in file, must be a string")]
    Namespace,
    /// A source has several strategies.
    #[error(transparent)]
    MultipleSources(#[from] MultipleSources),
    /// A source has an unknown strategy.
    #[error("{kind} is invalid: {strategy}")]
    UnknownStrategy {
        /// What is invalid.
        kind: &'static str,
        /// The strategy.
        strategy: UnknownStrategy,
    },
    /// The configuration file could not be read.
    #[error("error reading config file")]
    ConfigFile(#[source] Box<Self>),
    /// A template in the configuration file is not supported.
    #[error(
        "could not render config file {place} because {expression} is not supported yet; write the \
         value itself or use ${{env.NAME}}"
    )]
    Template {
        /// Where.
        place: Place,
        /// The template.
        expression: String,
    },
    /// There is no such context.
    #[error("context \"{name}\" not found in config file; available: {available}")]
    UnknownContext {
        /// The name.
        name: String,
        /// The names that there are.
        available: String,
    },
    /// A file with a version, but without contexts.
    #[error("versioned config file is missing required 'contexts' key")]
    NoContexts,
    /// A context was asked for, and the file has none.
    #[error(
        "--context/PORTER_CONTEXT requires a versioned config file; add schemaVersion: \"2.0.0\" and \
         wrap settings under contexts"
    )]
    FlatFile,
    /// A name that no context can have.
    #[error(
        "invalid context name \"{name}\": must start with a letter or digit and contain only \
         letters, digits, hyphens, underscores, or periods"
    )]
    ContextName {
        /// The name.
        name: String,
    },
    /// A context was to be chosen, and the file has none.
    #[error(
        "config file is not a versioned multi-context file (schemaVersion: \"2.0.0\" required)"
    )]
    NotVersioned,
    /// A context was to be chosen that is not there.
    #[error(
        "context \"{name}\" not found; use 'porter config context list' to see available contexts"
    )]
    NoSuchContext {
        /// The name.
        name: String,
    },
    /// The file does not say which context counts.
    #[error("current-context field not found in config file; add it before running context use")]
    NoCurrentContext,
    /// There is no configuration file.
    #[error("no config file found; use 'porter config edit' to create one")]
    NoConfigFile,
    /// A file of a format in which settings are not moved.
    #[error(
        "automatic migration is only supported for YAML config files; your {extension} config must \
         be migrated manually: add schemaVersion \"2.0.0\" and current-context \"default\", and move \
         the settings below `config` of an entry of `contexts` with the name \"default\""
    )]
    MigrateByHand {
        /// Ending of the file.
        extension: String,
    },
    /// A change in the text would change more than it should.
    #[error("`{}` cannot be changed automatically; use 'porter config edit'", path.display())]
    EditByHand {
        /// The file.
        path: PathBuf,
    },
    /// A store is named that the file does not define. The text is Porter's.
    #[error("{kind} '{name}' not defined")]
    UndefinedStore {
        /// `store` or `secrets`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The settings of a store are not what they should be.
    #[error("{kind} '{name}': {problem}")]
    StoreSettings {
        /// `store` or `secrets`.
        kind: &'static str,
        /// The name, or the plugin.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// The environment variable of a source is not set. The text is Porter's, which names the
    /// strategy.
    #[error("environment variable env is not defined")]
    EnvironmentVariable,
    /// The file of a source cannot be read.
    #[error("open {}: {}", path.display(), io_text(cause))]
    SourceFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The command of a source cannot be run.
    #[error("cannot run `{program}`: {}", io_text(cause))]
    SourceCommand {
        /// The program.
        program: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The command of a source failed. Its output may be the secret, so it is not shown.
    #[error("{}", status_text(status))]
    SourceCommandFailed {
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// What a source gives is too large.
    #[error("the value is larger than {limit} bytes")]
    SourceTooLarge {
        /// The most that is taken.
        limit: u64,
    },
    /// The secret store does not have it.
    #[error(transparent)]
    Secret(#[from] SecretsError),
    /// A record cannot be shown as YAML.
    #[error("cannot write as YAML")]
    Write(#[source] serde_json::Error),
}

/// How a program ended, in Porter's words: `exit status 3`.
fn status_text(status: &std::process::ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => status.to_string(),
    }
}

/// The system's text as programs usually say it, without the number.
fn io_text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::IsADirectory => "is a directory".into(),
        io::ErrorKind::NotADirectory => "not a directory".into(),
        io::ErrorKind::ReadOnlyFilesystem => "read-only file system".into(),
        io::ErrorKind::StorageFull => "no space left on device".into(),
        _ => error.to_string(),
    }
}
