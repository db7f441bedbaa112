//! JSON values whose numbers keep the author's spelling.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::Value;

use crate::decode::DecodeError;
use crate::placeholder;

/// Name under which [`Json`] asks the SDK's decoder for a whole subtree.
pub(crate) const WHOLE: &str = "$porter::Json";

/// Any JSON value. As a field of a step it takes whatever the author wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Json(pub Value);

impl Json {
    /// Reads a JSON document.
    ///
    /// # Errors
    /// When it is none. The host sends none that is not, so this is a bug of the caller.
    pub fn parse(text: &str) -> Result<Self, DecodeError> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| DecodeError::custom(format_args!("malformed JSON: {error}")))
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Compact JSON with sorted keys, numbers as they were spelled; placeholders inside strings
    /// are marked, so the host escapes their values.
    pub fn to_text(&self) -> String {
        let text = self.0.to_string();
        if placeholder::is_in(&text) { placeholder::in_json(&text) } else { text }
    }

    /// A scalar as plain text (a string unquoted, `null` empty), anything else as
    /// [`Json::to_text`].
    pub fn to_plain_text(&self) -> String {
        match &self.0 {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            _ => self.to_text(),
        }
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

struct WholeVisitor;

impl<'de> Visitor<'de> for WholeVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    /// The SDK's decoder hands over the subtree as text.
    fn visit_string<E: Error>(self, text: String) -> Result<Json, E> {
        serde_json::from_str(&text).map(Json).map_err(E::custom)
    }

    /// Any other deserializer hands over itself.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Json, D::Error> {
        Value::deserialize(inner).map(Json)
    }
}
