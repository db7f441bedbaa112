//! Writing compact JSON.

use super::Json;

pub(super) fn compact(value: &Json) -> String {
    let mut text = String::new();
    append(&mut text, value);
    text
}

fn append(text: &mut String, value: &Json) {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(true) => text.push_str("true"),
        Json::Bool(false) => text.push_str("false"),
        Json::Number(number) => text.push_str(number),
        Json::Text(content) => quoted(text, content),
        Json::List(items) => {
            let mut before = '[';
            for item in items {
                text.push(before);
                append(text, item);
                before = ',';
            }
            text.push_str(if before == '[' { "[]" } else { "]" });
        }
        Json::Map(members) => {
            let mut before = '{';
            for (name, member) in members {
                text.push(before);
                quoted(text, name);
                text.push(':');
                append(text, member);
                before = ',';
            }
            text.push_str(if before == '{' { "{}" } else { "}" });
        }
    }
}

fn quoted(text: &mut String, content: &str) {
    text.push('"');
    for character in content.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{0}'..='\u{1f}' => {
                text.push_str("\\u00");
                text.push(if character < '\u{10}' { '0' } else { '1' });
                text.extend(char::from_digit(u32::from(character) & 15, 16));
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}
