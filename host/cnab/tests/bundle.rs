//! bundle.json: reading, writing and the rules of CNAB.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use porter_cnab::bundle::{Bundle, BundleError};
use porter_cnab::canonical;
use serde_json::{Value, json};

fn minimal() -> Value {
    json!({
        "schemaVersion": "1.2.0", "name": "shop", "version": "0.1.0", "description": "",
        "invocationImages": [{"image": "localhost:5000/shop:v1", "imageType": "docker"}],
    })
}

fn with(path: &str, value: Value) -> Value {
    let mut document = minimal();
    let mut place = &mut document;
    for key in path.split('/') {
        place = &mut place[key];
    }
    *place = value;
    document
}

fn check(document: &Value) -> Result<(), String> {
    let bundle = Bundle::from_json(document.to_string().as_bytes()).expect("can be read");
    bundle.validate().map_err(|error| error.to_string())
}

#[test]
fn the_rules_of_cnab() {
    let parameter = |path: &str| {
        let mut document = with("parameters/p", json!({"definition": "d"}));
        document["parameters"]["p"]["destination"] = json!({ "path": path });
        document["definitions"] = json!({"d": {"type": "string"}});
        document
    };
    let output = |path: &str| {
        let mut document = with("outputs/o", json!({"definition": "d", "path": path}));
        document["definitions"] = json!({"d": {"type": "string"}});
        document
    };
    let table = [
        (minimal(), None),
        (
            with("version", json!("latest")),
            Some("'latest' is not a valid bundle version"),
        ),
        (
            with("invocationImages", json!([])),
            Some("at least one invocation image must be defined in the bundle"),
        ),
        (
            with(
                "invocationImages",
                json!([{"image": "shop", "imageType": "docker"}]),
            ),
            Some("tag is required"),
        ),
        (
            with("requiredExtensions", json!(["x"])),
            Some("required extension 'x' is not defined in the Custom section of the bundle"),
        ),
        (
            with("parameters/p", json!({})),
            Some("parameter definition must be provided"),
        ),
        (
            with("parameters/p", json!({"definition": "d"})),
            Some("unable to find definition for d"),
        ),
        (parameter("/tmp/x"), None),
        (
            parameter(""),
            Some("parameter destination must be provided"),
        ),
        (parameter("tmp/x"), Some("must be an absolute, clean path")),
        (
            parameter("/tmp/../x"),
            Some("must be an absolute, clean path"),
        ),
        (
            parameter("/cnab/app/outputs/x"),
            Some("must not be a subpath of \"/cnab/app/outputs\""),
        ),
        (
            with("credentials/c", json!({"env": "LD_PRELOAD=/x;A"})),
            Some("cannot be the name of a variable"),
        ),
        (output("/cnab/app/outputs/o"), None),
        (
            output("/cnab/app/outputs/../o"),
            Some("must be a clean path under \"/cnab/app/outputs/\""),
        ),
        (
            output("/cnab/app/outputs/"),
            Some("must be a clean path under"),
        ),
        (
            with("credentials/c", json!({"required": true})),
            Some("credential env or path must be supplied"),
        ),
    ];
    for (document, expected) in table {
        let outcome = check(&document);
        match expected {
            None => assert_eq!(outcome, Ok(()), "{document}"),
            Some(text) => {
                let message = outcome.expect_err(&document.to_string());
                assert!(message.starts_with("invalid bundle: "), "{message}");
                assert!(message.contains(text), "{message} lacks {text}");
            }
        }
    }
}

#[test]
fn what_is_read_is_written_again() {
    let mut document = minimal();
    document["custom"] = serde_json::from_str(
        r#"{"n": 1.10, "big": 90071992547409931234, "e": 1e400, "deep": {"b": [1, null], "a": "é<>&\u0001"}}"#,
    )
    .unwrap();
    document["somethingNew"] = json!({"x": [1, 2]});
    document["images"] = Value::Null;
    document["invocationImages"][0]["size"] = json!(12345);
    document["credentials"] = json!({"c": {"env": "C", "path": "/c", "required": true}});
    let bundle = Bundle::from_json(document.to_string().as_bytes()).unwrap();
    assert!(bundle.images.is_empty());
    assert_eq!(bundle.invocation_images[0].size, Some(12345));
    assert_eq!(bundle.credentials["c"].destination.path, "/c");
    let written = bundle.to_canonical_json().unwrap();
    assert!(written.contains(
        r#""custom":{"big":90071992547409931234,"deep":{"a":"é<>&\u0001","b":[1,null]},"e":1e+400,"n":1.10}"#
    ), "{written}");
    assert!(
        written.contains(r#""somethingNew":{"x":[1,2]}"#),
        "{written}"
    );
    assert_eq!(Bundle::from_json(written.as_bytes()).unwrap(), bundle);
}

#[test]
fn keys_are_sorted_by_utf16() {
    let value: Value =
        serde_json::from_str(r#"{"\uffff":1,"\ud83d\ude00":2,"a":3,"B":4}"#).unwrap();
    assert_eq!(
        canonical::to_string(&value),
        "{\"B\":4,\"a\":3,\"😀\":2,\"\u{ffff}\":1}"
    );
}

#[test]
fn hostile_documents_are_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(
        Bundle::from_json(deep.as_bytes()),
        Err(BundleError::Json(_))
    ));
    let large = vec![b' '; 17 * 1024 * 1024];
    assert!(matches!(
        Bundle::from_json(&large),
        Err(BundleError::TooLarge(_))
    ));
    for key in [
        "$serde_json::private::Number",
        "\\u0024serde_json::private::Number",
    ] {
        let text = minimal()
            .to_string()
            .replacen('{', &format!("{{\"x\":{{\"{key}\":\"7\"}},"), 1);
        assert!(matches!(
            Bundle::from_json(text.as_bytes()),
            Err(BundleError::ReservedKey)
        ));
    }
}

#[test]
fn common_actions_always_exist() {
    let mut document = minimal();
    document["actions"] = json!({"ping": {"stateless": true}});
    let bundle = Bundle::from_json(document.to_string().as_bytes()).unwrap();
    assert!(bundle.action("upgrade").unwrap().modifies);
    assert!(bundle.action("ping").unwrap().stateless);
    assert_eq!(
        bundle.action("pong").unwrap_err().to_string(),
        "invalid action 'pong' specified for bundle shop: action not defined \"pong\""
    );
}
