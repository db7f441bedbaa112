//! The JSON reader and writer, held against `serde_json`.

use porter_mixin_sdk::{Json, schema};

const GOOD: [&str; 14] = [
    "null",
    " true ",
    "false",
    "0",
    "-0",
    "1.10",
    "-12345678901234567890123.5e-7",
    "1E+5",
    "\"\"",
    r#""a\"\\\/\b\f\n\r\té\u00e9\ud83d\ude00""#,
    "[]",
    "{}",
    r#"[1,[2,{"a":[]}],"x"]"#,
    r#" { "a" : 1 , "b" : { "c" : null } } "#,
];

const BAD: [&str; 24] = [
    "",
    " ",
    "nul",
    "True",
    "01",
    "-",
    "1.",
    ".5",
    "1e",
    "+1",
    "\"",
    "\"\n\"",
    r#""\x""#,
    r#""\ud83d""#,
    r#""\ud83d\u0041""#,
    r#""\udc00""#,
    "[1,]",
    "[1 2]",
    "[",
    "{\"a\"}",
    "{\"a\":1,}",
    "{1:2}",
    "1 2",
    "NaN",
];

#[test]
fn agrees_with_serde_json() {
    for text in GOOD {
        let ours = Json::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let theirs: serde_json::Value = serde_json::from_str(text).unwrap();
        let written: serde_json::Value = serde_json::from_str(&ours.to_text()).unwrap();
        assert_eq!(written, theirs, "{text}");
    }
    for text in BAD {
        assert!(Json::parse(text).is_err(), "{text:?}");
        assert!(
            serde_json::from_str::<serde_json::Value>(text).is_err(),
            "{text:?}"
        );
    }
}

/// Every good document with one byte changed, dropped or cut: both readers must say the same.
#[test]
fn agrees_with_serde_json_on_damaged_documents() {
    let mut checked = 0;
    for text in GOOD {
        for position in 0..text.len() {
            for replacement in [
                None,
                Some(b'"'),
                Some(b'\\'),
                Some(b'0'),
                Some(b','),
                Some(b'{'),
                Some(b'e'),
            ] {
                let mut bytes = text.as_bytes().to_vec();
                match replacement {
                    Some(byte) => bytes[position] = byte,
                    None => drop(bytes.remove(position)),
                }
                for candidate in [&bytes[..], &bytes[..position]] {
                    let Ok(candidate) = std::str::from_utf8(candidate) else {
                        continue;
                    };
                    let theirs = serde_json::from_str::<serde_json::Value>(candidate);
                    assert_eq!(
                        Json::parse(candidate).is_ok(),
                        theirs.is_ok(),
                        "{candidate:?}"
                    );
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 1_000, "only {checked} documents were tried");
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Json::parse(&nested(64)).is_ok());
    assert!(Json::parse(&nested(65)).is_err());
    assert!(Json::parse(&"[".repeat(1_000_000)).is_err());
}

#[test]
fn placeholders_are_marked_for_json() {
    let json = Json::parse("{\"a\": \"x\u{fdd0}12\u{fdd1}y\"}").unwrap();
    assert_eq!(json.to_text(), "{\"a\":\"x\u{fdd0}12j\u{fdd1}y\"}");
    assert_eq!(
        Json::parse(&json.to_text()).unwrap().to_text(),
        json.to_text()
    );
    assert_eq!(
        json.get("a").unwrap().to_plain_text(),
        "x\u{fdd0}12\u{fdd1}y"
    );
}

#[test]
fn schemas_are_compacted() {
    assert_eq!(
        schema!("compact.json"),
        r#"{"a b":[1,"x \" y\\",{"\\\"":" "}]}"#
    );
}
