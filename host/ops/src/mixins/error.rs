//! Why a mixin cannot be used, and what to do about it.

use std::path::PathBuf;

use porter_mixin::EvaluateError;
use porter_sandbox::SandboxError;

use super::CasesError;
use super::name::is_near;
use super::native::NativeError;
use super::reads::ReadsError;
use crate::error::Hint;

/// Why a mixin cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MixinError {
    /// There is no mixin of this name.
    #[error("mixin `{name}` is not installed")]
    Unknown {
        /// The name.
        name: String,
        /// Names that there are.
        known: Vec<String>,
        /// Where it would be looked for.
        path: PathBuf,
    },
    /// The name cannot be one.
    #[error("`{0}` cannot be the name of a mixin")]
    Name(String),
    /// There is a native one, and nobody allowed it.
    #[error("mixin `{0}` is installed as native programs only, which run with all your rights")]
    NativeRefused(String),
    /// A native mixin does not do what it should.
    #[error("native mixin cannot be used")]
    Native(#[from] NativeError),
    /// It was not admitted, not compiled or not loaded.
    #[error(transparent)]
    Sandbox(Box<SandboxError>),
    /// It gave no result.
    #[error(transparent)]
    Evaluate(Box<EvaluateError>),
    /// It cannot be given files of the bundle.
    #[error(transparent)]
    Reads(#[from] ReadsError),
    /// A project cannot be written.
    #[error("cannot create the mixin")]
    Create(#[from] super::CreateMixinError),
    /// What a compiler wrote is no mixin.
    #[error("cannot make a mixin of `{}`", path.display())]
    Pack {
        /// What the compiler wrote.
        path: PathBuf,
        /// Why.
        source: porter_component::PackError,
    },
    /// Its test cases cannot be run.
    #[error(transparent)]
    Cases(#[from] CasesError),
    /// This program cannot find itself to compile components with.
    #[error("cannot find the porter program itself")]
    Program(#[source] std::io::Error),
}

impl MixinError {
    /// Stable code and cause, where the component itself is refused: by the rules of admission, or
    /// because it cannot be compiled within its limits.
    pub fn refusal(&self) -> Option<(&'static str, String)> {
        let Self::Sandbox(error) = self else {
            return None;
        };
        match &**error {
            SandboxError::Refused { source, .. } => Some((source.code(), source.to_string())),
            SandboxError::Compile { source, .. } => Some((source.code(), source.to_string())),
            _ => None,
        }
    }
}

impl From<SandboxError> for MixinError {
    fn from(error: SandboxError) -> Self {
        Self::Sandbox(Box::new(error))
    }
}

impl From<EvaluateError> for MixinError {
    fn from(error: EvaluateError) -> Self {
        Self::Evaluate(Box::new(error))
    }
}

impl Hint for MixinError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { name, known, path } => {
                let nearest = known.iter().find(|other| is_near(name, other));
                Some(match nearest {
                    Some(other) => format!("did you mean `{other}`?"),
                    None => format!(
                        "installed are {}; a component of your own goes to `{}`",
                        known.join(", "),
                        path.display()
                    ),
                })
            }
            Self::Reads(ReadsError::Path { .. }) => Some(
                "below `custom`, `sh.porter.reads` takes files and folders of the bundle"
                    .to_owned(),
            ),
            Self::Reads(ReadsError::Files { .. }) => Some(
                "grant less below `custom`, `sh.porter.reads`, or change what lies there"
                    .to_owned(),
            ),
            Self::Cases(error) => error.hint(),
            Self::Create(error) => error.hint(),
            Self::Name(_) => Some("use lower-case letters, digits, `-`, `_` and `.`".to_owned()),
            Self::Evaluate(error) => match &**error {
                EvaluateError::Broken { mixin, .. } => Some(format!(
                    "this is a mistake of the mixin, not of the bundle: tell the author of `{mixin}`"
                )),
                EvaluateError::Refused { .. } => None,
            },
            Self::NativeRefused(name) => Some(format!(
                "`--allow-native-mixin {name}`, or `allow-native-mixin: [{name}]` in the configuration, \
                 allows it; `porter mixins install {name}` installs a sandboxed one, where one is \
                 published"
            )),
            Self::Native(error) => error.hint(),
            _ => None,
        }
    }
}
