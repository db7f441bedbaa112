//! Scalars and what they mean.

use crate::Json;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: may mean null, a boolean or a number.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// A block, `|` or `>`.
    Block,
}

/// A scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// Its text, quotes and escapes resolved.
    pub text: String,
    /// How it is written.
    pub style: Style,
    /// The core type that a tag such as `!!str` gives it.
    pub tag: Option<String>,
}

impl Scalar {
    /// What it means, as JSON. Numbers keep their spelling where JSON has it, others become
    /// decimal (`0x1F` is 31); what JSON cannot spell as a number stays text (`010`, `.inf`), as
    /// do dates and `yes`, `no`, `on`, `off`.
    #[must_use]
    pub fn value(&self) -> Json {
        let text = || Json::String(self.text.clone());
        match (self.tag.as_deref(), self.style) {
            (None, Style::Plain) => resolve(&self.text).unwrap_or_else(text),
            (None, _) => text(),
            (Some("null" | "bool" | "int" | "float"), _) => {
                resolve(&self.text).unwrap_or_else(text)
            }
            (Some(_), _) => text(),
        }
    }

    /// As a boolean, where only a boolean is wanted: then `yes`, `no`, `on` and `off` are ones.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        if let Json::Bool(value) = self.value() {
            return Some(value);
        }
        match self.text.as_str() {
            _ if self.style != Style::Plain => None,
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
            _ => None,
        }
    }
}

/// The meaning of a plain scalar that is no text.
fn resolve(text: &str) -> Option<Json> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Json::Null),
        "true" | "True" | "TRUE" => return Some(Json::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Json::Bool(false)),
        _ => {}
    }
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let number = radix(unsigned).or_else(|| decimal(unsigned))?;
    let sign = if negative { "-" } else { "" };
    porter_cnab::spelling::number(&format!("{sign}{number}")).map(Json::Number)
}

/// `0x1F`, `0o17` and `0b11` as decimal.
fn radix(text: &str) -> Option<String> {
    let (base, digits) = match text.get(..2)? {
        "0x" | "0X" => (16, &text[2..]),
        "0o" | "0O" => (8, &text[2..]),
        "0b" | "0B" => (2, &text[2..]),
        _ => return None,
    };
    let digits = digits.replace('_', "");
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    u128::from_str_radix(&digits, base)
        .ok()
        .map(|value| value.to_string())
}

/// A decimal number in the spelling of JSON. A leading zero says that it is no number for us:
/// `010` is eight for some readers and ten for others.
fn decimal(text: &str) -> Option<String> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    // 1_000 is a number where it is whole.
    let whole = if fraction.is_none() && exponent.is_none() && whole.starts_with(|c| c != '_') {
        whole.replace('_', "")
    } else {
        whole.to_owned()
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let power = exponent.map(|text| {
        let rest = &text[1..];
        rest.strip_prefix(['+', '-']).unwrap_or(rest)
    });
    if !digits(&whole)
        || !fraction.is_none_or(digits)
        || !power.is_none_or(|power| !power.is_empty() && digits(power))
        || (whole.is_empty() && fraction.is_none_or(str::is_empty))
        || (whole.len() > 1 && whole.starts_with('0'))
    {
        return None;
    }
    let mut spelled = if whole.is_empty() {
        "0".to_owned()
    } else {
        whole
    };
    if let Some(fraction) = fraction.filter(|fraction| !fraction.is_empty()) {
        spelled.push('.');
        spelled.push_str(fraction);
    }
    spelled.push_str(exponent.unwrap_or_default());
    Some(spelled)
}
