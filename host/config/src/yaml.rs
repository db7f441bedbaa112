//! Writing YAML as Porter does: members in their order, two blanks of indentation, lists indented
//! below their member, double quotes where text would be read as something else.

use std::fmt;

use porter_cnab::spelling;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serialize;

use crate::ConfigError;

/// Under this name `serde_json` hands over numbers that keep their spelling.
const NUMBER: &str = "$serde_json::private::Number";

/// Writes a record as YAML, with a line break at the end.
///
/// # Errors
/// When the record cannot be serialised.
pub fn to_yaml<T: Serialize + ?Sized>(record: &T) -> Result<String, ConfigError> {
    // By way of JSON text, which keeps the order of members and the spelling of numbers.
    let text = serde_json::to_string(record).map_err(ConfigError::Write)?;
    let marked = spelling::marked(text.as_bytes());
    let text = marked.as_deref().unwrap_or(text.as_bytes());
    let node: Node = serde_json::from_slice(text).map_err(ConfigError::Write)?;
    let mut yaml = String::new();
    match &node {
        Node::List(items) if !items.is_empty() => list(items, 0, &mut yaml),
        Node::Map(members) if !members.is_empty() => map(members, 0, &mut yaml),
        scalar => {
            inline(scalar, 0, &mut yaml);
        }
    }
    Ok(yaml)
}

/// A value whose members keep their order.
enum Node {
    Null,
    /// Booleans and numbers, as they are spelled.
    Literal(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Writes what follows `key:` or `-`, up to the end of the line or block.
fn after(node: &Node, indent: usize, yaml: &mut String) {
    match node {
        Node::List(items) if !items.is_empty() => {
            yaml.push('\n');
            list(items, indent, yaml);
        }
        Node::Map(members) if !members.is_empty() => {
            yaml.push('\n');
            map(members, indent, yaml);
        }
        scalar => {
            yaml.push(' ');
            inline(scalar, indent, yaml);
        }
    }
}

fn list(items: &[Node], indent: usize, yaml: &mut String) {
    for item in items {
        pad(indent, yaml);
        yaml.push('-');
        let mut block = String::new();
        match item {
            // The first member or item stands on the line of the dash.
            Node::Map(members) if !members.is_empty() => map(members, indent + 2, &mut block),
            Node::List(items) if !items.is_empty() => list(items, indent + 2, &mut block),
            scalar => {
                yaml.push(' ');
                inline(scalar, indent + 2, yaml);
            }
        }
        if let Some(first) = block.get(indent + 2..) {
            yaml.push(' ');
            yaml.push_str(first);
        }
    }
}

fn map(members: &[(String, Node)], indent: usize, yaml: &mut String) {
    for (name, member) in members {
        pad(indent, yaml);
        yaml.push_str(&scalar(name));
        yaml.push(':');
        after(member, indent + 2, yaml);
    }
}

/// Writes a scalar or something empty, and the end of the line.
fn inline(node: &Node, indent: usize, yaml: &mut String) {
    match node {
        Node::Null => yaml.push_str("null"),
        Node::Literal(text) => yaml.push_str(text),
        Node::Text(text) if is_block(text) => return block(text, indent, yaml),
        Node::Text(text) => yaml.push_str(&scalar(text)),
        Node::List(_) => yaml.push_str("[]"),
        Node::Map(_) => yaml.push_str("{}"),
    }
    yaml.push('\n');
}

fn pad(indent: usize, yaml: &mut String) {
    yaml.extend(std::iter::repeat_n(' ', indent));
}

/// Whether text of several lines can be written as they are.
fn is_block(text: &str) -> bool {
    let is_plain = |letter: char| letter == '\n' || !is_special(letter);
    text.contains('\n') && !text.starts_with([' ', '\n', '\t']) && text.chars().all(is_plain)
}

fn block(text: &str, indent: usize, yaml: &mut String) {
    yaml.push_str(match text.trim_end_matches('\n').len() {
        length if length == text.len() => "|-",
        length if length + 1 == text.len() => "|",
        _ => "|+",
    });
    yaml.push('\n');
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            pad(indent.max(2), yaml);
            yaml.push_str(line);
        }
        yaml.push('\n');
    }
}

/// Text in the plainest form that is read as the same text.
fn scalar(text: &str) -> String {
    if text
        .chars()
        .any(|letter| letter == '\n' || is_special(letter))
        || means_something(text)
    {
        return double_quoted(text);
    }
    if is_plain(text) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

fn is_special(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Whether plain text would be read as null, a boolean, a number, a date or a merge key. A date with
/// a time is left plain: Porter writes times so.
fn means_something(text: &str) -> bool {
    let words = [
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<", ".inf",
        "-.inf", "+.inf", ".nan",
    ];
    let lower = text.to_ascii_lowercase();
    if words.contains(&lower.as_str()) {
        return true;
    }
    let digits = lower.trim_start_matches(['+', '-']).replace('_', "");
    let radix = ["0x", "0o", "0b"]
        .iter()
        .any(|prefix| digits.starts_with(prefix));
    let starts_like_number =
        digits.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
    // Base 60 of YAML 1.1: `1:30`.
    let is_sexagesimal = digits.contains(':')
        && digits
            .chars()
            .all(|letter| letter.is_ascii_digit() || matches!(letter, ':' | '.'));
    starts_like_number
        && (is_date(text) || radix || digits.parse::<f64>().is_ok() || is_sexagesimal)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let are_digits = parts
        .iter()
        .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    are_digits && matches!(lengths[..], [4, 1..=2, 1..=2])
}

fn is_plain(text: &str) -> bool {
    let first_is_fine = match text.chars().next() {
        Some('-' | '?' | ':') => text.len() > 1 && !text[1..].starts_with(' '),
        Some(first) => !"#,[]{}&*!|>'\"%@` ".contains(first),
        None => false,
    };
    first_is_fine
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("---")
        && !text.starts_with("...")
}

fn double_quoted(text: &str) -> String {
    use fmt::Write;

    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\0' => quoted.push_str("\\0"),
            special if is_special(special) => {
                // Writing to a string does not fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(special));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Literal(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Literal(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Literal(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Literal(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut map: Vec<(String, Node)> = Vec::new();
        while let Some((name, member)) = members.next_entry::<String, Node>()? {
            if let (NUMBER | spelling::MARK, Node::Text(number)) = (name.as_str(), &member) {
                return Ok(Node::Literal(number.clone()));
            }
            map.push((name, member));
        }
        Ok(Node::Map(map))
    }
}
