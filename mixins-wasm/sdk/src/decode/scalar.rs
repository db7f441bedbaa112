//! Scalars in all the spellings that authors use.

use super::error::{DecodeError, short};
use super::{Kind, Phase};
use crate::json::Json;
use crate::placeholder;

/// What stands where something else was wanted, in words.
pub(super) fn found(value: &Json) -> String {
    match value {
        Json::Null => "empty".to_owned(),
        Json::Bool(value) => format!("`{value}`"),
        Json::Number(number) => format!("the number {number}"),
        Json::Text(text) => format!("the text `{}`", short(text)),
        Json::List(_) => "a list".to_owned(),
        Json::Map(_) => "a mapping".to_owned(),
    }
}

/// Whether `value` is a template that may turn into anything.
pub(super) fn is_open(value: &Json, phase: Phase) -> bool {
    matches!(value, Json::Text(text) if phase == Phase::Build && has_template(text))
}

fn has_template(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair == b"${")
}

/// Text in the author's spelling.
pub(super) fn text(value: &Json) -> Result<String, DecodeError> {
    let text = match value {
        Json::Null => String::new(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.clone(),
        Json::Text(text) => text.clone(),
        Json::List(_) | Json::Map(_) => {
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
pub(super) fn boolean(value: &Json) -> Result<bool, DecodeError> {
    const TRUE: [&str; 4] = ["true", "yes", "on", "y"];
    const FALSE: [&str; 4] = ["false", "no", "off", "n"];
    match value {
        Json::Bool(value) => return Ok(*value),
        Json::Text(text) if placeholder::is_in(text) => return Err(DecodeError::needs_value()),
        Json::Text(text) => {
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

/// A whole number that fits 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// It fits a signed one.
    Signed(i64),
    /// It fits an unsigned one only.
    Unsigned(u64),
}

/// A whole number, also as text, and also as `30.0` or `3e1`.
pub(super) fn integer(value: &Json) -> Result<Whole, DecodeError> {
    let spelled = match value {
        Json::Text(text) if placeholder::is_in(text) => return Err(DecodeError::needs_value()),
        Json::Number(text) | Json::Text(text) => whole(text),
        _ => None,
    };
    spelled.ok_or_else(|| DecodeError::unfit("a whole number", &found(value)))
}

/// A decimal spelling as a whole number, without a float in between.
fn whole(text: &str) -> Option<Whole> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let (is_negative, signless) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (before, after) = signless.split_once('.').unwrap_or((signless, ""));
    let mut digits: Vec<u8> = before.bytes().chain(after.bytes()).collect();
    if before.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut scale = i64::from(exponent) - i64::try_from(after.len()).ok()?;
    while scale < 0 && digits.pop_if(|digit| *digit == b'0').is_some() {
        scale += 1;
    }
    let mut magnitude = 0_u64;
    for digit in &digits {
        magnitude = magnitude
            .checked_mul(10)?
            .checked_add(u64::from(digit - b'0'))?;
    }
    if magnitude == 0 && digits.iter().all(|digit| *digit == b'0') {
        return Some(Whole::Signed(0));
    }
    if scale < 0 {
        return None;
    }
    for _ in 0..scale {
        magnitude = magnitude.checked_mul(10)?;
    }
    match (is_negative, i64::try_from(magnitude)) {
        (false, Ok(number)) => Some(Whole::Signed(number)),
        (false, Err(_)) => Some(Whole::Unsigned(magnitude)),
        (true, _) => 0_i64.checked_sub_unsigned(magnitude).map(Whole::Signed),
    }
}
