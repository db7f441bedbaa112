//! Checks of everything that a mixin is given and returns.
//!
//! Pure functions over the types of this crate. What fails them on the way out is the mixin's bug,
//! on the way in the user's mistake. They refuse; they never truncate and never strip.

pub mod json;

mod description;
mod diagnostics;
mod input;
mod instructions;
mod rules;
mod tasks;

pub use description::description;
pub use diagnostics::{build_diagnostics, build_failure, plan_failure};
pub use input::{build_request, plan_request};
pub use instructions::instructions;
pub use tasks::tasks;

use std::collections::BTreeSet;

use crate::placeholder::{Piece, pieces};
use crate::{Json, PlanRequest};

/// Bytes of all strings of a request, and of a result.
pub const MAX_TOTAL: usize = 4 * 1024 * 1024;
/// Items of a list.
pub const MAX_ITEMS: usize = 10_000;
/// Bytes of a string.
pub const MAX_STRING: usize = 1024 * 1024;
/// Bytes of an argument or of an environment variable: 128 KiB with the zero that ends it, which
/// is where the kernel refuses.
pub const MAX_ARGUMENT: usize = 128 * 1024 - 1;
/// Bytes of a name, a path or an address.
pub const MAX_NAME: usize = 4096;
/// Bytes of a regular expression or a JSON path.
pub const MAX_PATTERN: usize = 4096;
/// Nesting of a JSON document.
pub const MAX_DEPTH: usize = 64;

/// A part of a request or a result that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {problem}")]
pub struct CheckError {
    /// Which part, such as `tasks[3].args[0]`.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl CheckError {
    /// Stable code such as `result-too-long`.
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }

    fn under(mut self, parent: &str) -> Self {
        let dot = if self.field.is_empty() || self.field.starts_with('[') {
            ""
        } else {
            "."
        };
        self.field = format!("{parent}{dot}{}", self.field);
        self
    }
}

impl From<Problem> for CheckError {
    fn from(problem: Problem) -> Self {
        Self {
            field: String::new(),
            problem,
        }
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Longer than any host has to take.
    #[error("is too long: {bytes} bytes, at most {limit} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The longest that is allowed.
        limit: usize,
    },
    /// More items than any host has to take.
    #[error("has too many items: {items}, at most {limit} are allowed")]
    TooMany {
        /// How many there are.
        items: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// All strings together are longer than any host has to take.
    #[error("brings the whole over {limit} bytes")]
    TooMuch {
        /// How much is allowed.
        limit: usize,
    },
    /// Has to have a content.
    #[error("is empty")]
    Empty,
    /// Holds U+0000.
    #[error("holds the character U+0000")]
    Nul,
    /// Holds a control character where none may be.
    #[error("holds a control character")]
    Control,
    /// Holds a placeholder, or one of its characters, where none may be.
    #[error("holds a placeholder, which is not allowed there")]
    PlaceholderHere,
    /// Holds a malformed placeholder, or one for a value that was not given.
    #[error("holds a placeholder that stands for no value of the request")]
    PlaceholderUnknown,
    /// Is not of the form it has to have.
    #[error("is not {expected}")]
    Form {
        /// What it has to be.
        expected: &'static str,
    },
    /// Leads out of the directory below which it has to stay.
    #[error("leads out of the bundle directory or of the archive")]
    Escapes,
    /// Permission bits beyond 0o777.
    #[error("has permission bits beyond 0o777")]
    Mode,
    /// An address that is not `https`.
    #[error("is not an `https` address (`http` only with a sha256)")]
    Address,
    /// Names a task that does not come before.
    #[error("names a task that does not come before this one")]
    Order,
    /// Points at nothing in the request.
    #[error("points at nothing in the request")]
    Nowhere,
    /// A failure without an error.
    #[error("is a failure without an error in it")]
    NoError,
    /// Not JSON.
    #[error("is not JSON: {reason}")]
    NotJson {
        /// What the parser says.
        reason: String,
    },
    /// JSON nested too deeply.
    #[error("is nested deeper than {limit}")]
    TooDeep {
        /// How deep it may be.
        limit: usize,
    },
    /// A key that means something to a JSON library.
    #[error("has a key that begins with `$serde_json::private::`")]
    PrivateKey,
    /// A reference to another schema.
    #[error("refers to another document: only references that begin with `#/` are allowed")]
    Reference,
}

impl Problem {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "result-too-long",
            Self::TooMany { .. } => "result-too-many",
            Self::TooMuch { .. } => "result-too-much",
            Self::Empty => "result-empty",
            Self::Nul => "result-nul",
            Self::Control => "result-control",
            Self::PlaceholderHere => "result-placeholder-here",
            Self::PlaceholderUnknown => "result-placeholder-unknown",
            Self::Form { .. } => "result-form",
            Self::Escapes => "result-escapes",
            Self::Mode => "result-mode",
            Self::Address => "result-address",
            Self::Order => "result-order",
            Self::Nowhere => "result-nowhere",
            Self::NoError => "result-no-error",
            Self::NotJson { .. } => "result-not-json",
            Self::TooDeep { .. } => "result-too-deep",
            Self::PrivateKey => "result-private-key",
            Self::Reference => "result-reference",
        }
    }
}

/// The placeholders that a request gives: the only ones that its result may use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placeholders {
    numbers: BTreeSet<usize>,
}

impl Placeholders {
    /// Those in `request`.
    pub fn of(request: &PlanRequest) -> Self {
        let mut found = Self::default();
        found.add_json(&request.config);
        found.add_json(&request.step);
        for (_, value) in &request.environment {
            found.add(value);
        }
        found
    }

    /// Whether number `number` was given.
    pub fn has(&self, number: usize) -> bool {
        self.numbers.contains(&number)
    }

    fn add(&mut self, text: &str) {
        for piece in pieces(text).unwrap_or_default() {
            if let Piece::Value { number, .. } = piece {
                self.numbers.insert(number);
            }
        }
    }

    // Requests are at most 64 deep: `check::plan_request` comes first.
    fn add_json(&mut self, value: &Json) {
        match value {
            Json::String(text) => self.add(text),
            Json::Array(items) => items.iter().for_each(|item| self.add_json(item)),
            Json::Object(members) => members.values().for_each(|item| self.add_json(item)),
            _ => {}
        }
    }
}
