//! Whether a command did what was recorded.

use regex::Regex;
use serde_json::Value;

use crate::deviations::Deviation;
use crate::place::Ran;

/// What differs from the recording, or from the listed deviation.
pub(crate) fn differences(step: &Value, ran: &Ran, deviation: Option<Deviation>) -> Vec<String> {
    let recorded = step["exit"].as_i64().unwrap_or_default();
    let stdout = normal(step["stdout"].as_str().unwrap_or_default());
    let stderr = normal(step["stderr"].as_str().unwrap_or_default());
    let ours = (normal(&ran.stdout), normal(&ran.stderr));
    let mut found = Vec::new();
    let is_recorded = ran.exit == recorded && ours.0 == stdout && says(&stderr, &ours.1);
    match deviation {
        Some(Deviation {
            exit,
            stdout,
            stderr,
            ..
        }) => {
            let has = |text: &str, wanted: &str| text.contains(wanted);
            if ran.exit != exit || !has(&ours.0, stdout) || !has(&ours.1, stderr) {
                found.push("not the deviation that is listed".to_owned());
            } else if is_recorded {
                found.push("the listed deviation is none any more".to_owned());
            }
        }
        None if is_recorded => {}
        None => {
            if ran.exit != recorded {
                found.push(format!("exit {} instead of {recorded}", ran.exit));
            }
            if ours.0 != stdout {
                found.push(format!("stdout is {:?}, not {stdout:?}", ours.0));
            }
            if !says(&stderr, &ours.1) {
                found.push(format!("stderr is {:?}, not {stderr:?}", ours.1));
            }
        }
    }
    found
}

/// Whether our errors say what Porter's do. Porter writes one line with colons, we a line for each
/// cause; what its runtime writes into the stderr of the container is compared elsewhere.
fn says(recorded: &str, ours: &str) -> bool {
    if recorded.is_empty() {
        return ours.is_empty();
    }
    let counts = Regex::new(r"^\d+ errors? occurred:?$").unwrap();
    let pieces = recorded
        .lines()
        .filter(|line| {
            !line.contains("error running command") && !line.contains("mixin execution failed")
        })
        .flat_map(|line| line.split(": "))
        .map(|piece| piece.trim().trim_start_matches("* ").trim_end_matches(':'))
        .filter(|piece| {
            !piece.is_empty() && !piece.starts_with("stat ") && !counts.is_match(piece)
        });
    let ours = one_line(ours);
    let mut pieces = pieces;
    pieces.all(|piece| ours.contains(&one_line(piece)))
}

/// Without line breaks, places in files, and the case of letters.
fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let place = Regex::new(r"(\.(yaml|yml|json|toml)):\d+:\d+").unwrap();
    place.replace_all(&text, "$1").to_lowercase()
}

/// Puts words in place of what differs from run to run; collapses the widths of tables.
fn normal(text: &str) -> String {
    let replacements = [
        (r"<ulid:\d+>", "<ulid>"),
        (r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "<ulid>"),
        (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.]*Z", "<time>"),
        (r#""<time>"|<time>"#, "<time>"),
        (r"(\d+ (second|minute|hour)s? ago|\bnow\b)", "<ago>"),
        (r"sha256:[0-9a-f]{64}", "<digest>"),
        // What a recording shows of a build that was necessary.
        (
            r"(?s)^Changes have been detected.*?Building bundle image\n",
            "",
        ),
        (r"<progress>\n", ""),
        // What Porter leaves unmasked is masked: an output in the step that makes it. The line
        // break at the end of a file is not part of the secret in it.
        (r"secret=s-\w+-value", "secret=*******"),
        (r"\*{7}\n\n", "*******\n"),
        (r"─+", "─"),
        (r" +", " "),
        (r"(?m) +$", ""),
    ];
    let variables = Regex::new(r"vars=([A-Z_,]+)").unwrap();
    let sorted = |found: &regex::Captures<'_>| {
        let mut names: Vec<&str> = found[1].split(',').collect();
        names.sort_unstable();
        format!("vars={}", names.join(","))
    };
    let mut text = variables.replace_all(text, sorted).into_owned();
    for (pattern, word) in replacements {
        let pattern = Regex::new(pattern).unwrap();
        text = pattern.replace_all(&text, word).into_owned();
    }
    text
}
