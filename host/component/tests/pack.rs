//! Modules and components that become mixins, and those that do not.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use porter_component::{About, PackError, pack};
use wasmparser::{Parser, Payload};

/// A module with the exports of a mixin, none of which does anything.
fn module(extra: &str) -> Vec<u8> {
    let parameters = "(param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable";
    let text = format!(
        r#"(module
  (import "porter:mixin/host@1.0.0" "log" (func (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "porter:mixin/guest@1.0.0#describe") (result i32) unreachable)
  (func (export "porter:mixin/guest@1.0.0#lint") {parameters})
  (func (export "porter:mixin/guest@1.0.0#build") {parameters})
  {extra})"#
    );
    wat::parse_str(text).unwrap()
}

const PLAN: &str = r#"(func (export "porter:mixin/guest@1.0.0#plan")
    (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)"#;

fn about(version: &str) -> About {
    About {
        name: "x".to_owned(),
        version: version.to_owned(),
        description: "d".to_owned(),
        authors: "A, B".to_owned(),
        licenses: "Apache-2.0".to_owned(),
        source: "https://example.org/r".to_owned(),
        homepage: "https://example.org".to_owned(),
        revision: String::new(),
    }
}

/// Names and contents of the sections at the end.
fn said(component: &[u8]) -> Vec<(String, String)> {
    let mut depth = 0;
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::CustomSection(section) if depth == 1 && section.name() != "producers" => {
                let text = String::from_utf8_lossy(section.data()).into_owned();
                found.push((section.name().to_owned(), text));
            }
            _ => {}
        }
    }
    found
}

fn expected(version: &str) -> Vec<(String, String)> {
    [
        ("component-name", "\0\u{2}\u{1}x"),
        ("authors", "A, B"),
        ("description", "d"),
        ("licenses", "Apache-2.0"),
        ("source", "https://example.org/r"),
        ("homepage", "https://example.org"),
        ("version", version),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .to_vec()
}

#[test]
fn a_module_becomes_a_component_that_says_what_it_is() {
    let component = pack(&module(PLAN), &about("1.2.3")).unwrap();
    assert_eq!(said(&component), expected("1.2.3"));
    wasmparser::Validator::new()
        .validate_all(&component)
        .unwrap();
}

#[test]
fn a_component_is_told_anew_what_it_is() {
    let first = pack(&module(PLAN), &about("1.0.0")).unwrap();
    let second = pack(&first, &about("2.0.0")).unwrap();
    assert_eq!(said(&second), expected("2.0.0"));
    let bare = pack(&second, &About::default()).unwrap();
    assert_eq!(said(&bare), []);
    assert!(pack(&bare, &about("1.0.0")).unwrap() == first);
}

#[test]
fn what_is_no_mixin_is_told_apart() {
    let missing = pack(&module(""), &about("1")).unwrap_err();
    assert!(missing.to_string().contains("plan"), "{missing}");
    let foreign = PLAN.replace("1.0.0", "9.9.9");
    assert!(pack(&module(&foreign), &about("1")).is_err());
    assert!(matches!(pack(b"", &about("1")), Err(PackError::NotWasm)));
    assert!(matches!(
        pack(b"\x7fELF", &about("1")),
        Err(PackError::NotWasm)
    ));
    let whole = pack(&module(PLAN), &about("1")).unwrap();
    for length in [8, 20, whole.len() - 1] {
        // Whatever it is, it is no panic.
        let _ = pack(&whole[..length], &about("1"));
    }
    assert!(matches!(
        pack(&whole[..whole.len() - 1], &about("1")),
        Err(PackError::Malformed(_))
    ));
}
