//! Taking values out of what a command printed.

mod json_path;
mod pattern;
mod translate;

pub use json_path::{JsonPathError, json_path};
pub use pattern::{Pattern, PatternError};
pub use translate::from_re2;
