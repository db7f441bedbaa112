//! What differs from language to language.

/// A language that a mixin can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Rust, through the SDK.
    Rust,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Rust];

    /// All names, for messages.
    pub const NAMES: &'static str = "`rust`";

    /// The language of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.folder() == name)
    }

    /// Name of the folder of its templates, and its own.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Rust => "rust",
        }
    }

    /// Folders that are copied as they are, and where they go.
    pub(super) fn copies(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Rust => &[("rust-sdk/", "sdk/")],
        }
    }

    /// What has to be installed, for the README.
    pub(super) fn needs(self) -> &'static str {
        match self {
            Self::Rust => {
                "You need Rust 1.95 or newer with `rustup target add wasm32-unknown-unknown`, make, \
                 and porter."
            }
        }
    }

    /// Rows of the table of files in the README.
    pub(super) fn files(self) -> &'static str {
        match self {
            Self::Rust => {
                "| `src/lib.rs` | the mixin |\n\
                 | `src/schema.json` | the fields of a step, as JSON schema |\n\
                 | `sdk/` | a copy of the SDK, `porter-mixin-sdk` |"
            }
        }
    }

    /// Steps of the workflow that install what is needed.
    pub(super) fn steps(self) -> &'static str {
        match self {
            Self::Rust => {
                "      - name: Install the target\n        \
                 run: rustup target add wasm32-unknown-unknown"
            }
        }
    }

    /// Image of the devcontainer.
    pub(super) fn image(self) -> &'static str {
        match self {
            Self::Rust => "mcr.microsoft.com/devcontainers/rust:1",
        }
    }

    /// Command that installs what is needed in the devcontainer.
    pub(super) fn setup(self) -> &'static str {
        match self {
            Self::Rust => "rustup target add wasm32-unknown-unknown",
        }
    }
}
