//! A mixin called natively, through the same functions that its component exports.

use porter_mixin_sdk::evaluate::{self, BuildRequest, PlanRequest};
use porter_mixin_sdk::{Description, Diagnostic, Failure, Instruction, Mixin, Task};

use crate::glue::Glue;

/// The exports of a mixin, and what the runner knows about it.
#[derive(Debug, Clone, Copy)]
pub struct Native {
    /// Name of the mixin.
    pub name: &'static str,
    /// `describe`.
    pub describe: fn() -> Description,
    /// `lint`.
    pub lint: fn(BuildRequest) -> Result<Vec<Diagnostic>, Failure>,
    /// `build`.
    pub build: fn(BuildRequest) -> Result<Vec<Instruction>, Failure>,
    /// `plan`.
    pub plan: fn(PlanRequest) -> Result<Vec<Task>, Failure>,
    /// How it is compared.
    pub glue: Glue,
}

impl Native {
    /// The exports of `M`.
    pub fn of<M: Mixin>() -> Self {
        Self {
            name: M::NAME,
            describe: M::describe,
            lint: evaluate::lint::<M>,
            build: evaluate::build::<M>,
            plan: evaluate::plan::<M>,
            glue: Glue::default(),
        }
    }

    /// Compared with what is known about it.
    #[must_use]
    pub const fn with(mut self, glue: Glue) -> Self {
        self.glue = glue;
        self
    }
}
