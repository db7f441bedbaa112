//! Numbers keep their spelling, and nothing else is taken for one.

use porter_cnab::bundle::Bundle;
use porter_cnab::{canonical, spelling};

#[test]
fn documents_come_out_as_they_went_in() {
    let table = [
        r#"{"a":[1e6,1E6,1e+6,1E-6,-0.10e007,1.10,12345678901234567890123],"b":"1e6"}"#,
        r#"[{"c":{"1e6":1e6}},"\"1e6",2E10]"#,
        "1e6",
        "[]",
    ];
    for text in table {
        assert_eq!(canonical::to_string(&spelling::read(text).unwrap()), text);
    }
}

#[test]
fn the_first_of_several_documents() {
    let first = |text: &str| spelling::first(text.as_bytes()).unwrap().unwrap();
    for text in [
        "1e3",
        "1E3",
        "1e+3",
        "1e-003",
        "-1.50E-007",
        "0",
        "-0.0",
        "123456789012345678901",
        r#"[1e3,"2e4",{"5e6 \"7e8":9e1,"b":[2e2]},"\\",3e+3]"#,
    ] {
        assert_eq!(first(text).to_string(), text);
        assert_eq!(first(&format!(" {text} 7e1 x")).to_string(), text);
    }
    assert_eq!(
        first("{\"a\": 1e2, \"a\": 2e3}").to_string(),
        r#"{"a":2e3}"#
    );
    assert!(spelling::first(b"").is_none());
    assert!(spelling::first(b" \n\t").is_none());
    for text in [
        "-",
        "1e",
        "[1",
        "\"a",
        "{\"a\": 1e3,}",
        "01",
        "1x",
        "1e3x",
        "\u{0}",
    ] {
        assert!(
            spelling::first(text.as_bytes()).unwrap().is_err(),
            "{text:?}"
        );
    }
}

#[test]
fn what_is_no_json_stays_none() {
    let table = [
        "01e6", "1e", "1.e6", ".1e6", "+1e6", "-e6", "1e6e6", "[1e6", "{1e6:2}", "1e6 1e6", "\"1e6",
    ];
    for text in table {
        assert!(spelling::read(text).is_err(), "{text}");
    }
}

#[test]
fn a_bundle_keeps_them() {
    let text = r#"{"custom":{"n":1e6},"definitions":{"d":{"default":1.0E3,"type":"number"}},"description":"","invocationImages":[{"image":"localhost/a:b","imageType":"docker"}],"more":[5e1],"name":"a","schemaVersion":"1.2.0","version":"0.1.0"}"#;
    let bundle = Bundle::from_json(text.as_bytes()).unwrap();
    assert_eq!(bundle.to_canonical_json().unwrap(), text);
}

#[test]
fn the_mark_cannot_come_from_outside() {
    let text = r#"{"custom":{"n":{"$serde_json::private::PorterSpelling":"1e6"}}}"#;
    assert!(canonical::has_reserved_key(text.as_bytes()));
    assert!(Bundle::from_json(text.as_bytes()).is_err());
}
