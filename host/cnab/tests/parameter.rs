//! Values of parameters from text, and their JSON schemas.

use porter_cnab::parameter::{from_text, to_text};
use serde_json::json;

#[test]
fn texts_become_values_with_their_digits() {
    let table = [
        ("string", "007", "\"007\""),
        ("integer", "7", "7"),
        (
            "integer",
            "-12345678901234567890123",
            "-12345678901234567890123",
        ),
        ("integer", "+010", "10"),
        ("integer", "-0", "0"),
        ("number", "1.10", "1.10"),
        ("number", "1e6", "1e6"),
        ("number", "-1.50E06", "-1.50E06"),
        ("array", "[1E2, \"1e6\"]", "[1E2,\"1e6\"]"),
        ("number", ".5", "0.5"),
        ("boolean", "TRUE", "true"),
        ("boolean", "False", "false"),
        ("object", r#"{"b": 1.0, "a": []}"#, r#"{"a":[],"b":1.0}"#),
        ("array", "[1, 2]", "[1,2]"),
        ("null", "", "null"),
    ];
    for (kind, text, expected) in table {
        let value = from_text("p", &json!({ "type": kind }), text).unwrap();
        assert_eq!(
            porter_cnab::canonical::to_string(&value),
            expected,
            "{kind} {text}"
        );
    }
    assert_eq!(from_text("p", &json!({}), "[1]").unwrap(), json!([1]));
    assert_eq!(from_text("p", &json!({}), "a b").unwrap(), json!("a b"));
}

#[test]
fn texts_of_another_type_are_refused() {
    let table = [
        ("integer", "1.5"),
        ("integer", ""),
        ("integer", "0x1F"),
        ("number", "inf"),
        ("number", "NaN"),
        ("number", " 1"),
        ("boolean", "yes"),
        ("object", "[]"),
        ("object", "{"),
        ("array", "{\"$serde_json::private::Number\": \"1\"}"),
        ("ship", "x"),
    ];
    for (kind, text) in table {
        let error = from_text("p", &json!({ "type": kind }), text)
            .unwrap_err()
            .to_string();
        let start = "unable to convert parameter's p value ";
        assert!(error.starts_with(start), "{kind} {text}: {error}");
        assert!(
            error.contains(&format!("to the destination parameter type {kind}: ")),
            "{error}"
        );
    }
    let both = json!({"type": ["string", "integer"]});
    assert!(from_text("p", &both, "1").is_err());
}

#[test]
fn a_sensitive_text_is_not_shown() {
    let definition = json!({"type": "integer", "writeOnly": true});
    let error = from_text("p", &definition, "hunter2").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let definition = json!({"type": "object", "writeOnly": true});
    let error = from_text("p", &definition, "hunter2").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn values_become_texts() {
    for (value, text) in [
        (json!("a\"b"), "a\"b"),
        (json!(true), "true"),
        (json!({"b": [1], "a": null}), r#"{"a":null,"b":[1]}"#),
    ] {
        assert_eq!(to_text(&value), text);
    }
}

#[cfg(feature = "schema")]
mod schema {
    use porter_cnab::schema::{Schema, SchemaError};
    use serde_json::{Value, json};

    fn messages(schema: Value, value: Value) -> Vec<String> {
        let schema = match Schema::compile(&schema) {
            Ok(schema) => schema,
            Err(error) => return vec![error.to_string()],
        };
        schema
            .violations(&value)
            .into_iter()
            .map(|v| format!("{}: {}", v.pointer, v.message))
            .collect()
    }

    #[test]
    fn violations_have_porters_words() {
        assert_eq!(
            messages(json!({"type": "integer"}), json!("x")),
            [": type should be integer, got string"]
        );
        assert_eq!(
            messages(json!({"enum": ["a", "b"]}), json!("c")),
            [": should be one of [\"a\", \"b\"]"]
        );
        assert_eq!(
            messages(json!({"const": "a"}), json!("b")),
            [": must equal \"a\""]
        );
        assert_eq!(
            messages(
                json!({"properties": {"n": {"maximum": 3}}}),
                json!({"n": 4})
            )
            .len(),
            1
        );
        assert!(messages(json!({"type": "integer"}), json!(3)).is_empty());
        let secret = messages(json!({"maxLength": 3}), json!("hunter2"));
        assert_eq!(secret.len(), 1);
        assert!(!secret[0].contains("hunter2"), "{secret:?}");
    }

    #[test]
    fn large_numbers_are_exact() {
        let schema: Value = serde_json::from_str(r#"{"maximum": 90071992547409930}"#).unwrap();
        let above: Value = serde_json::from_str("90071992547409931").unwrap();
        assert_eq!(messages(schema, above).len(), 1);
    }

    #[test]
    fn schemas_that_could_do_harm_are_refused() {
        let invalid = |schema: Value| Schema::compile(&schema).unwrap_err();
        assert!(matches!(
            invalid(json!({"type": "file"})),
            SchemaError::Invalid { .. }
        ));
        assert!(matches!(
            invalid(json!({"pattern": "(a"})),
            SchemaError::Invalid { .. }
        ));
        assert!(matches!(
            invalid(json!({"pattern": "(?=a)b"})),
            SchemaError::Invalid { .. }
        ));
        for target in [
            "http://example.org/x",
            "file:///etc/passwd",
            "other.json",
            "#",
        ] {
            assert!(matches!(
                invalid(json!({"$ref": target})),
                SchemaError::Reference(_)
            ));
        }
        let endless = json!({"$ref": "#/definitions/a", "definitions": {"a": {"allOf": [{"$ref": "#/definitions/a"}]}}});
        assert_eq!(invalid(endless), SchemaError::Recursive);
        let mut bomb =
            json!({"$ref": "#/definitions/d0", "definitions": {"d40": {"type": "string"}}});
        for level in 0..40 {
            let next = json!({"$ref": format!("#/definitions/d{}", level + 1)});
            bomb["definitions"][format!("d{level}")] = json!({"allOf": [next, next]});
        }
        assert_eq!(invalid(bomb), SchemaError::Recursive);
        let good = json!({"$ref": "#/definitions/a", "definitions": {"a": {"type": "integer"}}});
        assert_eq!(
            messages(good, json!("x")),
            [": type should be integer, got string"]
        );
    }

    #[test]
    fn patterns_take_linear_time() {
        let text = "a".repeat(200_000);
        let started = std::time::Instant::now();
        assert_eq!(
            messages(json!({"pattern": "^(a+)+$"}), json!(text.clone() + "b")).len(),
            1
        );
        assert!(started.elapsed().as_secs() < 5);
    }
}
