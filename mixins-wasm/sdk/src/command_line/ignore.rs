//! `ignoreError` of a step.

use serde::Deserialize;

use crate::task::{Channel, Pattern, Test};

/// Failures of a command that do not fail the step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IgnoreError {
    /// Every failure.
    pub all: bool,
    /// These exit codes.
    #[serde(rename = "exitCodes")]
    pub exit_codes: Vec<i32>,
    /// By what is written to standard error.
    pub output: IgnoredOutput,
}

/// What standard error must hold for a failure to be ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IgnoredOutput {
    /// One of these texts.
    pub contains: Vec<String>,
    /// A match of one of these regular expressions.
    pub regex: Vec<String>,
}

impl IgnoreError {
    /// The tests, in the order in which Porter tries them.
    pub fn tests(&self) -> Vec<Test> {
        let stderr = |value: &String| Pattern {
            channel: Channel::Stderr,
            value: value.clone(),
        };
        let all = self.all.then_some(Test::Failed);
        let codes = self.exit_codes.iter().map(|code| Test::ExitCode(*code));
        let contains = self
            .output
            .contains
            .iter()
            .map(|text| Test::Contains(stderr(text)));
        let regex = self
            .output
            .regex
            .iter()
            .map(|regex| Test::Matches(stderr(regex)));
        all.into_iter()
            .chain(codes)
            .chain(contains)
            .chain(regex)
            .collect()
    }
}
