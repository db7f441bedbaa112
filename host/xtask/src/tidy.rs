//! `cargo xtask tidy`.

use crate::process::Outcome;

pub(crate) fn run() -> Outcome {
    Err("`tidy` is not there yet".to_owned())
}
