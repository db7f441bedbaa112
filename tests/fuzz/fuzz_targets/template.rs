//! A template and a value: the document around the value keeps its structure, and the value of a
//! whole scalar arrives unchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use porter_runbook::resolve::{Secrets, Value, resolve};
use porter_runbook::template::{Delimiters, Position, parse_at, single_expression};
use porter_runbook::{Json, Node};

fuzz_target!(|input: (&str, &str, bool)| {
    let (text, value, braces) = input;
    let delimiters = if braces {
        Delimiters::braces()
    } else {
        Delimiters::dollar()
    };
    let at = Position { line: 1, column: 1 };
    let Ok(segments) = parse_at(text, &delimiters, at) else {
        return;
    };
    let literal = |text: &str| vec![porter_runbook::Segment::Literal(text.to_owned())];
    let whole = single_expression(&segments).cloned();
    let node = match &whole {
        Some(expression) => Node::Expression(expression.clone()),
        None => Node::Text(segments),
    };
    let step = Node::Map(vec![
        (literal("before"), Node::Value(Json::from(1))),
        (literal("value"), node),
        (literal("after"), Node::List(vec![Node::Value(Json::Null)])),
    ]);
    let mut names = Value::text(value);
    if let Some(expression) = &whole {
        for name in expression.path.iter().rev() {
            names = Value::names([(name.clone(), names)]);
        }
    }
    let Ok(resolved) = resolve(&step, &names, &mut Secrets::hidden()) else {
        return;
    };
    let members = resolved.as_object().map(|members| members.len());
    assert_eq!(members, Some(3));
    assert_eq!(resolved["before"], 1);
    assert_eq!(resolved["after"], serde_json::json!([null]));
    assert!(resolved["value"].is_string());
    if whole.is_some_and(|expression| expression.path != ["."]) {
        assert_eq!(resolved["value"], value);
    }
});
