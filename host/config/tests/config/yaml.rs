//! Writing YAML: Porter's form, and always readable as the same value.

use porter_config::to_yaml;
use serde_json::{Value, json};

#[test]
fn has_porters_form() {
    let table = [
        (
            json!([{"a": {"b": [1, {"c": "d", "e": []}]}}, [[1, 2], {}]]),
            concat!(
                "- a:\n    b:\n      - 1\n      - c: d\n        e: []\n",
                "- - - 1\n    - 2\n  - {}\n",
            ),
        ),
        (
            json!({"lines": "a\nb\n", "cut": "a\n\n  b", "more": "a\n\n", "odd": " a\nb"}),
            "cut: |-\n  a\n\n    b\nlines: |\n  a\n  b\nmore: |+\n  a\n\nodd: \" a\\nb\"\n",
        ),
        (json!([]), "[]\n"),
        (json!({}), "{}\n"),
        (json!(null), "null\n"),
        (json!({"a": null, "b": true}), "a: null\nb: true\n"),
    ];
    for (value, expected) in table {
        assert_eq!(to_yaml(&value).unwrap(), expected);
    }
}

#[test]
fn quotes_what_would_be_something_else() {
    let table = [
        ("", "\"\""),
        ("true", "\"true\""),
        ("No", "\"No\""),
        ("null", "\"null\""),
        ("5", "\"5\""),
        ("1e3", "\"1e3\""),
        ("0x1f", "\"0x1f\""),
        ("1.10", "\"1.10\""),
        ("12:30", "\"12:30\""),
        (".5", "\".5\""),
        ("plain text", "plain text"),
        ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z"),
        ("2024-05-01", "\"2024-05-01\""),
        ("a: b", "'a: b'"),
        ("it's: x", "'it''s: x'"),
        ("a #b", "'a #b'"),
        ("#a", "'#a'"),
        ("{\"a\":1}", "'{\"a\":1}'"),
        ("- a", "'- a'"),
        ("-a", "-a"),
        ("a:", "'a:'"),
        (" a", "' a'"),
        ("a\tb", "\"a\\tb\""),
        ("\u{1b}[31m", "\"\\u001B[31m\""),
        ("ü", "ü"),
        ("$HOME", "$HOME"),
        ("1.2.3", "1.2.3"),
        ("v1", "v1"),
        ("%a", "'%a'"),
        ("@a", "'@a'"),
    ];
    for (text, expected) in table {
        assert_eq!(to_yaml(text).unwrap(), format!("{expected}\n"));
    }
}

#[test]
fn numbers_keep_their_spelling() {
    let text = r#"{"a":1.10,"b":12345678901234567890123,"c":-0.0,"d":1E5}"#;
    let value: Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        to_yaml(&value).unwrap(),
        "a: 1.10\nb: 12345678901234567890123\nc: -0.0\nd: 1e+5\n"
    );
}

/// Whatever we write, a YAML parser reads the same.
#[test]
fn is_read_back_as_the_same() {
    let pieces = [
        "", " ", "a", "\n", "\n\n", ": ", " #", "'", "\"", "\\", "- ", "|", ">", "~", "0", "9.5",
        "é", "\t", "\u{7}", "{", "}", "[", ",", "&", "*", "!", "%", "---", "...", "? ", "yes", "=",
    ];
    let mut texts = Vec::new();
    for first in pieces {
        for second in pieces {
            for third in ["", "a", "\n", " "] {
                texts.push(format!("{first}{second}{third}"));
            }
        }
    }
    for text in &texts {
        for value in [
            json!(text),
            json!([text]),
            json!({"k": text, "l": [text, {"m": text}]}),
            json!({"x": {text.as_str(): 1}}),
        ] {
            let yaml = to_yaml(&value).unwrap();
            let read: Value = serde_yaml::from_str(&yaml)
                .unwrap_or_else(|error| panic!("{error} in {yaml:?} of {value}"));
            assert_eq!(read.to_string(), value.to_string(), "{yaml}");
        }
    }
}
