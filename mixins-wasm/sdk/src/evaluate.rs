//! The exports of a component as ordinary functions: what a component does, and what native tests
//! call.

use crate::decode::{DecodeError, Input, Misspelling, Phase};
use crate::diagnostic::{Diagnostic, Failure, Place, Severity};
use crate::instruction::Instruction;
use crate::json::Json;
use crate::mixin::{Action, Build, Environment, Mixin, Plan, Step};
use crate::pointer::Pointer;
use crate::task::Task;

/// Input of `lint` and `build` as the host sends it.
#[derive(Debug, Clone, Default)]
pub struct BuildRequest {
    /// The configuration as JSON text.
    pub config: String,
    /// Name of each action and its steps as JSON text.
    pub actions: Vec<(String, Vec<String>)>,
    /// `OS/ARCH[/VARIANT]` of each image.
    pub platforms: Vec<String>,
    /// Variables that are set.
    pub environment: Vec<(String, String)>,
}

/// Input of `plan` as the host sends it.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// The configuration as JSON text.
    pub config: String,
    /// Name of the action.
    pub action: String,
    /// The step as JSON text.
    pub step: String,
    /// Variables that are set.
    pub environment: Vec<(String, String)>,
}

/// Checks a manifest.
///
/// # Errors
/// Everything that does not fit the mixin's types.
pub fn lint<M: Mixin>(request: BuildRequest) -> Result<Vec<Diagnostic>, Failure> {
    let (request, mut diagnostics) = read_build::<M>(request)?;
    diagnostics.extend(M::lint(&request));
    Ok(diagnostics)
}

/// Instructions for the image.
///
/// # Errors
/// The user's mistakes.
pub fn build<M: Mixin>(request: BuildRequest) -> Result<Vec<Instruction>, Failure> {
    let (request, _warnings) = read_build::<M>(request)?;
    M::build(&request).map_err(blame::<M>)
}

/// Tasks of a step.
///
/// # Errors
/// The user's mistakes.
pub fn plan<M: Mixin>(request: PlanRequest) -> Result<Vec<Task>, Failure> {
    let mut reader = Reader::new(M::NAME, Phase::Run);
    let config = reader.read(&request.config, Place::Config, |input| input.decode());
    let action = request.action;
    let step = reader.read(&request.step, at(&action, 0), |input| {
        M::read_step(&action, input)
    });
    match (config, step) {
        (Some(config), Some(value)) => {
            let step = Step {
                action,
                index: 0,
                value,
            };
            let environment = Environment(request.environment);
            M::plan(&Plan {
                config,
                step,
                environment,
            })
            .map_err(blame::<M>)
        }
        _ => Err(Failure(reader.diagnostics)),
    }
}

fn read_build<M: Mixin>(request: BuildRequest) -> Result<(Build<M>, Vec<Diagnostic>), Failure> {
    let mut reader = Reader::new(M::NAME, Phase::Build);
    let config = reader.read(&request.config, Place::Config, |input| input.decode());
    let mut actions = Vec::with_capacity(request.actions.len());
    for (name, texts) in request.actions {
        let mut steps = Vec::with_capacity(texts.len());
        for (index, text) in (0_u32..).zip(&texts) {
            let read = |input: &Input<'_>| M::read_step(&name, input);
            if let Some(value) = reader.read(text, at(&name, index), read) {
                steps.push(Step {
                    action: name.clone(),
                    index,
                    value,
                });
            }
        }
        actions.push(Action { name, steps });
    }
    let diagnostics = reader.diagnostics;
    match config {
        Some(config)
            if !diagnostics
                .iter()
                .any(|found| found.severity == Severity::Error) =>
        {
            let (platforms, environment) = (request.platforms, Environment(request.environment));
            Ok((
                Build {
                    config,
                    actions,
                    platforms,
                    environment,
                },
                diagnostics,
            ))
        }
        _ => Err(Failure(diagnostics)),
    }
}

fn at(action: &str, index: u32) -> impl Fn(Pointer) -> Place {
    move |pointer| Place::Step {
        action: action.to_owned(),
        index,
        pointer,
    }
}

/// The host refuses a failure that names no error, so an empty one is made a panic with a name.
fn blame<M: Mixin>(failure: Failure) -> Failure {
    let named = failure
        .0
        .iter()
        .any(|found| found.severity == Severity::Error);
    assert!(named, "mixin `{}` failed without saying why", M::NAME);
    failure
}

/// Reads values and collects what does not fit.
struct Reader {
    name: &'static str,
    phase: Phase,
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    fn new(name: &'static str, phase: Phase) -> Self {
        Self {
            name,
            phase,
            diagnostics: Vec::new(),
        }
    }

    fn read<T>(
        &mut self,
        text: &str,
        place: impl Fn(Pointer) -> Place,
        decode: impl FnOnce(&Input<'_>) -> Result<T, DecodeError>,
    ) -> Option<T> {
        let text = if text.is_empty() { "null" } else { text };
        let read = Json::parse(text).and_then(|json| {
            let input = Input::new(&json, self.phase);
            let value = decode(&input)?;
            Ok((value, input.into_misspellings()))
        });
        match read {
            Ok((value, misspellings)) => {
                let warnings = misspellings
                    .into_iter()
                    .map(|found| self.warning(found, &place));
                let warnings: Vec<Diagnostic> = warnings.collect();
                self.diagnostics.extend(warnings);
                Some(value)
            }
            Err(error) => {
                self.diagnostics.push(error.diagnostic(self.name, place));
                None
            }
        }
    }

    fn warning(&self, found: Misspelling, place: impl Fn(Pointer) -> Place) -> Diagnostic {
        let Misspelling { at, written, meant } = found;
        let title = format!("`{written}` is not known and has no effect");
        Diagnostic::warning(format!("{}-003", self.name), title, place(at))
            .hint(format!("did you mean `{meant}`?"))
    }
}
