//! What a mixin is given. What breaks a limit here is the user's mistake, told with its place.

use std::cell::Cell;

use super::diagnostics::{find, refused};
use super::rules::count;
use super::{MAX_ARGUMENT, MAX_STRING, MAX_TOTAL, Problem, json};
use crate::placeholder::{is_present, pieces};
use crate::{BuildRequest, Diagnostic, Json, Place, PlanRequest};

/// Checks the input of `lint` and `build`.
///
/// # Errors
/// A diagnostic with the place of the first value that no mixin has to take.
pub fn build_request(request: &BuildRequest) -> Result<(), Box<Diagnostic>> {
    let input = Input {
        placeholders: false,
        total: Cell::new(0),
    };
    input.config(&request.config)?;
    for steps in &request.actions {
        let place = |index: usize, pointer: String| Place::Step {
            action: steps.action.clone(),
            index: u32::try_from(index).unwrap_or(u32::MAX),
            pointer,
        };
        input.at_config(count(steps.steps.len()))?;
        for (index, step) in steps.steps.iter().enumerate() {
            input.document(step, |pointer| place(index, pointer))?;
        }
    }
    input.environment(&request.environment)
}

/// Checks the input of `plan`.
///
/// # Errors
/// As [`build_request`].
pub fn plan_request(request: &PlanRequest) -> Result<(), Box<Diagnostic>> {
    let input = Input {
        placeholders: true,
        total: Cell::new(0),
    };
    input.config(&request.config)?;
    input.document(&request.step, |pointer| Place::Step {
        action: request.action.clone(),
        index: 0,
        pointer,
    })?;
    input.environment(&request.environment)
}

struct Input {
    placeholders: bool,
    total: Cell<usize>,
}

impl Input {
    fn config(&self, config: &Json) -> Result<(), Box<Diagnostic>> {
        self.document(config, |pointer| Place::Config { pointer })
    }

    fn document(
        &self,
        value: &Json,
        place: impl Fn(String) -> Place,
    ) -> Result<(), Box<Diagnostic>> {
        // Depth first: what follows recurses.
        let whole = json::write(value).and_then(|text| self.add(text.len()));
        whole
            .map_err(|problem| (String::new(), problem))
            .and_then(|()| find(value, "", &|text| self.rule(text, MAX_STRING)))
            .map_err(|(pointer, problem)| Box::new(refused(place(pointer), &problem)))
    }

    fn environment(&self, environment: &[(String, String)]) -> Result<(), Box<Diagnostic>> {
        for (name, value) in environment {
            let sized = self.add(name.len() + value.len());
            self.at_config(sized.and_then(|()| self.rule(value, MAX_ARGUMENT)))?;
        }
        Ok(())
    }

    fn at_config(&self, outcome: Result<(), Problem>) -> Result<(), Box<Diagnostic>> {
        let place = Place::Config {
            pointer: String::new(),
        };
        outcome.map_err(|problem| Box::new(refused(place, &problem)))
    }

    fn rule(&self, text: &str, limit: usize) -> Result<(), Problem> {
        if text.len() > limit {
            return Err(Problem::TooLong {
                bytes: text.len(),
                limit,
            });
        }
        if text.contains('\0') {
            return Err(Problem::Nul);
        }
        if is_present(text) && !self.placeholders {
            return Err(Problem::PlaceholderHere);
        }
        if is_present(text) && pieces(text).is_none() {
            return Err(Problem::PlaceholderUnknown);
        }
        Ok(())
    }

    fn add(&self, bytes: usize) -> Result<(), Problem> {
        self.total.set(self.total.get().saturating_add(bytes));
        if self.total.get() > MAX_TOTAL {
            return Err(Problem::TooMuch { limit: MAX_TOTAL });
        }
        Ok(())
    }
}
