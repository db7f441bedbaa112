//! Numbers in their own spelling.
//!
//! The JSON reader keeps the digits of a number but rewrites its exponent: `1e6` and `1E6` become
//! `1e+6`. Where the spelling has to last, such numbers are marked in the text before it is read
//! and put back afterwards. A text without one, which is nearly every text, is only looked through.

use serde::de::IgnoredAny;
use serde_json::Number;

use crate::Json;

/// The only key of the object that stands for a number. It begins like the reader's own marks,
/// which documents from outside may not have (see [`crate::canonical::has_reserved_key`]).
pub const MARK: &str = "$serde_json::private::PorterSpelling";

/// A number in this spelling, or nothing when JSON has no such number.
#[must_use]
pub fn number(text: &str) -> Option<Number> {
    let is_bare = text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit());
    // Only parsed to learn whether it is one.
    let is_number = is_bare && serde_json::from_str::<Number>(text).is_ok();
    is_number.then(|| Number::from_string_unchecked(text.to_owned()))
}

/// Reads a document, its numbers as they are spelled.
///
/// # Errors
/// When the text is no JSON.
pub fn read(text: &str) -> Result<Json, serde_json::Error> {
    let Some(marked) = marked(text.as_bytes()) else {
        return serde_json::from_str(text);
    };
    let mut value = serde_json::from_slice(&marked)?;
    restore(&mut value);
    Ok(value)
}

/// Reads the first document in a text that others follow, `None` when there is none. What follows
/// it is not looked at. A document with a key that begins `$serde_json::private::` must have been
/// refused before.
pub fn first(text: &[u8]) -> Option<Result<Json, serde_json::Error>> {
    // Says where the document ends: a number before a letter is none.
    let mut documents = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    if let Err(error) = documents.next()? {
        return Some(Err(error));
    }
    let document = &text[..documents.byte_offset()];
    let read = match marked(document) {
        None => serde_json::from_slice(document),
        Some(marked) => serde_json::from_slice(&marked).map(|mut value| {
            restore(&mut value);
            value
        }),
    };
    Some(read)
}

/// The text with marks instead of the numbers that the JSON reader would respell, or nothing when
/// it has none. A text that is no JSON stays one that is no JSON.
#[must_use]
pub fn marked(text: &[u8]) -> Option<Vec<u8>> {
    let mut marked: Option<Vec<u8>> = None;
    let mut copied = 0;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'"' => at = string_end(text, at),
            b'-' | b'0'..=b'9' => {
                let end = number_end(text, at);
                if let Some(number) = respelled(&text[at..end]) {
                    let out = marked.get_or_insert_with(|| Vec::with_capacity(text.len() + 64));
                    out.extend_from_slice(&text[copied..at]);
                    out.extend_from_slice(format!("{{\"{MARK}\":\"{number}\"}}").as_bytes());
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    let mut out = marked?;
    out.extend_from_slice(&text[copied..]);
    Some(out)
}

/// Puts the numbers back that [`marked`] took out.
pub fn restore(value: &mut Json) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(restore),
        Json::Object(members) => {
            let spelled = match members.get(MARK) {
                Some(Json::String(text)) if members.len() == 1 => number(text),
                _ => None,
            };
            match spelled {
                Some(number) => *value = Json::Number(number),
                None => members.values_mut().for_each(restore),
            }
        }
        _ => {}
    }
}

/// The number when the JSON reader would change its spelling.
fn respelled(token: &[u8]) -> Option<Number> {
    let exponent = token.iter().position(|byte| matches!(byte, b'e' | b'E'))?;
    let is_kept = token[exponent] == b'e' && matches!(token.get(exponent + 1), Some(b'+' | b'-'));
    if is_kept {
        return None;
    }
    number(std::str::from_utf8(token).ok()?)
}

fn number_end(text: &[u8], start: usize) -> usize {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'e' | b'E' | b'.' | b'+' | b'-');
    let length = text[start..]
        .iter()
        .take_while(|byte| is_part(byte))
        .count();
    start + length
}

/// Index after the string that begins at `start`, or the end of an unfinished one.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}
