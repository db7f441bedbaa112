//! Regular expressions of mixins, bounded.

use std::time::{Duration, Instant};

use regex::bytes::{Regex, RegexBuilder};

use super::from_re2;

/// Longest expression, in bytes.
const MAX_PATTERN: usize = 4 << 10;
/// Largest compiled form, in bytes.
const MAX_COMPILED: usize = 1 << 20;
/// How long all matches of one expression may take.
const MAX_TIME: Duration = Duration::from_secs(10);
/// Longest result, in bytes.
const MAX_RESULT: usize = 16 << 20;

/// A regular expression in RE2 syntax.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

/// Why an expression cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// Too long.
    #[error("the regular expression is longer than 4 KiB")]
    TooLong,
    /// Not RE2, or too large when compiled.
    #[error("invalid regular expression `{pattern}`: {reason}")]
    Invalid {
        /// The expression.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Finding all matches takes too long.
    #[error(
        "the regular expression `{pattern}` takes longer than 10 seconds; make it more specific"
    )]
    TooSlow {
        /// The expression.
        pattern: String,
    },
    /// The matches together are too large.
    #[error("the matches of `{pattern}` are larger than 16 MiB")]
    TooLarge {
        /// The expression.
        pattern: String,
    },
}

impl Pattern {
    /// Compiles an expression.
    ///
    /// # Errors
    /// When it is too long, malformed or too large.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        if pattern.len() > MAX_PATTERN {
            return Err(PatternError::TooLong);
        }
        RegexBuilder::new(&from_re2(pattern))
            .size_limit(MAX_COMPILED)
            .dfa_size_limit(MAX_COMPILED)
            .build()
            .map(Self)
            .map_err(|error| PatternError::Invalid {
                pattern: pattern.to_owned(),
                reason: last_line(&error.to_string()),
            })
    }

    /// Whether it matches anywhere in `text`.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.0.is_match(text)
    }

    /// The capture groups of all matches, one a line, a group that took no part as an empty one.
    ///
    /// # Errors
    /// When that takes too long or becomes too large.
    pub fn captures(&self, text: &[u8]) -> Result<Vec<u8>, PatternError> {
        let start = Instant::now();
        let mut groups = Vec::new();
        let mut first = true;
        for captures in self.0.captures_iter(text) {
            for group in captures.iter().skip(1) {
                if !std::mem::take(&mut first) {
                    groups.push(b'\n');
                }
                groups.extend_from_slice(group.map(|group| group.as_bytes()).unwrap_or_default());
            }
            if start.elapsed() > MAX_TIME {
                return Err(PatternError::TooSlow {
                    pattern: self.0.as_str().to_owned(),
                });
            }
            if groups.len() > MAX_RESULT {
                return Err(PatternError::TooLarge {
                    pattern: self.0.as_str().to_owned(),
                });
            }
        }
        Ok(groups)
    }
}

/// The last line of a message of the regex crate is the one that says what is wrong; those before
/// draw the place.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}
