//! Untrusted text in our own sentences.

/// Longest piece of untrusted text that a sentence of ours holds.
const LONGEST: usize = 2000;

/// The text on one line, with what could move a cursor or hide something made visible.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST));
    for character in text.trim_end().chars() {
        if out.len() >= LONGEST {
            out.push('…');
            break;
        }
        if is_deceptive(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// Control characters, marks of direction, and characters without width.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(shown("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\u{a}c");
        assert_eq!(shown("x\u{202e}y\u{200b}"), "x\\u{202e}y\\u{200b}");
        assert_eq!(shown("plain ünïcode"), "plain ünïcode");
        assert!(shown(&"x".repeat(1 << 20)).len() < LONGEST + 8);
    }
}
