//! Documents in which values that are not known, or not to be seen, have names.

use super::Members;
use crate::Json;
use crate::placeholder::{self, Piece};

/// The document with every placeholder replaced by a name. A text with placeholders becomes a list
/// of its pieces: plain text, `{"value": NAME}`, and `{"json": NAME}` for a value that is escaped as
/// the inside of a JSON string. So no text can look like such a value.
///
/// A number without a name becomes `{"value": null}`. Member names hold no placeholders.
pub fn named(mut document: Json, names: &dyn Fn(usize) -> Option<String>) -> Json {
    put_names(&mut document, names);
    document
}

fn put_names(document: &mut Json, names: &dyn Fn(usize) -> Option<String>) {
    match document {
        Json::String(text) if placeholder::is_present(text) => {
            let mut list = Vec::new();
            match placeholder::pieces(text) {
                Some(pieces) => {
                    for piece in &pieces {
                        list.push(shown(piece, names));
                    }
                }
                None => list.push(Members::of("value", Json::Null)),
            }
            *document = Json::Array(list);
        }
        Json::Array(items) => {
            for item in items {
                put_names(item, names);
            }
        }
        Json::Object(members) => {
            for member in members.values_mut() {
                put_names(member, names);
            }
        }
        _ => {}
    }
}

fn shown(piece: &Piece<'_>, names: &dyn Fn(usize) -> Option<String>) -> Json {
    match piece {
        Piece::Text(text) => Json::from(*text),
        Piece::Value { number, json } => {
            let kind = if *json { "json" } else { "value" };
            Members::of(kind, names(*number).map_or(Json::Null, Json::String))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::named;
    use crate::Json;

    fn names(number: usize) -> Option<String> {
        ["bundle.credentials.token"]
            .get(number)
            .map(|name| (*name).to_owned())
    }

    #[test]
    fn placeholders_become_names_and_texts_stay() {
        for (given, expected) in [
            (json!("plain {{x}}"), json!("plain {{x}}")),
            (
                json!("\u{fdd0}0\u{fdd1}"),
                json!([{ "value": "bundle.credentials.token" }]),
            ),
            (
                json!({ "run": ["a", "--t=\u{fdd0}0j\u{fdd1}!"] }),
                json!({ "run": ["a", ["--t=", { "json": "bundle.credentials.token" }, "!"]] }),
            ),
            (json!("\u{fdd0}7\u{fdd1}"), json!([{ "value": null }])),
            (json!("\u{fdd0}broken"), json!([{ "value": null }])),
            (json!(1), json!(1)),
        ] {
            let found: Json = named(given, &names);
            assert_eq!(found, expected);
        }
    }
}
