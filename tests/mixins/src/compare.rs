//! One case: what our mixin does differently.

use porter_mixin_sdk::evaluate::BuildRequest;
use porter_mixin_sdk::{Diagnostic, Place, Severity};
use serde_json::{Value, json};

use crate::case::{Call, Case, Observed, Variant};
use crate::meaning::{BUNDLE, Meaning};
use crate::native::Native;
use crate::protocol::{build_request, plan_request};
use crate::world::World;

/// Whether a case is about the command line of a program, which a component does not have.
pub fn is_adapters(case: &Case) -> bool {
    let stderr = &case.observed.stderr;
    match case.command.first().map(String::as_str) {
        Some("lint") => stderr.contains("unknown command"),
        Some("schema" | "build" | "install" | "upgrade" | "uninstall" | "invoke") => {
            ["unknown flag", "unknown shorthand flag"]
                .iter()
                .any(|text| stderr.contains(text))
        }
        _ => true,
    }
}

/// What our mixin does differently.
pub fn difference(mixin: Native, case: &Case) -> Option<String> {
    let words = case.command.iter().map(String::as_str);
    // Only says more on the way.
    let command: Vec<&str> = words.filter(|word| *word != "--debug").collect();
    match command.as_slice() {
        ["schema"] => schema(mixin, case),
        ["lint"] => lint(mixin, case),
        ["build"] => build(mixin, case),
        ["invoke", "--action", name] => action(mixin, case, name, &case.stdin),
        [name @ ("install" | "upgrade" | "uninstall" | "invoke")] => {
            action(mixin, case, name, &case.stdin)
        }
        [name, "-f", file] => action(mixin, case, name, case.files.get(*file)?),
        _ => Some(format!(
            "`{}` is no call of the interface",
            command.join(" ")
        )),
    }
}

fn schema(mixin: Native, case: &Case) -> Option<String> {
    schema_text(&(mixin.describe)().schema, case)
}

/// What is different in a schema, texts for people aside.
pub fn schema_text(ours: &str, case: &Case) -> Option<String> {
    let ours = without_descriptions(parsed(ours));
    let recorded = without_descriptions(parsed(&case.observed.stdout));
    (ours != recorded || ours.is_null()).then(|| "schema".to_owned())
}

fn action(mixin: Native, case: &Case, name: &str, stdin: &str) -> Option<String> {
    let stdin = stdin.replace("$WORK", BUNDLE);
    let planned = plan_request(mixin.name, name, &stdin, &case.env)
        .and_then(|request| (mixin.plan)(request).map_err(|failure| titles(&failure.0)));
    let (ours, why) = match planned {
        Ok(tasks) => (World::of(case, mixin.glue).carry_out(&tasks), String::new()),
        Err(why) => (
            Observed {
                exit: 1,
                ..Observed::default()
            },
            why,
        ),
    };
    behaviour(mixin, case, ours).map(|difference| format!("{why} {difference}"))
}

/// What is different in behaviour; what ours says is wrong is in its own words.
pub fn behaviour(mixin: Native, case: &Case, mut ours: Observed) -> Option<String> {
    ours.stderr.clear();
    (mixin.glue.level)(case, &mut ours);
    let possible = possible(mixin, case);
    let is_equal = possible.iter().any(|recorded| {
        let mut ours = ours.clone();
        if is_one_of(&ours.calls, &case.observed.orders) {
            ours.calls.clone_from(&recorded.calls);
        }
        ours == *recorded
    });
    let recorded = possible.first();
    (!is_equal).then(|| format!("ours: {ours:?} recorded: {recorded:?}"))
}

/// The recording, and what was seen in other runs, without what the protocol's own process adds.
fn possible(mixin: Native, case: &Case) -> Vec<Observed> {
    let mut recorded = case.observed.clone();
    let variants = std::mem::take(&mut recorded.variants);
    recorded.orders.clear();
    let mut all = vec![recorded.clone()];
    all.extend(
        variants
            .into_iter()
            .map(|variant| varied(&recorded, variant)),
    );
    for observed in &mut all {
        // Ours says what is wrong in its own words, at a place.
        observed.stderr.clear();
        for call in &mut observed.calls {
            // Set by the mixin's process for its children; here the container has them or not.
            call.env_added.remove("PORTER_CORRELATION_ID");
            call.env_added.remove("PORTER_HOME");
        }
        (mixin.glue.level)(case, observed);
    }
    all
}

