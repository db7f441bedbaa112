//! Values for `custom` that come from the command line.

use crate::Json;
use crate::read::Report;
use crate::source::Span;
use crate::yaml::{Scalar, Style};

/// Most parts of a dotted name.
const MAX_PARTS: usize = 32;

/// Puts values into the `custom` section. A value is read as a YAML scalar: `1` is a number.
pub(crate) fn custom(
    members: &mut serde_json::Map<String, Json>,
    values: &[(String, String)],
    report: &mut Report<'_>,
) {
    for (name, text) in values {
        let scalar = Scalar {
            text: text.clone(),
            style: Style::Plain,
            tag: None,
        };
        // An empty value on the command line is an empty text.
        let value = if text.is_empty() {
            Json::String(String::new())
        } else {
            scalar.value()
        };
        let parts: Vec<&str> = name.split('.').collect();
        if parts.len() > MAX_PARTS || !put(members, &parts, value) {
            let message = format!("`{name}` cannot be set in `custom`: a part of it is no mapping");
            report.error(Span::default(), message, "name a value below a mapping");
        }
    }
}

fn put(members: &mut serde_json::Map<String, Json>, path: &[&str], value: Json) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return false;
    };
    if rest.is_empty() {
        members.insert((*first).to_owned(), value);
        return true;
    }
    let inner = members
        .entry((*first).to_owned())
        .or_insert_with(|| Json::Object(serde_json::Map::new()));
    if inner.is_null() {
        *inner = Json::Object(serde_json::Map::new());
    }
    match inner {
        Json::Object(inner) => put(inner, rest, value),
        _ => false,
    }
}
