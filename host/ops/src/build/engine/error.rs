//! Why a flag for the engine is refused.

/// A flag of a build that cannot be used, and why.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineFlagError {
    /// Something about the image that porter decides.
    #[error("output {0} cannot be overridden")]
    OutputOverride(&'static str),
    /// An image that should go somewhere else.
    #[error("output attribute `{0}` is not supported: the image stays in the engine")]
    OutputElsewhere(String),
    /// Not `KEY=VALUE,…`.
    #[error("invalid value of --{flag}: `{field}` must be a key=value pair")]
    EngineField {
        /// The flag.
        flag: &'static str,
        /// What is none.
        field: String,
    },
    /// A context of a build that cannot be used.
    #[error("invalid value of --build-context: `{text}`: {reason}")]
    BuildContext {
        /// The value.
        text: String,
        /// Why.
        reason: &'static str,
    },
    /// A context with a name of porter's own.
    #[error("the named context '{0}' is reserved by Porter; please rename your build context")]
    ReservedContext(String),
    /// A secret of a build that cannot be used.
    #[error("invalid value of --secret: `{text}`: {reason}")]
    BuildSecret {
        /// The value.
        text: String,
        /// Why.
        reason: String,
    },
    /// An agent that a build cannot use.
    #[error("invalid value of --ssh: `{text}`: {reason}")]
    BuildAgent {
        /// The value.
        text: String,
        /// Why.
        reason: &'static str,
    },
    /// Not `KEY=VALUE,…`.
    #[error("invalid value of --{flag}: invalid format, expected key=value")]
    CacheFormat {
        /// The flag.
        flag: &'static str,
    },
    /// A cache without a type.
    #[error("invalid value of --{flag}: missing required type field")]
    CacheType {
        /// The flag.
        flag: &'static str,
    },
    /// A cache in a folder of this machine.
    #[error("--{flag} type=local is not supported: the engine's own cache stays with the engine")]
    LocalCache {
        /// The flag.
        flag: &'static str,
    },
}
