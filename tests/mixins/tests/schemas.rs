//! The schemas of our mixins take whatever those of Porter's take. Where they take more, the file
//! of deviations says so; they never take less.

use porter_test_mixins::{all, recordings};
use serde_json::Value;

/// Keywords that only inform.
const TEXTS: [&str; 3] = ["description", "default", "$schema"];

/// What the first schema refuses and the second takes, as the place of it.
fn narrower(ours: &Value, porters: &Value, at: &str) -> Option<String> {
    match (ours, porters) {
        (Value::Bool(true), _) => None,
        (Value::Object(ours), Value::Object(porters)) => {
            let here = |key: &str| format!("{at}/{key}");
            for (key, inner) in porters {
                // A keyword that is absent restrains nothing; a property that is absent may be
                // refused, a definition may be asked for.
                let is_list = at.ends_with("/properties") || at.ends_with("/definitions");
                match ours.get(key) {
                    None if is_list => return Some(here(key)),
                    None => {}
                    Some(_) if !is_list && TEXTS.contains(&key.as_str()) => {}
                    Some(own) if key == "type" && !is_list => {
                        let types = |value: &Value| match value {
                            Value::Array(items) => items.clone(),
                            one => vec![one.clone()],
                        };
                        let own = types(own);
                        if !types(inner).iter().all(|kind| own.contains(kind)) {
                            return Some(here(key));
                        }
                    }
                    Some(own) => {
                        if let Some(place) = narrower(own, inner, &here(key)) {
                            return Some(place);
                        }
                    }
                }
            }
            let is_schema = !at.ends_with("/properties") && !at.ends_with("/definitions");
            let restrains = |key: &&String| is_schema && !TEXTS.contains(&key.as_str());
            let added = ours.keys().filter(restrains);
            let added = added.filter(|key| !porters.contains_key(*key) && *key != "properties");
            added.map(|key| here(key)).next()
        }
        (one, other) if one == other => None,
        _ => Some(at.to_owned()),
    }
}

#[test]
fn schemas_take_whatever_porters_take() {
    let mut compared = 0;
    for mixin in all::all() {
        let Some(cases) = recordings(mixin.name).unwrap() else {
            return;
        };
        let ours: Value = serde_json::from_str(&(mixin.describe)().schema).unwrap();
        let is_schema = |command: &[String]| command.first().is_some_and(|word| word == "schema");
        let case = cases
            .iter()
            .find(|case| is_schema(&case.command) && case.observed.stdout.starts_with('{'));
        let Some(case) = case else {
            continue;
        };
        let porters: Value = serde_json::from_str(&case.observed.stdout).unwrap();
        assert_eq!(narrower(&ours, &porters, ""), None, "{}", mixin.name);
        compared += 1;
    }
    assert!(compared >= 9, "{compared}");
}

#[test]
fn what_is_narrower_is_seen() {
    let porters = serde_json::json!({
        "type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false,
    });
    let table = [
        ("/type", serde_json::json!("array")),
        ("/properties", serde_json::json!({})),
        ("/properties/a/type", serde_json::json!("number")),
    ];
    assert_eq!(narrower(&porters, &porters, ""), None);
    for (pointer, value) in table {
        let mut ours = porters.clone();
        *ours.pointer_mut(pointer).unwrap() = value;
        assert!(narrower(&ours, &porters, "").is_some(), "{pointer}");
    }
    let mut ours = porters.clone();
    ours["required"] = serde_json::json!(["a"]);
    assert!(narrower(&ours, &porters, "").is_some());
    ours = porters.clone();
    ours["properties"]["a"]["type"] = serde_json::json!(["string", "null"]);
    assert_eq!(narrower(&ours, &porters, ""), None);
}
