//! Whether a result is the recorded one.

use porter_manifest::source::Source;
use porter_manifest::yaml;
use serde_json::Value;

/// The version in the recordings.
const RECORDED: &str = "v1.6.1";

/// The form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Byte for byte.
    Text,
    /// The value.
    Json,
    /// The value.
    Yaml,
}

impl Form {
    /// What the arguments ask for.
    pub fn of(arguments: &[&str]) -> Self {
        if arguments.contains(&"json") {
            Self::Json
        } else if arguments.contains(&"yaml") {
            Self::Yaml
        } else {
            Self::Text
        }
    }
}

/// A recorded text as this version of porter would write it.
pub fn of_this_version(recorded: &str) -> String {
    recorded.replace(RECORDED, &format!("v{}", env!("CARGO_PKG_VERSION")))
}

/// What differs, if anything does.
pub fn difference(form: Form, recorded: &str, ours: &str) -> Option<String> {
    let recorded = of_this_version(recorded);
    let (expected, found) = match form {
        Form::Text => (Ok(Value::from(recorded.clone())), Ok(Value::from(ours))),
        Form::Json => (json(&recorded), json(ours)),
        Form::Yaml => (from_yaml(&recorded), from_yaml(ours)),
    };
    match (expected, found) {
        (Ok(expected), Ok(found)) if same(&expected, &found) => None,
        (Err(error), _) => Some(format!("the recording cannot be read: {error}")),
        (_, Err(error)) => Some(format!("our result cannot be read: {error}")),
        _ => Some(first_line(&recorded, ours)),
    }
}

fn json(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn from_yaml(text: &str) -> Result<Value, String> {
    let source =
        Source::new("result", text.as_bytes()).map_err(|problem| problem.message.clone())?;
    let node = yaml::load(&source).map_err(|problem| problem.message.clone())?;
    Ok(node.to_json())
}

/// Equal values; numbers may be spelled differently (`1e+06` is `1000000`).
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, one)| other.get(key).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

/// The first line that differs, of both.
pub fn first_line(expected: &str, found: &str) -> String {
    let mut expected = expected.lines();
    let mut found = found.lines();
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return "only white space differs".to_owned(),
            (one, other) if one == other => {}
            (one, other) => {
                let show = |line: Option<&str>| {
                    line.map_or_else(|| "the end".to_owned(), |line| format!("{:?}", line.trim()))
                };
                return format!("recorded {}, ours {}", show(one), show(other));
            }
        }
    }
}
