//! Running all cases of a mixin and telling what came out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use porter_mixin_sdk::{Diagnostic, Place, Severity};
use serde_json::{Value, json};

use crate::case::{Case, Observed};
use crate::native::Native;
use crate::protocol::{build_request, plan_request};
use crate::world::World;

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    /// Cases that do what the recording says.
    pub equal: Vec<String>,
    /// Cases that differ and are listed, with the listed reason.
    pub deviating: Vec<(String, String)>,
    /// Everything else, with what is wrong.
    pub failing: Vec<(String, String)>,
}

impl Report {
    /// The report as a table.
    pub fn table(&self, mixin: &str) -> String {
        let mut table = String::new();
        let all = self.equal.len() + self.deviating.len() + self.failing.len();
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| {mixin}: {all} recorded cases | |\n|---|---|");
        let _ = writeln!(table, "| equal | {} |", self.equal.len());
        let _ = writeln!(
            table,
            "| deviating, documented | {} |",
            self.deviating.len()
        );
        let _ = writeln!(table, "| failing | {} |", self.failing.len());
        for (id, reason) in &self.deviating {
            let _ = writeln!(table, "| {id} | {reason} |");
        }
        for (id, reason) in &self.failing {
            let _ = writeln!(table, "| {id} | FAILING: {reason} |");
        }
        table
    }
}

/// Runs `cases` against `mixin`. `deviations` lists one `ID: reason` a line; `#` begins a comment.
pub fn run(mixin: Native, cases: &[Case], deviations: &str) -> Report {
    let mut listed = read_deviations(deviations);
    let mut report = Report::default();
    for case in cases {
        let reason = listed.remove(case.id.as_str());
        let difference = difference(mixin, case);
        match (difference, reason) {
            (None, None) => report.equal.push(case.id.clone()),
            (Some(_), Some(reason)) => report.deviating.push((case.id.clone(), reason.to_owned())),
            (Some(difference), None) => report.failing.push((case.id.clone(), difference)),
            (None, Some(_)) => {
                report.failing.push((
                    case.id.clone(),
                    "is listed, but does not deviate".to_owned(),
                ));
            }
        }
    }
    for (id, _) in listed {
        report.failing.push((
            id.to_owned(),
            "is listed, but there is no such case".to_owned(),
        ));
    }
    report
}

fn read_deviations(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).collect()
}

/// What our mixin does differently.
fn difference(mixin: Native, case: &Case) -> Option<String> {
    let command: Vec<&str> = case.command.iter().map(String::as_str).collect();
    match command.as_slice() {
        ["schema"] => {
            let (ours, recorded) = (
                parsed(&(mixin.describe)().schema),
                parsed(&case.observed.stdout),
            );
            (without_descriptions(ours) != without_descriptions(recorded))
                .then(|| "schema".to_owned())
        }
        ["lint"] => lint(mixin, case),
        ["build"] => build(mixin, case),
        ["install" | "upgrade" | "uninstall"] | ["invoke", "--action", _] => {
            action(mixin, case, &case.stdin)
        }
        [_, "-f", file] => action(mixin, case, case.files.get(*file)?),
        _ => Some(format!(
            "`{}` is no call of the interface",
            command.join(" ")
        )),
    }
}

fn action(mixin: Native, case: &Case, stdin: &str) -> Option<String> {
    let planned = plan_request(mixin.name, stdin, &case.env)
        .and_then(|request| (mixin.plan)(request).map_err(|failure| titles(&failure.0)));
    let (ours, why) = match planned {
        Ok(tasks) => (World::of(case).carry_out(&tasks), String::new()),
        Err(why) => (
            Observed {
                exit: 1,
                ..Observed::default()
            },
            why,
        ),
    };
    let recorded = comparable(case);
    (ours != recorded).then(|| format!("{why} ours: {ours:?} recorded: {recorded:?}"))
}

/// The recording without what the protocol's own process adds.
fn comparable(case: &Case) -> Observed {
    let mut recorded = case.observed.clone();
    for call in &mut recorded.calls {
        // Set by the mixin's process for its children; here the container has them or not.
        call.env_added.remove("PORTER_CORRELATION_ID");
        call.env_added.remove("PORTER_HOME");
    }
    recorded
}

fn build(mixin: Native, case: &Case) -> Option<String> {
    let built = build_request(mixin.name, &case.stdin)
        .and_then(|request| (mixin.build)(request).map_err(|failure| titles(&failure.0)));
    let recorded = &case.observed;
    let lines = recorded
        .stdout
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    match built {
        Ok(instructions) if recorded.exit == 0 && instructions.len() == lines.count() => None,
        Ok(instructions) => Some(format!("{instructions:?}")),
        Err(_) if recorded.exit != 0 => None,
        Err(why) => Some(why),
    }
}

fn lint(mixin: Native, case: &Case) -> Option<String> {
    let request = build_request(mixin.name, &case.stdin);
    let steps = request
        .as_ref()
        .map(|request| request.actions.clone())
        .unwrap_or_default();
    let linted = request.and_then(|r| (mixin.lint)(r).map_err(|failure| titles(&failure.0)));
    match linted {
        Err(_) if case.observed.exit != 0 => None,
        Err(why) => Some(why),
        Ok(found) => {
            let ours: Vec<Value> = found
                .iter()
                .map(|d| recorded_form(mixin.name, d, &steps))
                .collect();
            let recorded = parsed(&case.observed.stdout);
            (Value::Array(ours.clone()) != recorded).then(|| format!("{ours:?}"))
        }
    }
}

/// A diagnostic in the form of Porter's lint results.
fn recorded_form(mixin: &str, found: &Diagnostic, steps: &[(String, Vec<String>)]) -> Value {
    let Place::Step { action, index, .. } = &found.at else {
        return Value::Null;
    };
    let of_action = steps
        .iter()
        .find(|(name, _)| name == action)
        .map(|(_, steps)| steps);
    let step = of_action
        .and_then(|steps| steps.get(*index as usize))
        .map(|step| parsed(step));
    let description = step.and_then(|step| step["description"].as_str().map(str::to_owned));
    json!({
        "Level": match found.severity { Severity::Error => 0, Severity::Warning => 2 },
        "Location": {
            "Action": action,
            "Mixin": mixin,
            "StepNumber": index + 1,
            "StepDescription": description.unwrap_or_default(),
        },
        "Code": found.code,
        "Title": found.title,
        "Message": found.message,
        "URL": found.hint.clone().unwrap_or_default(),
    })
}

fn titles(diagnostics: &[Diagnostic]) -> String {
    let titles: Vec<&str> = diagnostics
        .iter()
        .map(|found| found.title.as_str())
        .collect();
    titles.join("; ")
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// A schema without the texts for people; a property called `description` stays.
fn without_descriptions(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.retain(|name, member| name != "description" || !member.is_string());
            for member in members.values_mut() {
                *member = without_descriptions(member.take());
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = without_descriptions(item.take());
            }
        }
        _ => {}
    }
    value
}
