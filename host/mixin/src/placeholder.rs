//! Placeholders: values that a mixin may place but not see.
//!
//! `U+FDD0 n U+FDD1`, n in decimal, stands for value number n; `U+FDD0 n j U+FDD1` for the same
//! value escaped as the inside of a JSON string. See `wit/`, section "Placeholders".

/// Opens a placeholder.
pub const OPEN: char = '\u{FDD0}';
/// Closes a placeholder.
pub const CLOSE: char = '\u{FDD1}';

/// Text of the placeholder for value `number`.
pub fn text(number: usize) -> String {
    format!("{OPEN}{number}{CLOSE}")
}

/// Whether `text` holds a character that only the host may put there.
pub fn is_present(text: &str) -> bool {
    text.contains([OPEN, CLOSE])
}

/// A piece of a text that may hold placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Plain text.
    Text(&'a str),
    /// A placeholder.
    Value {
        /// Number of the value.
        number: usize,
        /// Whether the value is to be escaped as the inside of a JSON string.
        json: bool,
    },
}

/// Splits `text` into pieces, or `None` when a placeholder in it is malformed.
pub fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find([OPEN, CLOSE]) {
        if !rest[start..].starts_with(OPEN) {
            return None;
        }
        if start > 0 {
            found.push(Piece::Text(&rest[..start]));
        }
        let inner = &rest[start + OPEN.len_utf8()..];
        let end = inner.find(CLOSE)?;
        let (digits, json) = match inner[..end].strip_suffix('j') {
            Some(digits) => (digits, true),
            None => (&inner[..end], false),
        };
        if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        found.push(Piece::Value {
            number: digits.parse().ok()?,
            json,
        });
        rest = &inner[end + CLOSE.len_utf8()..];
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    Some(found)
}
