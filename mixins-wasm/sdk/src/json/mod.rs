//! JSON values whose numbers keep the author's spelling.
//!
//! A small reader and writer of its own: it knows no floats, which keeps numbers as they are and
//! makes a component a third smaller than a general library would.

mod read;
mod write;

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::decode::DecodeError;
use crate::placeholder;

/// Name under which [`Json`] asks the SDK's decoder for a whole subtree.
pub(crate) const WHOLE: &str = "$porter::Json";

/// Any JSON value. As a field of a step it takes whatever the author wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number in the author's spelling.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// A mapping, sorted by the bytes of its keys, as the host sends it.
    Map(Vec<(String, Json)>),
}

impl Json {
    /// Reads a JSON document.
    ///
    /// # Errors
    /// When it is none, or nested deeper than 64. The host sends no such document.
    pub fn parse(text: &str) -> Result<Self, DecodeError> {
        read::document(text)
            .map_err(|position| DecodeError::custom(format_args!("is no JSON at byte {position}")))
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// The member `name` of a mapping.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(members) => members
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Compact JSON, numbers as they were spelled; placeholders inside strings are marked, so the
    /// host escapes their values.
    pub fn to_text(&self) -> String {
        let text = write::compact(self);
        if placeholder::is_in(&text) {
            placeholder::in_json(&text)
        } else {
            text
        }
    }

    /// A scalar as plain text (a string unquoted, `null` empty), anything else as
    /// [`Json::to_text`].
    pub fn to_plain_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Null => String::new(),
            _ => self.to_text(),
        }
    }

    /// The document as it was read, placeholders unmarked.
    pub(crate) fn to_unmarked_text(&self) -> String {
        write::compact(self)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(WHOLE, WholeVisitor)
    }
}

/// Takes the subtree from the SDK's decoder, which hands it over as text. Other deserializers have
/// no spelling of numbers to give and are refused.
struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value read by the mixin SDK")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        read::document(text)
            .map_err(|position| E::custom(format_args!("is no JSON at byte {position}")))
    }
}
