//! Where we differ from what was recorded, and why that is better.

/// A step that is not compared as it was recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deviation {
    /// We give something else on purpose.
    Differs {
        /// Our exit code, where the row checks it.
        exit: Option<i64>,
        /// Our standard output, where the row checks it.
        stdout: Option<&'static str>,
        /// Why.
        #[expect(dead_code, reason = "written for the reader of the table")]
        reason: &'static str,
    },
    /// It cannot be run in a temporary root.
    NotHere(&'static str),
}

/// The deviation of a step, counted from 0.
pub(crate) fn of(case: &str, step: usize) -> Option<Deviation> {
    TABLE
        .iter()
        .find(|row| case == row.0 && row.1.contains(&step))
        .map(|row| row.2)
}

const TABLE: &[(&str, &[usize], Deviation)] = &[];
