//! What a mixin behind the adapter does differently from the recorded one.

use porter_dockerfile::{RenderOptions, TemplateSource, render};
use regex::Regex;
use serde_json::Value;

use crate::case::{Case, Observed};
use crate::compare::{behaviour, build, findings, is_adapters, schema_text};
use crate::native::Native;
use crate::report::Verdict;

/// Holds what was seen of a case against its recording.
pub fn judge(mixin: Native, case: &Case, seen: &Observed) -> Verdict {
    // What ours asks a program, Porter's mixin asks an API: the native runner answers for it.
    if case.http.is_some() {
        return Verdict::Apart;
    }
    difference(mixin, case, seen).map_or(Verdict::Equal, Verdict::Differs)
}

fn difference(mixin: Native, case: &Case, seen: &Observed) -> Option<String> {
    let command = case.command.first().map(String::as_str);
    match command {
        Some("version") => version(mixin.name, case, seen),
        _ if is_adapters(case) => command_line(case, seen),
        Some("schema") => exit(case, seen).or_else(|| schema_text(&seen.stdout, case)),
        Some("lint") => exit(case, seen).or_else(|| findings(&seen.stdout, case)),
        Some("build") => exit(case, seen)
            .or_else(|| lines(&seen.stdout))
            .or_else(|| build(mixin, case)),
        _ => behaviour(mixin, case, seen.clone()).map(|found| format!("{found} {}", seen.stderr)),
    }
}

fn exit(case: &Case, seen: &Observed) -> Option<String> {
    let recorded = case.observed.exit;
    (seen.exit != recorded).then(|| {
        format!(
            "exit code {} instead of {recorded}: {}{}",
            seen.exit, seen.stdout, seen.stderr
        )
    })
}

/// Same form, own version.
fn version(name: &str, case: &Case, seen: &Observed) -> Option<String> {
    let recorded = &case.observed;
    if recorded.exit != 0 {
        let said = recorded.stderr.lines().next().unwrap_or_default();
        let said = said.trim_start_matches("Error: ");
        let is_said = !said.is_empty() && seen.stderr.contains(said);
        return exit(case, seen)
            .or_else(|| (!is_said).then(|| format!("ours: {} recorded: {said}", seen.stderr)));
    }
    let is_equal = match serde_json::from_str::<Value>(&recorded.stdout) {
        Ok(recorded) => serde_json::from_str(&seen.stdout)
            .is_ok_and(|ours: Value| shape(&ours) == shape(&recorded) && ours["name"] == name),
        Err(_) => {
            let form = format!(r"^{name} v\d\S* (\([0-9a-f]{{7}}\) )?by \S.*\n$");
            Regex::new(&form).is_ok_and(|form| form.is_match(&seen.stdout))
        }
    };
    exit(case, seen).or_else(|| (!is_equal).then(|| format!("ours: {}", seen.stdout)))
}

/// Members in order, and whether each is a text with something in it.
fn shape(value: &Value) -> Vec<(&String, bool)> {
    let members = value.as_object().into_iter().flatten();
    // A mixin that was built from changed sources has no commit.
    members
        .map(|(name, member)| {
            let is_text = member.as_str().is_some_and(|text| !text.is_empty());
            (name, is_text || name == "commit" && member.is_string())
        })
        .collect()
}

/// Help is a text, and what is no command of the protocol is refused in Porter's words.
fn command_line(case: &Case, seen: &Observed) -> Option<String> {
    let recorded = &case.observed;
    let is_equal = if recorded.exit == 0 {
        seen.stdout.contains("Usage:") && seen.stderr.is_empty()
    } else {
        let words = ["unknown command", "unknown flag"];
        let mut said = words
            .iter()
            .filter(|words| recorded.stderr.contains(**words));
        said.all(|words| seen.stderr.contains(words)) && seen.calls.is_empty()
    };
    exit(case, seen).or_else(|| (!is_equal).then(|| format!("{}{}", seen.stdout, seen.stderr)))
}

/// Whether Porter can put the lines into its template.
fn lines(text: &str) -> Option<String> {
    let template = format!("FROM debian:stable-slim\n# PORTER_INIT\n{text}\n");
    let source = TemplateSource::Custom(template.as_bytes());
    let read = render(source, &[], &RenderOptions::default());
    read.err()
        .map(|error| format!("the lines are no Dockerfile: {error}"))
}
