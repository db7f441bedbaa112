//! JSON paths (RFC 9535) over what a command printed, bounded.

use porter_runbook::{Json, json::compact};
use serde_json_path::{JsonPath, NormalizedPath, PathElement};

/// Longest path, in bytes.
const MAX_PATH: usize = 4 << 10;
/// Deepest document.
const MAX_DEPTH: usize = 64;
/// Most values that a path may have to look at.
const MAX_VISITS: u128 = 50_000_000;

/// Why a path gives no value.
#[derive(Debug, thiserror::Error)]
pub enum JsonPathError {
    /// The path is malformed or too long.
    #[error("invalid jsonpath `{path}`: {reason}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What the command printed is no JSON document, or one that is not taken.
    #[error("error unmarshaling stdout as json: {reason}")]
    Document {
        /// What is wrong with it.
        reason: String,
    },
    /// A path to one value leads nowhere.
    #[error("the jsonpath `{path}` selects nothing in the standard output")]
    Nothing {
        /// The path.
        path: String,
    },
    /// Too much work.
    #[error(
        "the jsonpath `{path}` has to look at too many values of this document; make it more specific"
    )]
    Budget {
        /// The path.
        path: String,
    },
}

/// Takes `path` from the first JSON document in `stdout`: a string unquoted, a number as it is
/// spelled, anything else as compact JSON with sorted keys. A path that can select one node at
/// most takes that node, any other an array. `absent` is taken when stdout is empty or `null`.
///
/// # Errors
/// When the path or the document is malformed or too large, or nothing is where one node should
/// be.
pub fn json_path(
    stdout: &[u8],
    path: &str,
    fold_case: bool,
    absent: Option<&str>,
) -> Result<String, JsonPathError> {
    let invalid = |reason: String| JsonPathError::Path {
        path: path.to_owned(),
        reason,
    };
    if path.len() > MAX_PATH {
        return Err(invalid("it is longer than 4 KiB".to_owned()));
    }
    let query = JsonPath::parse(path).map_err(|error| invalid(error.to_string()))?;
    if let (true, Some(absent)) = (stdout.is_empty(), absent) {
        return Ok(absent.to_owned());
    }
    let document = document(stdout)?;
    if let (true, Some(absent)) = (document.is_null(), absent) {
        return Ok(absent.to_owned());
    }
    check_budget(path, &document)?;
    let mut nodes = if fold_case {
        select_folded(&query, path, &document)
    } else {
        query.query(&document).all()
    };
    if !is_singular(path) {
        return Ok(compact(&Json::Array(nodes.into_iter().cloned().collect())));
    }
    match nodes.pop() {
        Some(Json::String(text)) => Ok(text.clone()),
        Some(node) => Ok(compact(node)),
        None => Err(JsonPathError::Nothing {
            path: path.to_owned(),
        }),
    }
}

fn document(stdout: &[u8]) -> Result<Json, JsonPathError> {
    let fault = |reason: &str| JsonPathError::Document {
        reason: reason.to_owned(),
    };
    // serde_json carries numbers through maps with such a key; a document must not speak it.
    if contains(stdout, b"$serde_json::private::") {
        return Err(fault("it has a key that is not taken from outside"));
    }
    let document = match porter_cnab::spelling::first(stdout) {
        Some(Ok(document)) => document,
        Some(Err(error)) => return Err(fault(&error.to_string())),
        None => return Err(fault("it is empty")),
    };
    if depth(&document) > MAX_DEPTH {
        return Err(fault("it is nested deeper than 64 levels"));
    }
    Ok(document)
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len()).any(|window| window == needle)
}