fn varied(recorded: &Observed, variant: Variant) -> Observed {
    let mut varied = recorded.clone();
    varied.exit = variant.exit.unwrap_or(varied.exit);
    varied.stdout = variant.stdout.unwrap_or(varied.stdout);
    varied.calls = variant.calls.unwrap_or(varied.calls);
    varied.outputs = variant.outputs.unwrap_or(varied.outputs);
    varied.files = variant.files.unwrap_or(varied.files);
    varied
}

/// Whether `calls` are one of the sequences seen. Twelve are kept at most, so pairs of a repeated
/// flag and its value may stand in any order.
fn is_one_of(calls: &[Call], orders: &[Vec<Vec<String>>]) -> bool {
    let ours: Vec<Vec<String>> = calls
        .iter()
        .map(|call| {
            let program = std::iter::once(&call.program);
            unordered(&program.chain(&call.argv).cloned().collect::<Vec<_>>())
        })
        .collect();
    orders.iter().any(|order| {
        order
            .iter()
            .map(|call| unordered(call))
            .eq(ours.iter().cloned())
    })
}

/// A call with the values of each repeated flag sorted.
fn unordered(call: &[String]) -> Vec<String> {
    let mut sorted = call.to_vec();
    let is_flag = |word: &String| word.starts_with('-');
    for flag in call.iter().filter(|word| is_flag(word)) {
        let places: Vec<usize> = (0..call.len().saturating_sub(1))
            .filter(|index| call[*index] == *flag)
            .collect();
        let mut values: Vec<String> = places.iter().map(|place| call[place + 1].clone()).collect();
        values.sort();
        for (place, value) in places.into_iter().zip(values) {
            sorted[place + 1] = value;
        }
    }
    sorted
}

/// The variables that a mixin asks for, granted all.
fn allowed(mixin: Native, case: &Case) -> Vec<(String, String)> {
    let names = (mixin.describe)().environment;
    let set = names.into_iter();
    set.filter_map(|name| Some((name.clone(), case.env.get(&name)?.clone())))
        .collect()
}

/// What is in the image, not how its lines are written.
pub fn build(mixin: Native, case: &Case) -> Option<String> {
    let built = build_request(mixin.name, &case.stdin)
        .map(|request| BuildRequest {
            environment: allowed(mixin, case),
            ..request
        })
        .and_then(|request| (mixin.build)(request).map_err(|failure| titles(&failure.0)));
    let recorded = &case.observed;
    match built {
        Err(_) if recorded.exit != 0 => None,
        Err(why) => Some(why),
        Ok(instructions) if recorded.exit != 0 => Some(format!("ours: {instructions:?}")),
        Ok(instructions) => {
            let ours = match Meaning::of_instructions(&instructions) {
                Ok(ours) => ours,
                Err(why) => return Some(why),
            };
            match (mixin.glue.dockerfile)(&recorded.stdout) {
                Ok(mut recorded) => {
                    (mixin.glue.spared)(case, &mut recorded);
                    ours.difference(&recorded)
                }
                Err(why) => Some(format!("the recorded lines are not understood: {why}")),
            }
        }
    }
}

/// What is different in the findings of a program that prints them as Porter's do.
pub fn findings(ours: &str, case: &Case) -> Option<String> {
    let (ours, recorded) = (parsed(ours), parsed(&case.observed.stdout));
    (ours != recorded).then(|| format!("ours: {ours} recorded: {recorded}"))
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

#[cfg(test)]
mod tests {
    use super::is_one_of;
    use crate::case::Call;

    #[test]
    fn any_order_of_repeated_flags() {
        let call = |argv: &[&str]| Call {
            program: "docker".to_owned(),
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            ..Call::default()
        };
        let order = ["docker", "run", "--env", "A=1", "--env", "B=2", "image"];
        let seen = vec![vec![order.map(String::from).to_vec()]];
        let is_seen = |argv: &[&str]| is_one_of(&[call(argv)], &seen);
        assert!(is_seen(&["run", "--env", "A=1", "--env", "B=2", "image"]));
        assert!(is_seen(&["run", "--env", "B=2", "--env", "A=1", "image"]));
        assert!(!is_seen(&["run", "--env", "B=2", "--env", "A=2", "image"]));
        assert!(!is_seen(&["run", "image", "--env", "A=1", "--env", "B=2"]));
        assert!(!is_one_of(&[], &seen));
    }
}
