//! Scalars in all the spellings that authors use.

use serde_json::Value;

use super::error::{DecodeError, short};
use super::{Kind, Phase};
use crate::placeholder;

/// What stands where something else was wanted, in words.
pub(super) fn found(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text `{}`", short(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}

/// Whether `value` is a template that may turn into anything.
pub(super) fn is_open(value: &Value, phase: Phase) -> bool {
    matches!(value, Value::String(text) if phase == Phase::Build && text.contains("${"))
}

/// Text in the author's spelling.
pub(super) fn text(value: &Value) -> Result<String, DecodeError> {
    let text = match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => {
            return Err(DecodeError::unfit("text", &found(value)));
        }
    };
    if text.contains('\0') {
        let sentence = "must not hold the character U+0000".to_owned();
        return Err(DecodeError::new(Kind::Unfit, sentence));
    }
    Ok(text)
}

/// A boolean, also in the textual forms of YAML 1.1.
pub(super) fn boolean(value: &Value) -> Result<bool, DecodeError> {
    const TRUE: [&str; 4] = ["true", "yes", "on", "y"];
    const FALSE: [&str; 4] = ["false", "no", "off", "n"];
    match value {
        Value::Bool(value) => return Ok(*value),
        Value::String(text) if placeholder::is_in(text) => return Err(DecodeError::needs_value()),
        Value::String(text) => {
            if is_word(text, &TRUE) {
                return Ok(true);
            }
            if is_word(text, &FALSE) {
                return Ok(false);
            }
        }
        _ => {}
    }
    Err(DecodeError::unfit("true or false", &found(value)))
}

/// `word`, `Word` or `WORD`, and nothing in between: YAML 1.1 knows no others.
fn is_word(text: &str, words: &[&str]) -> bool {
    let tail = text.get(1..).unwrap_or_default();
    let known = tail == tail.to_ascii_lowercase() || text == text.to_ascii_uppercase();
    known && words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A whole number, also as text, and also as `30.0` or `3e1`.
pub(super) fn integer(value: &Value) -> Result<i128, DecodeError> {
    let spelled = match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if placeholder::is_in(text) => return Err(DecodeError::needs_value()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    spelled
        .and_then(|text| whole(&text))
        .ok_or_else(|| DecodeError::unfit("a whole number", &found(value)))
}

/// A decimal spelling as a whole number, without a float in between.
pub(super) fn whole(text: &str) -> Option<i128> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let signless = before.strip_prefix(['-', '+']).unwrap_or(before);
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if signless.is_empty() || !digits(signless) || !digits(after) || exponent.abs() > 64 {
        return None;
    }
    let mut all = format!("{before}{after}");
    let mut scale = exponent - i32::try_from(after.len()).ok()?;
    while scale < 0 && all.ends_with('0') {
        all.pop();
        scale += 1;
    }
    if all.strip_prefix(['-', '+']).unwrap_or(&all).is_empty() {
        return Some(0);
    }
    if scale < 0 {
        return None;
    }
    let number: i128 = all.parse().ok()?;
    number.checked_mul(10_i128.checked_pow(u32::try_from(scale).ok()?)?)
}
