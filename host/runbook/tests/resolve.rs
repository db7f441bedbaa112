//! Resolving: a table of templates and what they become, and the promise that values never change
//! the structure around them.

use porter_mixin::placeholder;
use porter_runbook::resolve::{ResolveError, Secrets, TemplateFault, Typed, Value, resolve};
use porter_runbook::tree::Expression;
use porter_runbook::{Json, Node, Segment};
use proptest::prelude::*;
use serde_json::json;

fn expression(path: &str) -> Expression {
    let path = if path == "." {
        vec![".".into()]
    } else {
        path.split('.').map(Into::into).collect()
    };
    Expression {
        path,
        line: 7,
        column: 3,
    }
}

fn whole(path: &str) -> Node {
    Node::Expression(expression(path))
}

fn variable(path: &str) -> Segment {
    Segment::Variable(expression(path))
}

fn literal(text: &str) -> Segment {
    Segment::Literal(text.into())
}

fn section(path: &str, content: Vec<Segment>) -> Segment {
    Segment::Section {
        of: expression(path),
        inverted: false,
        content,
    }
}

fn inverted(path: &str, content: Vec<Segment>) -> Segment {
    Segment::Section {
        of: expression(path),
        inverted: true,
        content,
    }
}

fn typed(kind: &str, text: &str) -> Value {
    Value::Typed(Typed::of_kind(kind, text.into()))
}

