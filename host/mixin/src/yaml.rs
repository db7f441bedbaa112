//! JSON as YAML text, for programs that read what Porter sends its mixins.
//!
//! Block style with an indent of two, as Porter writes it. A text that YAML 1.1 or 1.2 could take
//! for something else, or that is not plainly plain, is in double quotes with everything escaped
//! that the two disagree about; so every reader sees the same values.

use std::fmt::Write;

use crate::Json;

/// Words that some reader takes for a boolean or for nothing.
const WORDS: [&str; 12] = [
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "null",
    "nan",
    "inf",
    "undefined",
];

/// Writes a value as a document, with a line feed at its end.
#[must_use]
pub fn to_yaml(value: &Json) -> String {
    let mut text = String::new();
    match value {
        Json::Object(members) if !members.is_empty() => mapping(members, 0, false, &mut text),
        Json::Array(items) if !items.is_empty() => sequence(items, 0, false, &mut text),
        other => {
            scalar(other, &mut text);
            text.push('\n');
        }
    }
    text
}

/// Writes the members of a mapping. `inline`: the first one follows the dash of its item.
fn mapping(members: &serde_json::Map<String, Json>, depth: usize, inline: bool, text: &mut String) {
    for (index, (key, value)) in members.iter().enumerate() {
        if index > 0 || !inline {
            indent(depth, text);
        }
        // A longer key is none for readers that look for the colon on the way.
        if key.len() > 500 {
            text.push_str("? ");
            string(key, text);
            text.push('\n');
            indent(depth, text);
        } else {
            string(key, text);
        }
        text.push(':');
        match value {
            Json::Object(inner) if !inner.is_empty() => {
                text.push('\n');
                mapping(inner, depth + 1, false, text);
            }
            Json::Array(items) if !items.is_empty() => {
                text.push('\n');
                sequence(items, depth + 1, false, text);
            }
            other => {
                text.push(' ');
                scalar(other, text);
                text.push('\n');
            }
        }
    }
}

fn sequence(items: &[Json], depth: usize, inline: bool, text: &mut String) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 || !inline {
            indent(depth, text);
        }
        text.push_str("- ");
        match item {
            Json::Object(inner) if !inner.is_empty() => mapping(inner, depth + 1, true, text),
            Json::Array(inner) if !inner.is_empty() => sequence(inner, depth + 1, true, text),
            other => {
                scalar(other, text);
                text.push('\n');
            }
        }
    }
}

fn indent(depth: usize, text: &mut String) {
    for _ in 0..depth {
        text.push_str("  ");
    }
}

/// Anything without members; a collection in here is empty.
fn scalar(value: &Json, text: &mut String) {
    match value {
        Json::String(content) => string(content, text),
        Json::Object(_) => text.push_str("{}"),
        Json::Array(_) => text.push_str("[]"),
        // Numbers keep their spelling.
        other => text.push_str(&other.to_string()),
    }
}

fn string(content: &str, text: &mut String) {
    if is_plain(content) {
        text.push_str(content);
        return;
    }
    text.push('"');
    for character in content.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            // What is not printable in YAML, and what one version takes for the end of a line.
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                // Writing into a String cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

/// Whether a text is itself without quotes, for every reader.
fn is_plain(text: &str) -> bool {
    let starts =
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') || text.starts_with("./");
    let inner = |c: char| c.is_ascii_alphanumeric() || " -_./".contains(c);
    starts
        && text.len() <= 200
        && text.chars().all(inner)
        && !text.ends_with(' ')
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn is_written_as_porter_writes_it() {
        let value = json!({
            "install": [{"exec": {"command": "./a.sh", "arguments": ["a b", "${ x }", "yes", "010", "", "\u{85}\n"],
                "flags": {}, "list": [], "n": null, "t": true, "i": 3, "nested": [[1, [2]], {"a": {"b": "c"}}]}}],
            "upgrade": [],
        });
        let text = "install:\n  - exec:\n      arguments:\n        - a b\n        - \"${ x }\"\n        - \"yes\"\n        - \"010\"\n        - \"\"\n        - \"\\u0085\\n\"\n      command: ./a.sh\n      flags: {}\n      i: 3\n      list: []\n      \"n\": null\n      nested:\n        - - 1\n          - - 2\n        - a:\n            b: c\n      t: true\nupgrade: []\n";
        assert_eq!(to_yaml(&value), text);
    }

    #[test]
    fn numbers_keep_their_spelling() {
        let value: Json = serde_json::from_str("[1.10, 12345678901234567890123, -0.0]").unwrap();
        assert_eq!(
            to_yaml(&value),
            "- 1.10\n- 12345678901234567890123\n- -0.0\n"
        );
    }
}
