//! Values of parameters: from text, to text.

use crate::{Json, canonical, spelling};

/// A text that is no value of its parameter's type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unable to convert parameter's {name} value {value} to the destination parameter type {kind}: \
     {reason}"
)]
pub struct ConversionError {
    /// Name of the parameter.
    pub name: String,
    /// The text, or `***` where the parameter is sensitive.
    pub value: String,
    /// The type, as the definition has it.
    pub kind: String,
    /// Why not.
    pub reason: String,
}

/// Whether values of this definition are contents of files in base64.
#[must_use]
pub fn is_file(definition: &Json) -> bool {
    let member = |key: &str| definition.get(key).and_then(Json::as_str);
    member("type") == Some("string") && member("contentEncoding") == Some("base64")
}

/// Converts a text (of the command line, of a parameter set, of an output) into a value of the
/// definition's type. Numbers keep their digits. Contents of files and `@PATH` are the caller's.
///
/// # Errors
/// When the text is no such value, or the definition has several types.
pub fn from_text(name: &str, definition: &Json, text: &str) -> Result<Json, ConversionError> {
    let kind = definition.get("type");
    let converted = match kind {
        None | Some(Json::Null) => Ok(untyped(text)),
        Some(Json::String(kind)) => convert(kind, text),
        Some(Json::Array(kinds)) => match kinds.as_slice() {
            [Json::String(kind)] => convert(kind, text),
            _ => Err("the definition has more than one type".to_owned()),
        },
        Some(_) => Err("the definition has no valid type".to_owned()),
    };
    converted.map_err(|reason| {
        let sensitive = definition.get("writeOnly").and_then(Json::as_bool) == Some(true);
        let value = if sensitive {
            "***".to_owned()
        } else {
            shorten(text)
        };
        let kind = match kind {
            Some(Json::String(kind)) => kind.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        ConversionError {
            name: name.to_owned(),
            value,
            kind,
            reason,
        }
    })
}

/// The text that is injected for a value: a string as it is, anything else as compact JSON.
#[must_use]
pub fn to_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => canonical::to_string(other),
    }
}

fn convert(kind: &str, text: &str) -> Result<Json, String> {
    match kind {
        "string" => Ok(Json::String(text.to_owned())),
        "integer" => integer(text).ok_or_else(|| "not a whole decimal number".to_owned()),
        "number" => number(text).ok_or_else(|| "not a number".to_owned()),
        "boolean" => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            _ => Err("neither true nor false".to_owned()),
        },
        "null" => match text {
            "" | "null" => Ok(Json::Null),
            _ => Err("not null".to_owned()),
        },
        "object" => match json(text)? {
            value @ Json::Object(_) => Ok(value),
            _ => Err("not a JSON object".to_owned()),
        },
        "array" => match json(text)? {
            value @ Json::Array(_) => Ok(value),
            _ => Err("not a JSON array".to_owned()),
        },
        other => Err(format!("the type `{other}` is unknown")),
    }
}

/// A definition without type takes any value; a text that is no JSON is itself.
fn untyped(text: &str) -> Json {
    json(text).unwrap_or_else(|_| Json::String(text.to_owned()))
}

fn json(text: &str) -> Result<Json, String> {
    if canonical::has_reserved_key(text.as_bytes()) {
        return Err("a key begins with `$serde_json::private::`".to_owned());
    }
    // The reader's own message may show a piece of the text, which may be a secret.
    spelling::read(text).map_err(|error| {
        format!(
            "not valid JSON at line {}, column {}",
            error.line(),
            error.column()
        )
    })
}

fn integer(text: &str) -> Option<Json> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    if digits.is_empty() || digits.len() > 1_000 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = match digits.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let sign = if digits == "0" { "" } else { sign };
    serde_json::from_str(&format!("{sign}{digits}")).ok()
}

fn number(text: &str) -> Option<Json> {
    if let Some(number) = spelling::number(text) {
        return Some(Json::Number(number));
    }
    // Spellings that JSON lacks: `.5`, `5.`, `+1`, `007`.
    let decimal = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let value: f64 = text.parse().ok().filter(|_| decimal)?;
    serde_json::Number::from_f64(value).map(Json::Number)
}

fn shorten(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(100)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(100).is_some() {
        shown.push('…');
    }
    shown
}
