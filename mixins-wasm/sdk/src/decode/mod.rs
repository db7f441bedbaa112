//! Reading what the author wrote into the types of a mixin.
//!
//! YAML written for Porter is read as Porter's mixins read it, or more kindly:
//!
//! * text takes numbers and booleans in the author's spelling; `null` is as good as not written;
//! * booleans and integers take their textual forms (`"true"`, `yes`, `"30"`), integers also
//!   `30.0`;
//! * `null` items of a list are dropped;
//! * unknown fields are ignored; one that looks like a misspelt known one is reported by `lint`.
//!
//! Numbers never pass through a 64-bit float unless a field is one: use text, integers,
//! [`crate::Scalar`] or [`crate::Json`]. Do not use `#[serde(untagged)]` or `#[serde(flatten)]` on
//! fields that need this kindness: serde buffers them without it.

mod deserializer;
mod error;
mod scalar;
mod spelling;

use std::cell::RefCell;

use serde::de::DeserializeOwned;

pub use error::{DecodeError, Kind};

use crate::json::Json;
use crate::pointer::Pointer;
use deserializer::{Node, Path};

/// When a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// `lint` and `build`: a text may be a template that stands for anything.
    Build,
    /// `plan`: everything is resolved.
    Run,
}

/// A field that nobody reads and that looks like a misspelt one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misspelling {
    pub(crate) at: Pointer,
    pub(crate) written: String,
    pub(crate) meant: &'static str,
}

/// A value to read.
#[derive(Debug)]
pub struct Input<'a> {
    value: &'a Json,
    phase: Phase,
    misspellings: RefCell<Vec<Misspelling>>,
}

impl<'a> Input<'a> {
    pub(crate) fn new(value: &'a Json, phase: Phase) -> Self {
        Self {
            value,
            phase,
            misspellings: RefCell::default(),
        }
    }

    /// The value, not read into a type yet.
    pub fn json(&self) -> Json {
        self.value.clone()
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// Names of the members when the value is a mapping, those without a value too.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let members = match self.value {
            Json::Map(members) => members.as_slice(),
            _ => &[],
        };
        members.iter().map(|(name, _)| name.as_str())
    }

    /// Reads the value as a `T`.
    ///
    /// # Errors
    /// The first thing that does not fit, with its place.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        let node = Node {
            value: self.value,
            path: Path::ROOT,
            input: self,
            any_case: false,
        };
        T::deserialize(node).map_err(|error| error.at(Pointer::root))
    }

    pub(crate) fn into_misspellings(self) -> Vec<Misspelling> {
        self.misspellings.into_inner()
    }
}

/// Reads a resolved value as a `T`.
///
/// # Errors
/// The first thing that does not fit, with its place.
pub fn from_json<T: DeserializeOwned>(value: &Json) -> Result<T, DecodeError> {
    Input::new(value, Phase::Run).decode()
}
