//! What a mixin is given and what it returns, as the host sees it, and the checks on it.
//!
//! These types mirror `wit/` in the newest version. The sandbox converts every interface version
//! it speaks into them, the docker crate renders [`Instruction`]s, the runtime executes
//! [`Task`]s. Whatever comes out of an evaluation has passed [`check`]; a value of these types
//! built by hand has not.

pub mod check;
pub mod document;
pub mod escape;
pub mod evaluate;
pub mod instruction;
pub mod packaged;
pub mod placeholder;
pub mod request;
pub mod task;
pub mod yaml;

pub use check::CheckError;
pub use escape::{escape, escape_lines};
pub use evaluate::{Evaluate, EvaluateError};
pub use instruction::Instruction;
pub use request::{
    ActionSteps, BuildRequest, Description, Diagnostic, Place, PlanRequest, Severity,
};
pub use task::{Command, Task};

/// A JSON value whose numbers keep the author's spelling and whose keys are sorted by bytes.
pub type Json = serde_json::Value;
