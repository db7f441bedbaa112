//! JSON that crosses to and from a mixin: bounded depth, sorted keys, numbers as they are spelled.

use std::fmt::Write;

use super::{MAX_DEPTH, MAX_STRING, Problem};
use crate::Json;

/// Keys with this beginning mean a number or raw text to the JSON library, not an object.
const PRIVATE: &str = "$serde_json::private::";

/// Parses one JSON document from outside. Numbers keep their digits; an exponent without a sign
/// gets its `+`.
///
/// # Errors
/// [`Problem::NotJson`], [`Problem::TooDeep`], [`Problem::PrivateKey`], and
/// [`Problem::TooLong`] beyond [`MAX_STRING`].
pub fn parse(text: &str) -> Result<Json, Problem> {
    if text.len() > MAX_STRING {
        return Err(Problem::TooLong {
            bytes: text.len(),
            limit: MAX_STRING,
        });
    }
    scan(text)?;
    serde_json::from_str(text).map_err(|error| Problem::NotJson {
        reason: error.to_string(),
    })
}

/// Compact text of `value`: keys sorted by bytes, numbers as they are spelled.
///
/// # Errors
/// [`Problem::TooDeep`] and [`Problem::PrivateKey`].
pub fn write(value: &Json) -> Result<String, Problem> {
    let mut out = String::new();
    write_value(&mut out, value, 0)?;
    Ok(out)
}

/// Walks the tokens of `text` before the parser builds anything of it. Where `text` is no JSON the
/// parser says so afterwards; where it is, tokens are what they seem here.
fn scan(text: &str) -> Result<(), Problem> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Problem::TooDeep { limit: MAX_DEPTH });
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = string_end(bytes, at);
                if is_key(bytes, end) {
                    check_key(&text[at..end])?;
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// Index after the string that begins at `start`, or the end of an unfinished one.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_key(bytes: &[u8], end: usize) -> bool {
    bytes[end..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

fn check_key(literal: &str) -> Result<(), Problem> {
    // A key that is no string literal makes the parser fail later.
    let Ok(key) = serde_json::from_str::<String>(literal) else {
        return Ok(());
    };
    if key.starts_with(PRIVATE) {
        Err(Problem::PrivateKey)
    } else {
        Ok(())
    }
}

fn write_value(out: &mut String, value: &Json, depth: usize) -> Result<(), Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::TooDeep { limit: MAX_DEPTH });
    }
    match value {
        Json::Array(items) => {
            within(depth)?;
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(out, item, depth + 1)?;
            }
            out.push(']');
        }
        Json::Object(members) => {
            within(depth)?;
            write_members(out, members, depth)?;
        }
        // Neither a scalar nor a `String` can fail to be written.
        scalar => {
            let _ = write!(out, "{scalar}");
        }
    }
    Ok(())
}

fn write_members(
    out: &mut String,
    members: &serde_json::Map<String, Json>,
    depth: usize,
) -> Result<(), Problem> {
    // Another crate of the workspace may have turned insertion order on.
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| key.as_str());
    out.push('{');
    for (index, (key, item)) in sorted.into_iter().enumerate() {
        if key.starts_with(PRIVATE) {
            return Err(Problem::PrivateKey);
        }
        if index > 0 {
            out.push(',');
        }
        let _ = write!(out, "{}:", Json::String(key.clone()));
        write_value(out, item, depth + 1)?;
    }
    out.push('}');
    Ok(())
}

fn within(depth: usize) -> Result<(), Problem> {
    if depth >= MAX_DEPTH {
        Err(Problem::TooDeep { limit: MAX_DEPTH })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_order_survive() {
        let text = r#"{"b":1.10,"a":[12345678901234567890123,1e+6,-0.0],"é":"\u0000\"x"}"#;
        let value = parse(text).unwrap();
        assert_eq!(
            write(&value).unwrap(),
            "{\"a\":[12345678901234567890123,1e+6,-0.0],\"b\":1.10,\"é\":\"\\u0000\\\"x\"}"
        );
    }

    #[test]
    fn depth_is_bounded_both_ways() {
        let nested = |depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(
            parse(&nested(MAX_DEPTH + 1)),
            Err(Problem::TooDeep { limit: MAX_DEPTH })
        );
        let mut value = Json::Null;
        for _ in 0..MAX_DEPTH {
            value = Json::Array(vec![value]);
        }
        assert!(write(&value).is_ok());
        assert_eq!(
            write(&Json::Array(vec![value])),
            Err(Problem::TooDeep { limit: MAX_DEPTH })
        );
    }

    #[test]
    fn brackets_in_strings_are_no_nesting() {
        let text = format!("[\"{}\\\"[[[[\"]", "[".repeat(200));
        assert!(parse(&text).is_ok());
    }

    #[test]
    fn private_keys_are_refused_however_they_are_spelled() {
        for text in [
            r#"{"$serde_json::private::Number":"1"}"#,
            r#"{"\u0024serde_json::private::Number" : "1"}"#,
            r#"{"a":[{"$serde_json::private::RawValue":"[1"}]}"#,
        ] {
            assert_eq!(parse(text), Err(Problem::PrivateKey), "{text}");
        }
        let harmless = r#"{"a":"$serde_json::private::Number"}"#;
        assert!(parse(harmless).is_ok());
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "{",
            "\"",
            "\"\\",
            "{\"a\":}",
            "1 2",
            "nul",
            "{\"a\" \"b\"}",
            "\u{0}",
        ] {
            assert!(
                matches!(parse(text), Err(Problem::NotJson { .. })),
                "{text:?}"
            );
        }
    }
}
