//! Reading what authors write, and saying where it does not fit.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use porter_mixin_sdk::decode::{self, Kind, from_json};
use porter_mixin_sdk::{AnyCase, Entries, Json, KeepEmpty, OneOrMany, Scalar};
use serde::Deserialize;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Step {
    text: String,
    maybe: Option<String>,
    flag: bool,
    count: u16,
    signed: i64,
    list: Vec<String>,
    nested: Vec<Inner>,
    envs: BTreeMap<String, String>,
    entries: Entries<Inner>,
    any: Json,
    scalar: Scalar,
    groups: OneOrMany<String>,
    choice: Option<Choice>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
struct Inner {
    name: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Choice {
    Plain,
    With(Inner),
    Parts { name: String },
}

fn read(json: &str) -> Result<Step, decode::DecodeError> {
    decode::from_json(&Json::parse(json).unwrap())
}

#[test]
fn texts_take_scalars_as_they_are_spelled() {
    for (json, expected) in [
        (r#""a""#, "a"),
        ("1.50", "1.50"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("1e6", "1e6"),
        ("true", "true"),
        ("-0", "-0"),
        ("null", ""),
    ] {
        assert_eq!(
            read(&format!(r#"{{"text": {json}}}"#)).unwrap().text,
            expected,
            "{json}"
        );
    }
}

#[test]
fn booleans_take_their_textual_forms() {
    for (json, expected) in [
        ("true", true),
        ("false", false),
        (r#""true""#, true),
        (r#""False""#, false),
        (r#""yes""#, true),
        (r#""NO""#, false),
        (r#""on""#, true),
        (r#""Off""#, false),
        (r#""y""#, true),
        (r#""N""#, false),
        ("null", false),
    ] {
        assert_eq!(
            read(&format!(r#"{{"flag": {json}}}"#)).unwrap().flag,
            expected,
            "{json}"
        );
    }
    for json in ["1", r#""tRUE""#, r#""""#, r#""ja""#, "[]", "{}"] {
        assert!(read(&format!(r#"{{"flag": {json}}}"#)).is_err(), "{json}");
    }
}

#[test]
fn integers_never_pass_through_a_float() {
    for (json, expected) in [
        ("3", 3),
        (r#""30""#, 30),
        ("30.0", 30),
        ("3e1", 30),
        ("300e-1", 30),
        ("-7", -7),
        ("-0", 0),
        ("9007199254740993", 9_007_199_254_740_993),
        ("-9223372036854775808", i64::MIN),
        ("0e99", 0),
    ] {
        assert_eq!(
            read(&format!(r#"{{"signed": {json}}}"#)).unwrap().signed,
            expected,
            "{json}"
        );
    }
    for json in [
        "1.5",
        "9223372036854775808",
        "1e99",
        "1e99999999999",
        r#""""#,
        r#""x""#,
        r#"".5""#,
        "true",
        "[]",
    ] {
        assert!(read(&format!(r#"{{"signed": {json}}}"#)).is_err(), "{json}");
    }
}

#[test]
fn nothing_written_is_nothing_meant() {
    let step = read(
        r#"{"list": [null, "a", null], "nested": null, "maybe": null, "count": null,
        "envs": {"A": null, "B": 1}}"#,
    )
    .unwrap();
    assert_eq!(step.list, ["a"]);
    assert_eq!(step.envs["A"], "");
    assert_eq!(step.envs["B"], "1");
    assert_eq!(
        Step {
            list: vec![],
            envs: BTreeMap::new(),
            ..step
        },
        Step::default()
    );
    assert_eq!(read("null").unwrap(), Step::default());
    assert_eq!(read(r#"{"unknown": [1]}"#).unwrap(), Step::default());
}

#[test]
fn whole_values_keep_their_spelling() {
    let json = r#"{"a":[1.10,{"b":null}],"c":"\u0001\"x"}"#;
    let step = read(&format!(
        r#"{{"any": {json}, "scalar": 1.10, "groups": "one"}}"#
    ))
    .unwrap();
    assert_eq!(step.any.to_text(), json);
    assert_eq!(step.scalar, Scalar::Number("1.10".into()));
    assert_eq!(step.groups.0, ["one"]);
    assert_eq!(
        read(r#"{"groups": ["a", "b"]}"#).unwrap().groups.0,
        ["a", "b"]
    );
}

#[test]
fn enums_are_a_word_or_a_mapping_with_one_key() {
    let choice = |json: &str| read(&format!(r#"{{"choice": {json}}}"#)).map(|step| step.choice);
    assert_eq!(choice(r#""plain""#).unwrap(), Some(Choice::Plain));
    assert_eq!(choice(r#"{"plain": null}"#).unwrap(), Some(Choice::Plain));
    let name = || "n".to_owned();
    assert_eq!(
        choice(r#"{"with": {"name": "n"}}"#).unwrap(),
        Some(Choice::With(Inner { name: name() }))
    );
    assert_eq!(
        choice(r#"{"parts": {"name": "n"}}"#).unwrap(),
        Some(Choice::Parts { name: name() })
    );
    for (json, pointer) in [
        (r#""other""#, "/choice"),
        (r#"{"other": 1}"#, "/choice"),
        ("{}", "/choice"),
        ("[]", "/choice"),
        (r#"{"with": {"name": []}}"#, "/choice/with/name"),
        (r#"{"parts": {}}"#, "/choice/parts"),
        (r#"{"plain": 1}"#, "/choice/plain"),
    ] {
        assert_eq!(
            choice(json).unwrap_err().pointer().as_str(),
            pointer,
            "{json}"
        );
    }
}

#[test]
fn every_error_has_its_place() {
    let cases = [
        (
            "[]",
            "",
            Kind::Unfit,
            "the value must be a mapping, but is a list",
        ),
        (
            r#"{"text": ["a"]}"#,
            "/text",
            Kind::Unfit,
            "`text` must be text, but is a list",
        ),
        (
            r#"{"list": "a"}"#,
            "/list",
            Kind::Unfit,
            "`list` must be a list, but is the text `a`",
        ),
        (
            r#"{"list": ["a", {}]}"#,
            "/list/1",
            Kind::Unfit,
            "`list[1]` must be text, but is a mapping",
        ),
        (
            r#"{"nested": [{"name": "a"}, {}]}"#,
            "/nested/1",
            Kind::Missing,
            "`name` is missing in `nested[1]`",
        ),
        (
            r#"{"entries": {"a/b~": {"name": []}}}"#,
            "/entries/a~1b~0/name",
            Kind::Unfit,
            "`entries.a/b~.name` must be text, but is a list",
        ),
        (
            r#"{"count": 70000}"#,
            "/count",
            Kind::Unfit,
            "`count` is out of range",
        ),
        (
            r#"{"flag": "maybe"}"#,
            "/flag",
            Kind::Unfit,
            "`flag` must be true or false, but is the text `maybe`",
        ),
        (
            "{\"text\": \"a\\u0000b\"}",
            "/text",
            Kind::Unfit,
            "`text` must not hold the character U+0000",
        ),
        (
            "{\"flag\": \"\u{fdd0}1\u{fdd1}\"}",
            "/flag",
            Kind::NeedsValue,
            "`flag` must be known before the step runs",
        ),
        (
            "{\"count\": \"\u{fdd0}1\u{fdd1}\"}",
            "/count",
            Kind::NeedsValue,
            "`count` must be known before the step runs",
        ),
        (
            "{\"list\": \"x\u{fdd0}1\u{fdd1}\"}",
            "/list",
            Kind::Unfit,
            "`list` must be a list, but is the text `x***`",
        ),
    ];
    for (json, pointer, kind, message) in cases {
        let error = read(json).unwrap_err();
        assert_eq!(
            (error.pointer().as_str(), error.kind()),
            (pointer, kind),
            "{json}"
        );
        assert_eq!(error.to_string(), message, "{json}");
    }
}

#[test]
fn names_in_any_case() {
    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Config {
        client_version: String,
        inner: BTreeMap<String, String>,
    }
    let json = Json::parse(r#"{"CLIENTVERSION": 1.10, "Inner": {"A": 1, "a": null}, "other": []}"#)
        .unwrap();
    let AnyCase(config): AnyCase<Config> = from_json(&json).unwrap();
    assert_eq!(config.client_version, "1.10");
    let inner = [
        ("A".to_owned(), "1".to_owned()),
        ("a".to_owned(), String::new()),
    ];
    assert_eq!(config.inner, inner.into());
    let json = Json::parse(r#"{"clientversion": []}"#).unwrap();
    let error = from_json::<AnyCase<Config>>(&json).unwrap_err();
    assert_eq!(error.pointer().as_str(), "/clientversion");
    assert_eq!(
        from_json::<AnyCase<Config>>(&Json::Null),
        Ok(AnyCase::default())
    );
}

#[test]
fn empty_items_that_count() {
    let json = Json::parse(r#"["a", null, 1]"#).unwrap();
    let KeepEmpty(kept): KeepEmpty<String> = from_json(&json).unwrap();
    assert_eq!(kept, ["a", "", "1"]);
    assert_eq!(from_json::<Vec<String>>(&json).unwrap(), ["a", "1"]);
    assert_eq!(
        from_json::<KeepEmpty<String>>(&Json::Null),
        Ok(KeepEmpty::default())
    );
}
