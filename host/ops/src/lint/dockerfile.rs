//! The rule on the author's Dockerfile: whatever `ARG` and `ENV` set stays readable in the image.

use std::collections::BTreeMap;
use std::path::Path;

use porter_manifest::lint::levels::SECRET_IN_DOCKERFILE;
use porter_manifest::source::Span;
use porter_manifest::{Finding, Manifest, Place};

/// Largest Dockerfile that is looked at.
const MAX_BYTES: u64 = 1 << 20;

/// Words of a name that make it that of a secret.
const SECRET_WORDS: [&str; 6] = [
    "PASSWORD",
    "PASSWD",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "CREDENTIALS",
];
/// Pairs of words that do.
const SECRET_PAIRS: [[&str; 2]; 3] = [["API", "KEY"], ["PRIVATE", "KEY"], ["ACCESS", "KEY"]];

/// What the author's Dockerfile gives away.
pub(super) fn findings(manifest: &Manifest, directory: &Path) -> Vec<Finding> {
    let Some(path) = &manifest.dockerfile else {
        return Vec::new();
    };
    let file = directory.join(&path.value);
    // One that cannot be read is the build's to complain of.
    let is_small = std::fs::metadata(&file).is_ok_and(|found| found.len() <= MAX_BYTES);
    let Some(text) = is_small
        .then(|| std::fs::read_to_string(&file).ok())
        .flatten()
    else {
        return Vec::new();
    };
    let secrets = manifest.secret_variables();
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for set in variables(line) {
            let Some(why) = why(&set, &secrets) else {
                continue;
            };
            let place = Place {
                line: u32::try_from(index + 1).unwrap_or(u32::MAX),
                column: set.column,
                ..Place::file(&path.value)
            };
            findings.push(Finding {
                message: format!("{} {} {why}", set.instruction, set.name),
                hint: Some(
                    "values of a run come as credentials; for the build, `--secret` and \
                     `RUN --mount=type=secret`"
                        .to_owned(),
                ),
                place: Some(place),
                ..manifest.found(SECRET_IN_DOCKERFILE, Span::default())
            });
        }
    }
    findings
}

/// What a line of a Dockerfile sets.
struct Variable<'l> {
    instruction: &'static str,
    name: &'l str,
    has_value: bool,
    column: u32,
}

/// Why this is a secret that does not belong there.
fn why(set: &Variable<'_>, secrets: &BTreeMap<String, String>) -> Option<String> {
    if let Some(what) = secrets.get(set.name) {
        return Some(format!(
            "is where {what} comes at run time: it would stay in the image"
        ));
    }
    let is_secret = set.has_value && is_secret_name(set.name);
    is_secret.then(|| "looks like a secret: its value stays in the image".to_owned())
}

fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> = upper.split('_').collect();
    words.iter().any(|word| SECRET_WORDS.contains(word))
        || words
            .windows(2)
            .any(|pair| SECRET_PAIRS.iter().any(|one| one == pair))
}

/// The variables of an `ARG` or `ENV` line; of one that goes on below, those of its first line.
fn variables(line: &str) -> Vec<Variable<'_>> {
    let trimmed = line.trim_start();
    let (word, rest) = trimmed
        .split_once(char::is_whitespace)
        .unwrap_or((trimmed, ""));
    let instruction = match word.to_ascii_uppercase().as_str() {
        "ARG" => "ARG",
        "ENV" => "ENV",
        _ => return Vec::new(),
    };
    // `ENV NAME VALUE`, the old form, sets one variable to the rest of the line.
    let is_old = instruction == "ENV"
        && rest
            .split_whitespace()
            .next()
            .is_some_and(|first| !first.contains('='));
    let count = if is_old { 1 } else { usize::MAX };
    rest.split_whitespace()
        .take(count)
        .filter_map(|word| {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(is_name) {
                return None;
            }
            let offset = name.as_ptr().addr() - line.as_ptr().addr();
            let before = line.get(..offset)?.chars().count();
            Some(Variable {
                instruction,
                name,
                has_value: is_old || !matches!(value, "" | "\"\"" | "''"),
                column: u32::try_from(before + 1).unwrap_or(u32::MAX),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_say_secret() {
        for name in [
            "DB_PASSWORD",
            "github_token",
            "API_KEY",
            "AWS_SECRET_ACCESS_KEY",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["TOKENIZER", "KEY", "API_URL", "PASSWORDLESS", "MONKEY"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn what_lines_set() {
        let set = |line: &str| {
            let found: Vec<_> = variables(line)
                .into_iter()
                .map(|one| {
                    format!(
                        "{} {} {} {}",
                        one.instruction, one.name, one.has_value, one.column
                    )
                })
                .collect();
            found.join(", ")
        };
        assert_eq!(set("FROM a"), "");
        assert_eq!(set("  arg TOKEN"), "ARG TOKEN false 7");
        assert_eq!(set("ENV A=1 B=\"\""), "ENV A true 5, ENV B false 9");
        assert_eq!(set("ENV A b c"), "ENV A true 5");
        assert_eq!(set("ENV"), "");
    }
}
