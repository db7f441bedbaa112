//! Placeholders: values that a mixin may place but not see.
//!
//! `U+FDD0 n U+FDD1`, n in decimal, stands for value number n: a secret, or in a preview an output
//! that does not exist yet. A mixin may copy it, drop it, put text before or after it and compare
//! it whole against whole. Whoever writes JSON text writes `U+FDD0 n j U+FDD1` instead
//! ([`in_json`]; [`crate::Json::to_text`] does it by itself).

/// Opens a placeholder.
pub const OPEN: char = '\u{FDD0}';
/// Closes a placeholder.
pub const CLOSE: char = '\u{FDD1}';

/// Whether `text` holds a placeholder.
pub fn is_in(text: &str) -> bool {
    // `contains` would bring a whole substring search into the component.
    text.chars().any(|character| character == OPEN)
}

/// `text`, which is to become the inside of a JSON string, with its placeholders marked for that:
/// the host then escapes their values.
pub fn in_json(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    let mut inside = false;
    let mut last = OPEN;
    for character in text.chars() {
        if character == CLOSE && inside && last.is_ascii_digit() {
            marked.push('j');
        }
        inside = match character {
            OPEN => true,
            CLOSE => false,
            _ => inside,
        };
        marked.push(character);
        last = character;
    }
    marked
}

/// `text` as people may read it: each placeholder becomes `***`.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut inside = false;
    for character in text.chars() {
        match character {
            OPEN => {
                inside = true;
                shown.push_str("***");
            }
            CLOSE => inside = false,
            _ if inside => {}
            _ => shown.push(character),
        }
    }
    shown
}