fn depth(json: &Json) -> usize {
    match json {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn size(json: &Json) -> u128 {
    match json {
        Json::Array(items) => 1 + items.iter().map(size).sum::<u128>(),
        Json::Object(members) => 1 + members.values().map(size).sum::<u128>(),
        _ => 1,
    }
}

/// Estimates from above what the query looks at: every `..` after the first may meet a value once
/// for each of its ancestors, a `$` inside of a filter starts from the top for each value.
fn check_budget(path: &str, document: &Json) -> Result<(), JsonPathError> {
    let size = size(document);
    let depth = depth(document) as u128 + 1;
    let descents = path.matches("..").count().saturating_sub(1);
    let roots = path.matches('$').count().saturating_sub(1);
    let mut visits = size;
    for _ in 0..descents.min(64) {
        visits = visits.saturating_mul(depth);
    }
    for _ in 0..roots.min(64) {
        visits = visits.saturating_mul(size);
    }
    if visits > MAX_VISITS {
        return Err(JsonPathError::Budget {
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// Whether a path can select one node at most: only names and indices follow the root.
fn is_singular(path: &str) -> bool {
    let mut rest = path
        .trim()
        .strip_prefix('$')
        .unwrap_or_default()
        .trim_start();
    while !rest.is_empty() {
        let after = if let Some(name) = rest.strip_prefix('.') {
            let end = name
                .find(['.', '[', ' ', '\t', '\n', '\r'])
                .unwrap_or(name.len());
            if name.is_empty() || end == 0 || name.starts_with('*') {
                return false;
            }
            Some(&name[end..])
        } else {
            rest.strip_prefix('[').and_then(after_selector)
        };
        let Some(after) = after else { return false };
        rest = after.trim_start();
    }
    true
}

/// What follows a bracket with one name or one index, which was opened.
fn after_selector(inner: &str) -> Option<&str> {
    let inner = inner.trim_start();
    let rest = match inner.chars().next()? {
        quote @ ('"' | '\'') => {
            let mut escaped = false;
            let end = inner[1..].find(|c: char| {
                let ends = c == quote && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            })?;
            &inner[1 + end + 1..]
        }
        _ => {
            let digits = inner.strip_prefix('-').unwrap_or(inner);
            let end = digits.find(|c: char| !c.is_ascii_digit())?;
            if end == 0 {
                return None;
            }
            &digits[end..]
        }
    };
    rest.trim_start().strip_prefix(']')
}

/// Selects without regard to ASCII case: a copy of the document gets the spelling of the path,
/// and what is selected there is looked up in the document itself.
fn select_folded<'d>(query: &JsonPath, path: &str, document: &'d Json) -> Vec<&'d Json> {
    let names = names_in(path);
    let respelled = respell(document, &names);
    let located = query.query_located(&respelled);
    located
        .iter()
        .filter_map(|node| follow(node.location(), document))
        .collect()
}

/// All that may be a member name in a path.
fn names_in(path: &str) -> Vec<String> {
    path.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
        .chain(path.split(['"', '\'']))
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn respell(json: &Json, names: &[String]) -> Json {
    match json {
        Json::Array(items) => Json::Array(items.iter().map(|item| respell(item, names)).collect()),
        Json::Object(members) => {
            let mut map = serde_json::Map::new();
            for (key, value) in members {
                let name = names.iter().find(|name| name.eq_ignore_ascii_case(key));
                let name = name
                    .filter(|name| !members.contains_key(*name))
                    .unwrap_or(key);
                map.insert(name.clone(), respell(value, names));
            }
            Json::Object(map)
        }
        scalar => scalar.clone(),
    }
}

fn follow<'d>(location: &NormalizedPath<'_>, document: &'d Json) -> Option<&'d Json> {
    location
        .iter()
        .try_fold(document, |json, element| match element {
            PathElement::Name(name) => {
                let members = json.as_object()?;
                members.get(*name).or_else(|| {
                    // The respelled copy keeps the last of several spellings.
                    members
                        .iter()
                        .rev()
                        .find(|(key, _)| key.eq_ignore_ascii_case(name))
                        .map(|(_, v)| v)
                })
            }
            PathElement::Index(index) => json.as_array()?.get(*index),
        })
}
