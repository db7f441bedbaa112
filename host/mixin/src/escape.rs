//! Shows untrusted text: what a mixin, a registry, a bundle or a container says.
//!
//! Control characters, and those that reorder or hide text, appear as `\n`, `\t`, `\u{1b}`, so
//! that no text can move the cursor, forge a line or show other than what it holds.

use std::fmt::Write;

use crate::placeholder::{CLOSE, OPEN, Piece, pieces};

/// `text` on one line, with everything that is not plainly visible escaped. Placeholders appear
/// as `***`.
///
/// ```
/// assert_eq!(porter_mixin::escape("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
/// ```
pub fn escape(text: &str) -> String {
    shown(text, is_hidden)
}

/// As [`escape`], but line feeds and tabs stay as they are: for a text of several lines, each of
/// which the caller indents or prefixes.
pub fn escape_lines(text: &str) -> String {
    shown(text, |character| {
        is_hidden(character) && !matches!(character, '\n' | '\t')
    })
}

/// Whether a person may not see that `character` is there, or what it does.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}'
            | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

fn shown(text: &str, hidden: impl Fn(char) -> bool) -> String {
    if !text.chars().any(&hidden) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    match pieces(text) {
        Some(pieces) if text.contains([OPEN, CLOSE]) => {
            for piece in pieces {
                match piece {
                    Piece::Text(text) => push(&mut out, text, &hidden),
                    Piece::Value { .. } => out.push_str("***"),
                }
            }
        }
        _ => push(&mut out, text, &hidden),
    }
    out
}

fn push(out: &mut String, text: &str, hidden: &impl Fn(char) -> bool) {
    for character in text.chars() {
        match character {
            '\n' if hidden('\n') => out.push_str("\\n"),
            '\t' if hidden('\t') => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            character if hidden(character) => {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
            character => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placeholder;

    #[test]
    fn what_moves_hides_or_reorders_is_shown() {
        for (text, expected) in [
            ("plain ü 漢 🎉", "plain ü 漢 🎉"),
            ("a\u{1b}]0;title\u{7}", "a\\u{1b}]0;title\\u{7}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\0", "\\u{0}"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u{202e}txt.exe", "\\u{202e}txt.exe"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("\u{2028}", "\\u{2028}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
        ] {
            assert_eq!(escape(text), expected);
        }
    }

    #[test]
    fn lines_stay_where_they_are_wanted() {
        assert_eq!(escape_lines("a\n\tb\r\u{1b}"), "a\n\tb\\r\\u{1b}");
    }

    #[test]
    fn placeholders_appear_as_stars_and_broken_ones_as_what_they_are() {
        assert_eq!(
            escape(&format!("key={}!", placeholder::text(3))),
            "key=***!"
        );
        assert_eq!(escape("\u{fdd0}x"), "\\u{fdd0}x");
    }
}
