//! The data that templates are resolved against.

use std::collections::BTreeMap;

use porter_cnab::Sensitive;

use crate::Json;
use crate::json::compact;

/// What a name in a template stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Further names below this one, as in `bundle` and `bundle.parameters`.
    Names(BTreeMap<String, Value>),
    /// JSON as it is, as in the manifest's `custom` section.
    Json(Json),
    /// A value that came as text and has a type.
    Typed(Typed),
    /// The same, to be kept from mixins and masked in output.
    Secret(Sensitive<Typed>),
}

impl Value {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Json(Json::String(text.into()))
    }

    /// Secret text.
    pub fn secret(text: impl Into<String>) -> Self {
        Self::Secret(Sensitive::new(Typed::string(text)))
    }

    /// Names and what they stand for.
    pub fn names<N: Into<String>>(names: impl IntoIterator<Item = (N, Value)>) -> Self {
        Self::Names(
            names
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        )
    }
}

/// A value that came as text and what it is by its type.
///
/// Inside a longer text it is the text, letter by letter; in the place of a whole scalar it is
/// the JSON. Sections look at the text, so a boolean `false` holds there, as it does in Porter.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// What is interpolated.
    pub text: String,
    /// What takes the place of a whole scalar.
    pub json: Json,
}

impl Typed {
    /// A text.
    pub fn string(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            json: Json::String(text.clone()),
            text,
        }
    }

    /// `text` as a value of the JSON schema type `kind`. A text that its type cannot have stays
    /// text: whether it is valid was decided by the client.
    pub fn of_kind(kind: &str, text: String) -> Self {
        match parsed(kind, &text) {
            Some(json @ (Json::Object(_) | Json::Array(_))) => Self {
                text: compact(&json),
                json,
            },
            Some(json) => Self { text, json },
            None => Self::string(text),
        }
    }
}

fn parsed(kind: &str, text: &str) -> Option<Json> {
    if !matches!(kind, "integer" | "number" | "boolean" | "object" | "array") {
        return None;
    }
    let json = porter_cnab::spelling::read(text).ok()?;
    let fits = match kind {
        "integer" | "number" => json.is_number(),
        "boolean" => json.is_boolean(),
        "object" => json.is_object() || json.is_null(),
        "array" => json.is_array() || json.is_null(),
        _ => false,
    };
    fits.then_some(json)
}
