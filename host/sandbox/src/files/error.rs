//! Why files are not given to a mixin.

/// Why a path cannot be granted or asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// It names nothing, or everything.
    #[error("it has to name a file or a folder of the bundle")]
    Empty,
    /// It begins at the root of the machine.
    #[error("it has to be relative to the bundle's folder")]
    Absolute,
    /// It leads out.
    #[error("`..` leads out of the bundle")]
    Outside,
    /// It names a dot file.
    #[error("files and folders that begin with a dot are never read")]
    Hidden,
    /// A control character, or a backslash.
    #[error("it has a control character or a backslash")]
    Character,
    /// Too long or too deep.
    #[error("it is too long")]
    Long,
    /// It is ours.
    #[error("`porter`, `porter.yaml` and `run` are not the bundle's in the image")]
    Reserved,
}

/// Why the files of a bundle are not given to a mixin. Names in it are escaped.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// It cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// Path below the bundle directory.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// It is neither a file nor a folder.
    #[error("`{path}` is {what}: a mixin reads files and folders only")]
    Kind {
        /// Path below the bundle directory.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// Its name is not UTF-8, or has control characters.
    #[error("the name of `{path}` is not plain text")]
    Name {
        /// Path below the bundle directory.
        path: String,
    },
    /// It is too large.
    #[error("`{path}` has more than {limit} bytes")]
    Large {
        /// Path below the bundle directory.
        path: String,
        /// What is allowed.
        limit: u64,
    },
    /// All together are too large.
    #[error("the files have more than {limit} bytes together")]
    Total {
        /// What is allowed.
        limit: u64,
    },
    /// There are too many.
    #[error("there are more than {limit} files and folders")]
    Many {
        /// What is allowed.
        limit: usize,
    },
    /// Folders inside one another.
    #[error("`{path}` is nested too deeply")]
    Deep {
        /// Path below the bundle directory.
        path: String,
    },
}

impl FilesError {
    /// Stable code such as `reader-kind`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "reader-read",
            Self::Kind { .. } => "reader-kind",
            Self::Name { .. } => "reader-name",
            Self::Large { .. } => "reader-large",
            Self::Total { .. } => "reader-total",
            Self::Many { .. } => "reader-many",
            Self::Deep { .. } => "reader-deep",
        }
    }
}
