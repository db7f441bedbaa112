//! What does not fit, in words for the author of a manifest.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use crate::diagnostic::{Diagnostic, Place};
use crate::pointer::Pointer;

/// In which way a value does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It has the wrong type or form.
    Unfit,
    /// A field is missing.
    Missing,
    /// It is a placeholder where the value itself is needed.
    NeedsValue,
}

/// Something that does not fit, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    kind: Kind,
    /// Follows the name of the place.
    sentence: String,
    pointer: Option<Pointer>,
}

impl DecodeError {
    /// `wanted` as in "must be a list"; `found` as in "it is the text `x`".
    pub(crate) fn unfit(wanted: &str, found: &str) -> Self {
        Self::new(Kind::Unfit, format!("must be {wanted}, but is {found}"))
    }

    pub(crate) fn needs_value() -> Self {
        Self::new(
            Kind::NeedsValue,
            "must be known before the step runs".to_owned(),
        )
    }

    pub(crate) fn new(kind: Kind, sentence: String) -> Self {
        Self {
            kind,
            sentence,
            pointer: None,
        }
    }

    /// Gives the error a place unless it has one from further inside.
    #[must_use]
    pub fn at(mut self, pointer: impl FnOnce() -> Pointer) -> Self {
        self.pointer.get_or_insert_with(pointer);
        self
    }

    /// In which way the value does not fit.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where, below the value that was read.
    pub fn pointer(&self) -> Pointer {
        self.pointer.clone().unwrap_or_default()
    }

    /// The diagnostic of mixin `name` for this error; `place` makes a place from a pointer.
    pub fn diagnostic(&self, name: &str, place: impl FnOnce(Pointer) -> Place) -> Diagnostic {
        let at = place(self.pointer());
        match self.kind {
            Kind::Unfit => Diagnostic::error(format!("{name}-001"), self.to_string(), at),
            Kind::Missing => Diagnostic::error(format!("{name}-002"), self.to_string(), at),
            Kind::NeedsValue => Diagnostic::needs_value(self.to_string(), at),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self
            .pointer
            .as_ref()
            .map(Pointer::spoken)
            .unwrap_or_default();
        match (self.kind, place.is_empty()) {
            (Kind::Missing, true) => formatter.write_str(&self.sentence),
            (Kind::Missing, false) => write!(formatter, "{} in `{place}`", self.sentence),
            (_, true) => write!(formatter, "the value {}", self.sentence),
            (_, false) => write!(formatter, "`{place}` {}", self.sentence),
        }
    }
}

impl std::error::Error for DecodeError {}

impl Error for DecodeError {
    /// `message` goes on after the name of the place, such as "must be even".
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Kind::Unfit, message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Kind::Unfit, format!("must be {expected}"))
    }

    /// Comes from numbers that do not fit the type of a field.
    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new(Kind::Unfit, "is out of range".to_owned())
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(
            Kind::Unfit,
            format!("must be {expected}, but has {length} items"),
        )
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let list = expected.join("`, `");
        Self::new(
            Kind::Unfit,
            format!("must be one of `{list}`, but is `{}`", short(variant)),
        )
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let list = expected.join("`, `");
        Self::new(
            Kind::Unfit,
            format!("has no field `{}`, only `{list}`", short(field)),
        )
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Kind::Missing, format!("`{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Kind::Unfit, format!("has `{field}` twice"))
    }
}

/// `text` in a length that fits a sentence, placeholders hidden.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 40;
    let text = crate::placeholder::shown(text);
    let mut start: String = text.chars().take(LONGEST).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}
