//! The one thing in which JSON is no YAML: characters that are escaped as two halves.

use std::borrow::Cow;

/// Bytes of `\uXXXX`.
const ESCAPE: usize = 6;

/// A JSON text with `\ud83d\ude00` as YAML's `\U0001F600`; any other text as it is.
pub(super) fn joined(text: &[u8]) -> Cow<'_, [u8]> {
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(found) = text[at..].iter().position(|byte| *byte == b'\\') {
        at += found;
        let pair = (unit(text, at), unit(text, at + ESCAPE));
        match pair {
            (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                let letter = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                out.extend_from_slice(&text[done..at]);
                out.extend_from_slice(format!("\\U{letter:08X}").as_bytes());
                at += 2 * ESCAPE;
                done = at;
            }
            // The character after a backslash begins no escape of its own.
            _ => at = (at + 2).min(text.len()),
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.extend_from_slice(&text[done..]);
    Cow::Owned(out)
}

/// The number of the escape `\uXXXX` that begins at `at`.
fn unit(text: &[u8], at: usize) -> Option<u32> {
    let digits = text.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        u32::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn halves_become_one_character() {
        for (text, expected) in [
            (
                r#" {"a": "x\ud83d\ude00y\uD83D\uDE00"}"#,
                r#" {"a": "x\U0001F600y\U0001F600"}"#,
            ),
            (r#"{"a": "\\ud83d\ude00"}"#, r#"{"a": "\\ud83d\ude00"}"#),
            (
                r#"{"a": "\ud83d", "b": "\u00e9\n"}"#,
                r#"{"a": "\ud83d", "b": "\u00e9\n"}"#,
            ),
            (r#"a: "\ud83d\ude00""#, r#"a: "\ud83d\ude00""#),
            ("{\\", "{\\"),
            ("{\\ud83d\\u", "{\\ud83d\\u"),
        ] {
            let found = joined(text.as_bytes());
            assert_eq!(std::str::from_utf8(&found), Ok(expected));
        }
    }
}
