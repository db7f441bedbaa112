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