fn data() -> Value {
    let parameters = Value::names([
        ("port", typed("integer", "08080")),
        ("count", typed("integer", "12345678901234567890")),
        ("ratio", typed("number", "1.10")),
        ("no", typed("boolean", "false")),
        ("name", typed("string", "010")),
        ("empty", typed("string", "")),
        ("blank", typed("string", "  ")),
        (
            "obj",
            typed("object", r#"{"b":{"deep":[1,null]},"a":"x: #'\"\n"}"#),
        ),
        ("list", typed("array", r#"["p",2,{"k":"v"}]"#)),
        ("password", Value::secret("hunter22")),
        ("nothing", Value::secret("")),
        (
            "settings",
            Value::Secret(
                Typed::of_kind("object", r#"{"user":"u","port":5,"off":null}"#.into()).into(),
            ),
        ),
    ]);
    let custom = Value::Json(json!({"null": null, "no": false, "items": [{"n": 1}, {"n": 2}]}));
    Value::names([(
        "bundle",
        Value::names([("parameters", parameters), ("custom", custom)]),
    )])
}

fn run(node: &Node) -> Result<Json, ResolveError> {
    resolve(node, &data(), &mut Secrets::hidden())
}

#[test]
fn whole_scalars_take_the_type() {
    let cases = [
        ("bundle.parameters.count", "12345678901234567890"),
        ("bundle.parameters.ratio", "1.10"),
        ("bundle.parameters.port", "\"08080\""),
        ("bundle.parameters.no", "false"),
        ("bundle.parameters.name", "\"010\""),
        ("bundle.parameters.empty", "\"\""),
        ("bundle.parameters.list", r#"["p",2,{"k":"v"}]"#),
        ("bundle.parameters.obj.b", r#"{"deep":[1,null]}"#),
        ("bundle.custom.null", "null"),
        ("bundle.custom.items", r#"[{"n":1},{"n":2}]"#),
    ];
    for (path, expected) in cases {
        let got = run(&whole(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(porter_runbook::json::compact(&got), expected, "{path}");
    }
}

#[test]
fn texts_interpolate() {
    let cases = [
        ("bundle.parameters.count", "12345678901234567890"),
        ("bundle.parameters.ratio", "1.10"),
        ("bundle.parameters.port", "08080"),
        ("bundle.parameters.no", "false"),
        (
            "bundle.parameters.obj",
            r#"{"a":"x: #'\"\n","b":{"deep":[1,null]}}"#,
        ),
        ("bundle.parameters.obj.b.deep", "[1,null]"),
        ("bundle.parameters.list", r#"["p",2,{"k":"v"}]"#),
        ("bundle.custom.null", ""),
        ("bundle.custom.no", "false"),
        ("bundle.parameters.password", "\u{FDD0}0\u{FDD1}"),
        ("bundle.parameters.nothing", ""),
    ];
    for (path, expected) in cases {
        let node = Node::Text(vec![literal("<"), variable(path), literal(">")]);
        assert_eq!(
            run(&node).unwrap(),
            json!(format!("<{expected}>")),
            "{path}"
        );
    }
}

#[test]
fn sections_follow_mustache() {
    let n = || vec![variable("n"), literal(";")];
    let cases = [
        (section("bundle.custom.items", n()), "1;2;"),
        (
            section(
                "bundle.parameters.list",
                vec![literal("["), variable("."), literal("]")],
            ),
            "[p][2][{\"k\":\"v\"}]",
        ),
        (
            section("bundle.parameters.obj", vec![variable("b.deep")]),
            "[1,null]",
        ),
        (
            section(
                "bundle.parameters.name",
                vec![variable("."), variable("unknown.name")],
            ),
            "010",
        ),
        // Parameters are text: the text `false` is something.
        (section("bundle.parameters.no", vec![literal("yes")]), "yes"),
        (section("bundle.custom.no", vec![literal("yes")]), ""),
        (
            inverted("bundle.custom.no", vec![literal("no"), variable("unknown")]),
            "no",
        ),
        (section("bundle.parameters.blank", vec![literal("yes")]), ""),
        (inverted("bundle.unknown", vec![literal("none")]), "none"),
        (section("bundle.unknown", vec![literal("none")]), ""),
        (
            inverted("bundle.parameters.name", vec![literal("none")]),
            "",
        ),
        (
            section(
                "bundle.custom.items",
                vec![variable("bundle.parameters.name")],
            ),
            "010010",
        ),
    ];
    for (segment, expected) in cases {
        let shown = format!("{segment:?}");
        assert_eq!(
            run(&Node::Text(vec![segment])).unwrap(),
            json!(expected),
            "{shown}"
        );
    }
}

#[test]
fn secrets_are_placeholders() {
    let step = Node::Map(vec![
        (
            vec![literal("a")],
            Node::Text(vec![
                literal("--p="),
                variable("bundle.parameters.password"),
            ]),
        ),
        (vec![literal("b")], whole("bundle.parameters.password")),
        (vec![literal("c")], whole("bundle.parameters.settings")),
        (
            vec![literal("d")],
            Node::Text(vec![variable("bundle.parameters.settings")]),
        ),
    ]);
    let mut secrets = Secrets::hidden();
    let got = resolve(&step, &data(), &mut secrets).unwrap();
    let (user, port) = (
        got["c"]["user"].as_str().unwrap(),
        got["c"]["port"].as_str().unwrap(),
    );
    assert_eq!(got["a"], json!(format!("--p={}", placeholder::text(0))));
    assert_eq!(
        got["b"],
        json!(placeholder::text(0)),
        "one secret, one number"
    );
    assert_eq!(got["c"]["off"], Json::Null);
    let value = |text: &str| match placeholder::pieces(text).unwrap()[..] {
        [
            placeholder::Piece::Value {
                number,
                json: false,
            },
        ] => secrets.get(number).unwrap().expose().clone(),
        ref other => panic!("not one placeholder: {other:?}"),
    };
    assert_eq!((value(user).as_str(), value(port).as_str()), ("u", "5"));
    assert_eq!(
        value(got["d"].as_str().unwrap()),
        r#"{"off":null,"port":5,"user":"u"}"#
    );
    assert!(
        !format!("{secrets:?}{:?}", data()).contains("hunter22"),
        "hidden from Debug"
    );
    let shown = resolve(&step, &data(), &mut Secrets::shown()).unwrap();
    assert_eq!(shown["a"], json!("--p=hunter22"));
    assert_eq!(shown["c"], json!({"user": "u", "port": 5, "off": null}));
}

#[test]
fn errors_name_what_and_where() {
    let error = run(&Node::Text(vec![variable("bundle.parameters.nope")])).unwrap_err();
    assert_eq!((error.line, error.column), (7, 3));
    assert_eq!(
        error.to_string(),
        "unable to render step template at line 7, column 3"
    );
    let message = error.source.to_string();
    assert!(
        message.starts_with(
            "missing variable `bundle.parameters.nope`: `bundle.parameters` has `blank`, "
        ),
        "{message}"
    );
    let cases = [
        ("nope", "missing variable `nope`: known are `bundle`"),
        (
            "bundle.nope.x",
            "missing variable `bundle.nope.x`: `bundle` has `custom`, `parameters`",
        ),
        (
            "bundle.parameters.name.x",
            "missing variable `bundle.parameters.name.x`: `bundle.parameters.name` has nothing below it",
        ),
        (
            "bundle.parameters.settings.x",
            "missing variable `bundle.parameters.settings.x`: `bundle.parameters.settings` has nothing below it",
        ),
        (
            "bundle.parameters",
            "`bundle.parameters` is a group of names, not a value; say which one is meant",
        ),
        (".", "missing variable `.`: known are `bundle`"),
    ];
    for (path, expected) in cases {
        assert_eq!(run(&whole(path)).unwrap_err().source.to_string(), expected);
    }
    let twice = Node::Map(vec![
        (vec![literal("010")], Node::Value(json!(1))),
        (
            vec![variable("bundle.parameters.name")],
            Node::Value(json!(2)),
        ),
    ]);
    assert_eq!(
        run(&twice).unwrap_err().source,
        TemplateFault::DuplicateKey { key: "010".into() }
    );
    let secret = Node::Map(vec![(
        vec![variable("bundle.parameters.password")],
        Node::Value(json!(1)),
    )]);
    assert_eq!(run(&secret).unwrap_err().source, TemplateFault::SecretKey);
}

#[test]
fn characters_of_the_host_are_refused() {
    for text in ["\u{FDD0}", "x\u{FDD1}y", "\u{FDD0}0\u{FDD1}"] {
        for value in [
            Value::text(text),
            Value::secret(text),
            Value::Json(json!({"a": [text]})),
            Value::Json(json!({text: 1})),
        ] {
            let data = Value::names([("v", value)]);
            for node in [whole("v"), Node::Text(vec![variable("v")])] {
                let result = resolve(&node, &data, &mut Secrets::hidden());
                // Compact JSON of a structure is text as well, so every form has to be caught.
                assert_eq!(
                    result.unwrap_err().source,
                    TemplateFault::Reserved,
                    "{node:?} {data:?}"
                );
            }
        }
        for node in [
            Node::Text(vec![literal(text)]),
            Node::Value(json!([{"k": text}])),
        ] {
            assert_eq!(run(&node).unwrap_err().source, TemplateFault::Reserved);
        }
    }
}

#[test]
fn renderings_are_bounded() {
    let data = Value::names([
        ("big", Value::text("x".repeat(1 << 20))),
        ("list", Value::Json(json!(vec![0; 1000]))),
    ]);
    let run = |node: &Node| resolve(node, &data, &mut Secrets::hidden());
    assert!(run(&Node::List(vec![whole("big"); 4])).is_ok());
    assert_eq!(
        run(&Node::List(vec![whole("big"); 5])).unwrap_err().source,
        TemplateFault::TooLarge
    );
    let nested = section(
        "list",
        vec![section("list", vec![section("list", vec![literal("")])])],
    );
    assert_eq!(
        run(&Node::Text(vec![nested])).unwrap_err().source,
        TemplateFault::TooLarge
    );
    assert_eq!(
        run(&Node::List(vec![whole("list"); 101]))
            .unwrap_err()
            .source,
        TemplateFault::TooLarge
    );
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
        "[\\n:#{}\\[\\]\"'$\\\\ -]{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map("\\PC{0,6}", inner, 0..6)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn structure_around_a_value_never_changes(value in any_json(), text in "(?s).{0,40}") {
        prop_assume!(!placeholder::is_present(&text) && !placeholder::is_present(&value.to_string()));
        let data = Value::names([
            ("typed", Value::Json(value.clone())),
            ("text", Value::text(text.clone())),
            ("secret", Value::secret(text.clone())),
        ]);
        let step = Node::Map(vec![
            (vec![literal("command")], Node::Value(json!("./run.sh"))),
            (vec![literal("list")], Node::List(vec![
                whole("typed"), whole("text"), Node::Text(vec![literal("a"), variable("text"), literal("z")]),
            ])),
            (vec![literal("secret")], whole("secret")),
            (vec![literal("after")], Node::Value(json!(true))),
        ]);
        let mut secrets = Secrets::hidden();
        let got = resolve(&step, &data, &mut secrets).unwrap();
        let expected_secret = if text.is_empty() { String::new() } else { placeholder::text(0) };
        prop_assert_eq!(got, json!({
            "command": "./run.sh",
            "list": [value, text.clone(), format!("a{text}z")],
            "secret": expected_secret,
            "after": true,
        }));
        if !text.is_empty() {
            prop_assert_eq!(secrets.get(0).unwrap().expose(), &text);
        }
    }
}

#[test]
fn of_opaque_secrets_nothing_is_known() {
    let opaque = |node: &Node| {
        let mut secrets = Secrets::opaque();
        resolve(node, &data(), &mut secrets).map(|json| (json, secrets))
    };
    let both = Node::List(vec![
        whole("bundle.parameters.password"),
        Node::Text(vec![literal("x"), variable("bundle.parameters.nothing")]),
        whole("bundle.parameters.password"),
    ]);
    let (json, secrets) = opaque(&both).unwrap();
    assert_eq!(
        json,
        json!([
            "\u{FDD0}0\u{FDD1}",
            "x\u{FDD0}1\u{FDD1}",
            "\u{FDD0}0\u{FDD1}"
        ])
    );
    assert_eq!(secrets.name(0), Some("bundle.parameters.password"));
    assert_eq!(secrets.name(1), Some("bundle.parameters.nothing"));
    assert_eq!(secrets.get(1).unwrap().expose(), "");
    // A structure has a shape, and what is below it a value.
    for node in [
        whole("bundle.parameters.settings"),
        whole("bundle.parameters.settings.user"),
        Node::Text(vec![variable("bundle.parameters.settings.port")]),
    ] {
        let fault = opaque(&node).unwrap_err().source;
        assert!(matches!(fault, TemplateFault::NeedsValue { .. }), "{fault}");
    }
    let plain = Node::Text(vec![variable("bundle.parameters.settings")]);
    assert_eq!(opaque(&plain).unwrap().0, json!("\u{FDD0}0\u{FDD1}"));
}
