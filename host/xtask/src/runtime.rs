//! `cargo xtask runtime`.

use crate::process::Outcome;

pub(crate) fn run() -> Outcome {
    Err("`runtime` is not there yet".to_owned())
}
