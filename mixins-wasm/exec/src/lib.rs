//! The exec mixin: runs a command or a script of the bundle.

mod lint;
mod plan;
mod step;

use porter_mixin_sdk::{Build, Description, Diagnostic, Failure, Mixin, NoConfig, Plan, Task};

pub use step::ExecStep;

/// The exec mixin. It needs nothing at build time.
#[derive(Debug, Clone, Copy)]
pub struct Exec;

impl Mixin for Exec {
    const NAME: &'static str = "exec";
    type Config = NoConfig;
    type Step = ExecStep;

    fn describe() -> Description {
        Description::new(porter_mixin_sdk::schema!("schema.json"))
    }

    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        request.steps().flat_map(lint::step).collect()
    }

    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        plan::step(&request.step)
    }
}

porter_mixin_sdk::export!(Exec);
