//! Reading a JSON document as it is spelled: `serde_json` keeps all digits of a number, but reads
//! `1e3` as `1e+3`.

use std::fmt;

use porter_runbook::Json;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number};

/// The key under which `serde_json` hands over the text of a number.
const NUMBER: &str = "$serde_json::private::Number";

/// Reads the first document in `text`, `None` when there is none. What follows it is not looked
/// at. A document with a key that begins `$serde_json::private::` must have been refused before.
pub(super) fn first(text: &[u8]) -> Option<serde_json::Result<Json>> {
    // Says where a document ends: a number before a letter is none.
    let mut documents = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    if let Err(error) = documents.next()? {
        return Some(Err(error));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let mut spellings = Spellings { rest: text };
    Some(Value(&mut spellings).deserialize(&mut deserializer))
}

/// The numbers of a text in order, as they are spelled. Of a text that is no JSON it may be
/// anything.
struct Spellings<'t> {
    rest: &'t [u8],
}

impl<'t> Iterator for Spellings<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        loop {
            let start = self
                .rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'-' | b'0'..=b'9'))?;
            let from = &self.rest[start..];
            if from[0] == b'"' {
                self.rest = &from[string(from)..];
                continue;
            }
            let in_number =
                |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
            let end = from.iter().position(|byte| !in_number(byte));
            let (number, rest) = from.split_at(end.unwrap_or(from.len()));
            self.rest = rest;
            return std::str::from_utf8(number).ok();
        }
    }
}

/// Length of the string at the beginning, quotes included.
fn string(text: &[u8]) -> usize {
    let mut index = 1;
    while let Some(byte) = text.get(index) {
        match byte {
            b'"' => return index + 1,
            b'\\' => index += 2,
            _ => index += 1,
        }
    }
    text.len()
}

struct Value<'s, 't>(&'s mut Spellings<'t>);

impl Value<'_, '_> {
    /// The number that was just read, as it is spelled.
    fn number(self, read: impl ToString) -> Json {
        let spelled = self
            .0
            .next()
            .map_or_else(|| read.to_string(), str::to_owned);
        Json::Number(Number::from_string_unchecked(spelled))
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(self.number(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(self.number(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(self.number(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Value(self.0))? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name == NUMBER {
                let text: String = members.next_value()?;
                return Ok(self.number(text));
            }
            let member = members.next_value_seed(Value(self.0))?;
            map.insert(name, member);
        }
        Ok(Json::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::first;

    fn read(text: &str) -> String {
        first(text.as_bytes()).unwrap().unwrap().to_string()
    }

    #[test]
    fn numbers_stay_as_they_are_spelled() {
        for text in [
            "1e3",
            "1E3",
            "1e+3",
            "-1.50E-007",
            "0",
            "-0.0",
            "123456789012345678901",
            r#"[1e3,"2e4",{"5e6 \"7e8":9e1,"b":[2e2]},"\\",3e+3]"#,
        ] {
            assert_eq!(read(text), text);
        }
        assert_eq!(
            read(" {\"b\": 1e2, \"a\": 2e3} 7 x"),
            r#"{"a":2e3,"b":1e2}"#
        );
        assert_eq!(read("{\"a\": 1e2, \"a\": 2e3}"), r#"{"a":2e3}"#);
    }

    #[test]
    fn what_is_no_document_is_none() {
        assert!(first(b"").is_none());
        assert!(first(b" \n\t").is_none());
        for text in ["-", "1e", "[1", "\"a", "{\"a\": 1e3,}", "01", "1x", "\u{0}"] {
            assert!(first(text.as_bytes()).unwrap().is_err(), "{text:?}");
        }
    }
}
