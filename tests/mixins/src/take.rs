//! Taking an output from what a command printed, as the interface says.

use porter_mixin_sdk::{Json, Source};
use regex::Regex;
use serde_json::{Number, Value};
use serde_json_path::JsonPath;

/// The value of an output.
///
/// # Errors
/// When there is none.
pub fn take<'a>(
    source: &Source,
    stdout: &str,
    file: impl FnOnce(&str) -> Option<&'a String>,
) -> Result<String, String> {
    match source {
        Source::Stdout => Ok(stdout.to_owned()),
        Source::File(path) => file(path)
            .cloned()
            .ok_or_else(|| format!("no file `{path}`")),
        Source::Regex(regex) => groups(regex, stdout),
        Source::JsonPath {
            path,
            fold_case,
            absent,
        } => json_path(path, *fold_case, absent.as_deref(), stdout),
    }
}

fn groups(regex: &str, stdout: &str) -> Result<String, String> {
    let regex = Regex::new(regex).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    for captures in regex.captures_iter(stdout) {
        let groups = captures.iter().skip(1);
        found.extend(groups.map(|group| {
            group
                .map(|group| group.as_str())
                .unwrap_or_default()
                .to_owned()
        }));
    }
    Ok(found.join("\n"))
}

fn json_path(
    path: &str,
    fold_case: bool,
    absent: Option<&str>,
    stdout: &str,
) -> Result<String, String> {
    if let (Some(absent), true) = (absent, stdout.is_empty()) {
        return Ok(absent.to_owned());
    }
    let document = first_document(stdout)?;
    if let (Some(absent), Value::Null) = (absent, &document) {
        return Ok(absent.to_owned());
    }
    let (path, document) = if fold_case {
        (&*path.to_ascii_lowercase(), folded(document))
    } else {
        (path, document)
    };
    let parsed = JsonPath::parse(path).map_err(|error| error.to_string())?;
    let nodes = parsed.query(&document).all();
    if !is_singular(path) {
        return Ok(Value::Array(nodes.into_iter().cloned().collect()).to_string());
    }
    match nodes.first() {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(value) => Ok(value.to_string()),
        None => Err(format!("`{path}` selects nothing")),
    }
}

/// `value` with names in lower case, as far as a path of a mixin goes: it ends in `.value`, and
/// what is below that stays as it is.
fn folded(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, member)| match name.to_ascii_lowercase() {
                name if name == "value" => (name, member),
                name => (name, folded(member)),
            })
            .collect(),
        other => other,
    }
}

/// The first JSON document in a text, its numbers as they are spelled.
fn first_document(text: &str) -> Result<Value, String> {
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    documents
        .next()
        .ok_or("no JSON on stdout")?
        .map_err(|error| error.to_string())?;
    let document = text.get(..documents.byte_offset()).unwrap_or_default();
    Json::parse(document)
        .map(respelled)
        .map_err(|error| error.to_string())
}

/// `serde_json` itself reads `1e3` as `1e+3`.
fn respelled(value: Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(spelled) => Value::Number(Number::from_string_unchecked(spelled)),
        Json::Text(text) => Value::String(text),
        Json::List(items) => items.into_iter().map(respelled).collect(),
        Json::Map(members) => members
            .into_iter()
            .map(|(name, member)| (name, respelled(member)))
            .collect(),
    }
}

/// Whether a valid path selects one node at most: names and indices only.
fn is_singular(path: &str) -> bool {
    let mut rest = path.trim_start_matches('$');
    while !rest.is_empty() {
        let Some(behind) = segment(rest) else {
            return false;
        };
        rest = behind;
    }
    true
}

/// Goes past one `.name`, `["name"]` or `[index]`.
fn segment(path: &str) -> Option<&str> {
    if let Some(name) = path.strip_prefix('.') {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        return (end > 0 && !name.starts_with('*')).then(|| &name[end..]);
    }
    let inner = path.strip_prefix('[')?.trim_start();
    let behind = match inner.chars().next()? {
        quote @ ('"' | '\'') => {
            let end = inner[1..].find(quote)?;
            &inner[end + 2..]
        }
        _ => inner
            .trim_start_matches(|character: char| character.is_ascii_digit() || character == '-'),
    };
    behind.trim_start().strip_prefix(']')
}

#[cfg(test)]
mod tests {
    use super::is_singular;

    #[test]
    fn singular_paths() {
        for path in [
            "$",
            "$.a.b",
            "$[0]",
            "$[-1].a",
            r#"$["a b"]['c']"#,
            "$.a[0]",
        ] {
            assert!(is_singular(path), "{path}");
        }
        for path in [
            "$.*",
            "$[*]",
            "$..a",
            "$[0,1]",
            "$[1:]",
            "$[?@.a]",
            r#"$["a","b"]"#,
            "$.a[*].b",
        ] {
            assert!(!is_singular(path), "{path}");
        }
    }
}
