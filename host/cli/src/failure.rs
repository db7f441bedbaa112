//! Why a command failed, and how that is said.

use std::error::Error;
use std::fmt;

use porter_ops::Hint;

/// The end of a command that did not do what it should.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line makes no sense.
    Usage(String),
    /// An operation failed.
    Operation(porter_ops::Error),
    /// The configuration file is not what it should be.
    Config(porter_config::ConfigError),
    /// Something that must not happen.
    Internal(Box<dyn Error + Send + Sync>),
    /// The command has said what there is to say, and ends with this code.
    Said(u8),
}

impl Failure {
    /// The command line makes no sense, for this reason.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// Something that must not happen.
    pub(crate) fn internal(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(error))
    }

    /// The exit code: 1, unless the command promises another one.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Said(code) => *code,
            _ => 1,
        }
    }

    /// All that the failing step of an image build wrote.
    pub(crate) fn step_log(&self) -> Option<&[u8]> {
        match self {
            Self::Operation(error) => error.step_log(),
            Self::Usage(_) | Self::Config(_) | Self::Internal(_) | Self::Said(_) => None,
        }
    }

    /// What to do next, where somebody knows.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Operation(error) => error.hint(),
            Self::Usage(_) | Self::Config(_) | Self::Internal(_) | Self::Said(_) => None,
        }
    }
}

impl From<porter_ops::Error> for Failure {
    fn from(error: porter_ops::Error) -> Self {
        Self::Operation(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) => f.write_str(text),
            Self::Operation(error) => error.fmt(f),
            Self::Config(error) => error.fmt(f),
            Self::Internal(error) => error.fmt(f),
            Self::Said(code) => write!(f, "exit code {code}"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Operation(error) => error.source(),
            Self::Config(error) => error.source(),
            Self::Internal(error) => error.source(),
            Self::Usage(_) | Self::Said(_) => None,
        }
    }
}
