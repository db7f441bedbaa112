//! YAML that porter-mixin writes is read back as what it was, by the reader of Porter's family (libyaml).

use porter_mixin::Json;
use porter_mixin::yaml::to_yaml;
use proptest::prelude::*;

fn same(value: &Json) {
    let text = to_yaml(value);
    let read: Json = serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(&read, value, "{text}");
}

#[test]
fn texts_that_look_like_something_else_stay_texts() {
    let texts = [
        "",
        " ",
        "yes",
        "No",
        "ON",
        "true",
        "null",
        "~",
        "010",
        "0x1f",
        "1e3",
        "1_000",
        ".5",
        ".inf",
        ".nan",
        "-.inf",
        "2001-01-01",
        "12:30:45",
        "=",
        "<<",
        "- a",
        "? a",
        "a: b",
        "a #b",
        "#a",
        "&a",
        "*a",
        "!a",
        "!!str",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "{a}",
        "[a]",
        "a,b",
        "'a'",
        "\"a\"",
        "a\nb",
        "a\r\nb",
        "\t",
        "a ",
        " a",
        "---",
        "...",
        "\u{85}",
        "\u{2028}x",
        "\u{feff}",
        "\u{0}",
        "\u{7f}",
        "\u{9f}",
        "é",
        "\u{1f600}",
        "./a",
        "/a b",
        "y",
        "n",
        "NaN",
        "null ",
    ];
    for text in texts {
        same(&Json::String(text.to_owned()));
        same(&serde_json::json!({ text: [text, { text: text }] }));
    }
    let long = "k".repeat(3000);
    same(&serde_json::json!({ long.clone(): { long.clone(): [long] } }));
}

fn tree() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
        "[-a-z0-9 .:#?{}\\[\\]'\"|>%@`&*!,~=<\n]{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let key = prop_oneof![any::<String>(), "[-a-z0-9 .:#?{}'\"]{0,8}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::btree_map(key, inner, 0..5)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_is_read_as_it_was(value in tree()) {
        same(&value);
    }
}
