//! Executes a bundle inside its image: the library of the program `porter-runtime`.
//!
//! [`run()`] is the whole of it: it reads the environment that CNAB defines and the runbook,
//! resolves and plans step by step, executes the plans, takes outputs and keeps state. It knows
//! no YAML, no engine, no store and no network.

pub mod bundle;
pub mod console;
pub mod data;
pub mod decode;
pub mod environment;
pub mod error;
pub mod execute;
pub mod files;
pub mod invocation;
pub mod leftovers;
pub mod mask;
pub mod mixins;
pub mod native;
pub mod outputs;
pub mod preview;
pub mod process;
mod reviewed;
pub mod root;
pub mod run;
pub mod signals;
pub mod state;
mod step;
pub mod take;
pub mod template;

pub use console::Console;
pub use environment::Environment;
pub use error::RuntimeError;
pub use leftovers::Leftovers;
pub use preview::{Preview, PreviewedStep};
pub use reviewed::ReviewError;
pub use root::Root;
pub use run::{Host, Mixins, run};
