//! Secrets of a document: `${secrets.NAME}` stands for a value that the mixin may place but not
//! see, in what it is given and in what it returns.

use porter_mixin::PlanRequest;
use porter_mixin::placeholder::{self, Piece};

use crate::mixins::Json;

const OPEN: &str = "${secrets.";
const CLOSE: char = '}';
/// Follows the name where the value is escaped as the inside of a JSON string.
const IN_JSON: &str = "|json";

/// Names of the secrets of a document. Only they are replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Secrets {
    names: Vec<String>,
}

impl Secrets {
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self { names }
    }

    /// Whether a secret can have this name.
    pub(crate) fn is_name(name: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !name.is_empty() && name.bytes().all(plain)
    }

    /// The request as the mixin sees it.
    pub(crate) fn hide(&self, request: PlanRequest) -> PlanRequest {
        PlanRequest {
            config: map(request.config, &|text| self.hidden(text)),
            step: map(request.step, &|text| self.hidden(text)),
            environment: request
                .environment
                .into_iter()
                .map(|(name, value)| (name, self.hidden(&value)))
                .collect(),
            ..request
        }
    }

    /// What the mixin returned, with the names of the secrets.
    pub(crate) fn show(&self, document: Json) -> Json {
        map(document, &|text| self.shown(text))
    }

    fn hidden(&self, text: &str) -> String {
        let mut hidden = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(OPEN) {
            let inner = &rest[start + OPEN.len()..];
            let name = inner.split(CLOSE).next().unwrap_or_default();
            let number = self.names.iter().position(|known| known == name);
            let after = inner.get(name.len() + CLOSE.len_utf8()..);
            if let (Some(number), Some(after)) = (number, after) {
                hidden.push_str(&rest[..start]);
                hidden.push_str(&placeholder::text(number));
                rest = after;
            } else {
                hidden.push_str(&rest[..start + OPEN.len()]);
                rest = inner;
            }
        }
        hidden + rest
    }

    pub(crate) fn shown(&self, text: &str) -> String {
        let Some(pieces) = placeholder::pieces(text) else {
            return text.to_owned();
        };
        let mut shown = String::with_capacity(text.len());
        for piece in pieces {
            match piece {
                Piece::Text(text) => shown.push_str(text),
                Piece::Value { number, json } => {
                    let name = self.names.get(number).map_or("?", String::as_str);
                    shown.push_str(OPEN);
                    shown.push_str(name);
                    shown.push_str(if json { IN_JSON } else { "" });
                    shown.push(CLOSE);
                }
            }
        }
        shown
    }
}

/// The document with every text changed. Documents are at most 100 deep.
fn map(document: Json, change: &impl Fn(&str) -> String) -> Json {
    match document {
        Json::String(text) => Json::String(change(&text)),
        Json::Array(items) => items.into_iter().map(|item| map(item, change)).collect(),
        Json::Object(members) => members
            .into_iter()
            .map(|(name, member)| (name, map(member, change)))
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_in_as_placeholders_and_come_out_by_name() {
        let secrets = Secrets::new(vec!["a".to_owned(), "token".to_owned()]);
        for (written, given) in [
            ("${secrets.token}", "\u{fdd0}1\u{fdd1}"),
            (
                "x${secrets.a}${secrets.a}y",
                "x\u{fdd0}0\u{fdd1}\u{fdd0}0\u{fdd1}y",
            ),
            ("${secrets.other} ${secrets.", "${secrets.other} ${secrets."),
            ("${secrets.${secrets.a}}", "${secrets.\u{fdd0}0\u{fdd1}}"),
        ] {
            assert_eq!(secrets.hidden(written), given);
            assert_eq!(secrets.shown(given), written);
        }
        assert_eq!(secrets.shown("\u{fdd0}1j\u{fdd1}"), "${secrets.token|json}");
    }
}
