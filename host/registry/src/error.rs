//! What is wrong with a reference.

use oci_client::ParseError;
use thiserror::Error;

/// Why text is no reference of a bundle. The texts are those of Porter.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// The text does not follow the grammar.
    #[error("failed to parse named reference {text}: {problem}")]
    Parse {
        /// The text.
        text: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// An installation names a repository and nothing else.
    #[error(
        "could not determine the fully-qualified bundle reference: Invalid bundle reference, either \
         Digest, Version, or Tag must be specified"
    )]
    Incomplete,
}

/// What does not follow the grammar.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// The name has capital letters.
    #[error("invalid reference format: repository name ({0}) must be lowercase")]
    Capitals(String),
    /// The name looks like the identity of an image.
    #[error("invalid repository name ({0}), cannot specify 64-byte hexadecimal strings")]
    Identity(String),
    /// Anything else.
    #[error(transparent)]
    Grammar(#[from] ParseError),
}
