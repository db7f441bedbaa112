//! Canonical JSON: RFC 8785, except that numbers keep their spelling.

use crate::Json;

/// Beginning of the keys with which the JSON reader marks its own values.
const RESERVED: &str = "$serde_json::private::";

/// The canonical form: object keys sorted by UTF-16 code units, no white space, shortest escapes,
/// numbers as they are spelled.
#[must_use]
pub fn to_string(value: &Json) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Json, text: &mut String) {
    match value {
        Json::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Json::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            text.push('{');
            for (index, (key, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Json::String(key.clone()).to_string());
                text.push(':');
                write(member, text);
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// Whether a JSON text has a string that the JSON reader would take for a mark of its own: such
/// an object would be read as a number.
#[must_use]
pub fn has_reserved_key(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(start) = rest.iter().position(|byte| *byte == b'"') {
        let inside = &rest[start + 1..];
        let mut end = 0;
        while end < inside.len() && inside[end] != b'"' {
            end += if inside[end] == b'\\' { 2 } else { 1 };
        }
        if end >= inside.len() {
            return false;
        }
        if is_reserved(&rest[start..=start + 1 + end], &inside[..end]) {
            return true;
        }
        rest = &inside[end + 1..];
    }
    false
}

fn is_reserved(quoted: &[u8], inside: &[u8]) -> bool {
    if inside.contains(&b'\\') {
        let decoded = serde_json::from_slice::<String>(quoted);
        return decoded.is_ok_and(|text| text.starts_with(RESERVED));
    }
    inside.starts_with(RESERVED.as_bytes())
}
