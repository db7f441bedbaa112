//! Asking one mixin something, outside of any bundle.

pub(crate) mod cases;
mod document;
mod input;
mod secrets;
pub(crate) mod snapshot;
mod surrogates;

pub use document::Ordered;
pub(crate) use document::to_yaml;
pub(crate) use input::Input;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use porter_manifest::{Problem, Problems};
use porter_mixin::{Description, Diagnostic, Evaluate, EvaluateError};
use porter_sandbox::{Mixin, Usage};
use serde::Serialize;
use serde_json::json;

use self::secrets::Secrets;
use super::{Component, Json, MixinError};
use crate::Porter;
use crate::error::Error;

/// A function of a mixin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// What the mixin is.
    Describe,
    /// The JSON schema out of its description.
    Schema,
    /// What is wrong with what a bundle says to it.
    Lint,
    /// Instructions for the image.
    Build,
    /// Tasks of one step.
    Plan,
}

impl Function {
    /// All names, for messages.
    pub const NAMES: &'static str = "`describe`, `schema`, `lint`, `build` or `plan`";

    /// The function of this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "describe" => Self::Describe,
            "schema" => Self::Schema,
            "lint" => Self::Lint,
            "build" => Self::Build,
            "plan" => Self::Plan,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Describe => "describe",
            Self::Schema => "schema",
            Self::Lint => "lint",
            Self::Build => "build",
            Self::Plan => "plan",
        }
    }

    /// Whether it is asked something.
    pub fn has_input(self) -> bool {
        !matches!(self, Self::Describe | Self::Schema)
    }
}

/// What a call used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallStats {
    /// Time of the call in microseconds, instantiation included.
    pub microseconds: u64,
    /// Instructions, roughly; the same on every machine.
    pub fuel: u64,
    /// Bytes of linear memory.
    pub memory: u64,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// With a result.
    Result(Json),
    /// The mixin refuses its input: the user's mistakes.
    Refused {
        /// The diagnostics.
        document: Json,
        /// The same for people, each with its place in the input.
        problems: Vec<String>,
    },
    /// The mixin's own mistake: a trap, a limit, a result that breaks the rules.
    Broken {
        /// Stable code such as `sandbox-memory`.
        code: &'static str,
        /// What happened.
        message: String,
    },
}

/// One call and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// Its end.
    pub answer: Answer,
    /// What it used. Nothing, where it never began.
    pub stats: CallStats,
    /// How long the component took to be ready: compiled, or found in the cache.
    pub load: Duration,
}

impl Porter {
    /// Asks a mixin, by its name or the path of a component. `input` is a document and how the user
    /// calls it.
    ///
    /// # Errors
    /// When there is no such mixin, it is not admitted, or the input is none. What the mixin itself
    /// does is no error.
    pub fn evaluate_mixin(
        &self,
        mixin: &str,
        function: Function,
        input: Option<(&str, &[u8])>,
    ) -> Result<Evaluation, Error> {
        let (name, bytes) = input.unwrap_or(("input", b"{}"));
        // Before the component is compiled: who mistypes wants to know at once.
        let input = Input::read(name, bytes)?;
        if let Some(call) = input.call()?.filter(|call| *call != function) {
            let message = format!("the input is for `{}`", call.name());
            let hint = format!("ask for `{}`, or remove `call`", call.name());
            return Err(input.fail("call", &message, &hint).into());
        }
        let component = self.component(mixin)?;
        let started = Instant::now();
        let mixin = Measured::load(self, &component)?;
        let load = started.elapsed();
        Ok(Evaluation {
            load,
            ..mixin.ask(function, &input)?
        })
    }
}

/// A mixin whose calls are measured.
pub(crate) struct Measured {
    mixin: Mixin,
    last: Arc<Mutex<CallStats>>,
}

impl Measured {
    /// Compiles a component, or takes it from the cache.
    pub(crate) fn load(porter: &Porter, component: &Component) -> Result<Self, Error> {
        let last = Arc::new(Mutex::new(CallStats::default()));
        let sink = Arc::clone(&last);
        let mixin = porter.catalog()?.mixin(component)?;
        let mixin = mixin.with_usage(Arc::new(move |usage| {
            *sink.lock().unwrap_or_else(PoisonError::into_inner) = stats(usage);
        }));
        Ok(Self { mixin, last })
    }

    /// What the mixin says about itself.
    pub(crate) fn describe(&self) -> Result<Description, MixinError> {
        Ok(self.mixin.describe()?)
    }

    /// Asks what the document says.
    ///
    /// # Errors
    /// When the document is not one for this function.
    pub(crate) fn ask(&self, function: Function, input: &Input) -> Result<Evaluation, Problems> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = CallStats::default();
        let secrets = input.secrets()?;
        let answer = match function {
            Function::Describe => self
                .mixin
                .describe()
                .map(|found| document::description(&found)),
            Function::Schema => self.mixin.describe().map(|found| found.schema),
            Function::Lint => {
                let found = self.mixin.lint(&input.build_request()?);
                found.map(|found| json!({ "diagnostics": document::diagnostics(&found) }))
            }
            Function::Build => {
                let found = self.mixin.build(&input.build_request()?);
                found.map(|found| json!({ "instructions": document::instructions(&found) }))
            }
            Function::Plan => {
                let found = self.mixin.plan(&secrets.hide(input.plan_request()?));
                found.map(|found| secrets.show(json!({ "tasks": document::tasks(&found) })))
            }
        };
        Ok(Evaluation {
            answer: answer_of(answer, input, &secrets),
            stats: *self.last.lock().unwrap_or_else(PoisonError::into_inner),
            load: Duration::ZERO,
        })
    }
}

fn answer_of(result: Result<Json, EvaluateError>, input: &Input, secrets: &Secrets) -> Answer {
    match result {
        Ok(document) => Answer::Result(document),
        Err(EvaluateError::Refused { diagnostics, .. }) => Answer::Refused {
            document: secrets.show(json!({ "failure": document::diagnostics(&diagnostics) })),
            problems: diagnostics
                .into_iter()
                .map(|found| told(&input.explain(&named(found, secrets))))
                .collect(),
        },
        Err(EvaluateError::Broken { code, source, .. }) => Answer::Broken {
            code,
            message: source.to_string(),
        },
    }
}

/// `error: PLACE: MESSAGE`, the line with its carets, the hint.
fn told(problem: &Problem) -> String {
    Problems(vec![problem.clone()]).to_string()
}

/// A diagnostic whose texts name the secrets.
fn named(diagnostic: Diagnostic, secrets: &Secrets) -> Diagnostic {
    Diagnostic {
        title: secrets.shown(&diagnostic.title),
        message: secrets.shown(&diagnostic.message),
        hint: diagnostic.hint.map(|hint| secrets.shown(&hint)),
        ..diagnostic
    }
}

fn stats(usage: Usage) -> CallStats {
    CallStats {
        microseconds: u64::try_from(usage.time.as_micros()).unwrap_or(u64::MAX),
        fuel: usage.fuel,
        memory: usage.memory as u64,
    }
}
