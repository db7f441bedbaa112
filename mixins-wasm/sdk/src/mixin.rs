//! What a mixin's author implements, and what is handed over.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny};

use crate::decode::{DecodeError, Input};
use crate::diagnostic::{Diagnostic, Failure, Place};
use crate::instruction::Instruction;
use crate::pointer::Pointer;
use crate::task::Task;

/// A mixin: plain types for what stands in the manifest, and one function per export.
///
/// The SDK has decoded configuration and steps before a function is called; what does not fit the
/// types has become diagnostics with their places by then.
pub trait Mixin: Sized {
    /// Name of the mixin: its key in a step, and the prefix of its diagnostic codes.
    const NAME: &'static str;

    /// The mixin's configuration; [`NoConfig`] when it has none.
    type Config: DeserializeOwned;

    /// The value of the mixin's key in a step.
    type Step: DeserializeOwned;

    /// What the mixin says about itself: the same on every call.
    fn describe() -> Description;

    /// Checks the manifest. Templates are unresolved text.
    fn lint(_request: &Build<Self>) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Instructions for the image, in order. Templates are unresolved text.
    ///
    /// # Errors
    /// The user's mistakes.
    fn build(_request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        Ok(Vec::new())
    }

    /// Tasks of one step, in order. Templates are resolved.
    ///
    /// # Errors
    /// The user's mistakes.
    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure>;

    /// Reads a step. Override it when the actions of a mixin take different types.
    ///
    /// # Errors
    /// What does not fit.
    fn read_step(_action: &str, input: &Input<'_>) -> Result<Self::Step, DecodeError> {
        input.decode()
    }
}

/// What a mixin says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// JSON schema (draft-07) with `definitions` `installStep`, `upgradeStep`, `uninstallStep`
    /// and, where they exist, `invokeStep` and `config`. Only references that begin with `#/`.
    pub schema: String,
    /// Environment variables that `build` or `plan` must know. Shown to the user; the host gives
    /// no others.
    pub environment: Vec<String>,
    /// Whether `plan` must see secrets in clear. Refused unless the user grants it.
    pub sees_secrets: bool,
}

impl Description {
    /// A mixin that needs neither environment nor secrets.
    pub fn new(schema: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            ..Self::default()
        }
    }

    /// Names an environment variable that the mixin must know.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>) -> Self {
        self.environment.push(name.into());
        self
    }
}

/// Input of `lint` and `build`: everything the manifest says to this mixin.
#[derive(Debug, Clone)]
pub struct Build<M: Mixin> {
    /// The mixin's configuration.
    pub config: M::Config,
    /// Every action of the bundle in manifest order, with this mixin's steps only.
    pub actions: Vec<Action<M::Step>>,
    /// `OS/ARCH[/VARIANT]` of each image to build, such as `linux/arm64`.
    pub platforms: Vec<String>,
    /// Those of [`Description::environment`] that are set and that a build may see.
    pub environment: Environment,
}

impl<M: Mixin> Build<M> {
    /// All steps of all actions.
    pub fn steps(&self) -> impl Iterator<Item = &Step<M::Step>> {
        self.actions.iter().flat_map(|action| &action.steps)
    }
}

/// The steps of one action.
#[derive(Debug, Clone)]
pub struct Action<S> {
    /// Name of the action.
    pub name: String,
    /// This mixin's steps of it.
    pub steps: Vec<Step<S>>,
}

/// Input of `plan`: one step.
#[derive(Debug, Clone)]
pub struct Plan<M: Mixin> {
    /// The mixin's configuration.
    pub config: M::Config,
    /// The step.
    pub step: Step<M::Step>,
    /// Those of [`Description::environment`] that are set, secret ones as placeholders.
    pub environment: Environment,
}

/// A step and where it stands.
#[derive(Debug, Clone)]
pub struct Step<S> {
    /// Name of its action.
    pub action: String,
    /// Among this mixin's steps of the action, from 0. Always 0 in `plan`.
    pub index: u32,
    /// What stands below the mixin's key.
    pub value: S,
}

impl<S> Step<S> {
    /// A place in this step.
    pub fn place(&self, pointer: Pointer) -> Place {
        Place::Step {
            action: self.action.clone(),
            index: self.index,
            pointer,
        }
    }

    /// An error at a place of this step.
    pub fn error(&self, code: &str, title: impl Into<String>, pointer: Pointer) -> Diagnostic {
        Diagnostic::error(code, title, self.place(pointer))
    }

    /// A warning at a place of this step.
    pub fn warning(&self, code: &str, title: impl Into<String>, pointer: Pointer) -> Diagnostic {
        Diagnostic::warning(code, title, self.place(pointer))
    }

    /// The error for a refusal of [`crate::check`] at a place of this step.
    pub fn check(
        &self,
        code: &str,
        pointer: Pointer,
        result: Result<(), crate::check::Refusal>,
    ) -> Option<Diagnostic> {
        let refusal = result.err()?;
        Some(refusal.diagnostic(code, &pointer, self.place(pointer.clone())))
    }
}

/// The environment variables that a mixin asked for and that are set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(pub Vec<(String, String)>);

impl Environment {
    /// Value of a variable, possibly a placeholder; `None` when it is not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// `text`, and behind it what the variable holds already, separated by a blank: how programs
    /// add themselves to a user agent.
    pub fn prepended(&self, name: &str, text: &str) -> String {
        match self.get(name) {
            Some(value) => format!("{text} {value}"),
            None => text.to_owned(),
        }
    }
}

/// Configuration of a mixin that has none. Like Porter, it does not mind one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoConfig;

impl<'de> Deserialize<'de> for NoConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}
