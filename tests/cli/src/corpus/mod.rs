//! Recorded behaviour of Porter's authoring commands, run through the real binary.

mod case;
mod compare;
mod documents;
mod report;

pub use case::{Case, Command, cases};
pub use compare::{Form, difference, first_line, of_this_version, same};
pub use report::{Deviations, Report};

use porter_test_harness::{Finished, TestContext};
use serde_json::Value;

/// Begins what a build says when it comes to the engine, where ours with `--no-image` stops.
const ENGINE: &str = "Building bundle image\n";

/// Runs every recorded command of `verbs`, in the order of its case, and compares exit code and
/// result. There is no engine, so builds make no image: their documents are compared.
///
/// # Panics
/// When porter cannot be started.
pub fn run(cases: &[Case], verbs: &[&str], report: &mut Report) {
    for case in cases {
        let is_wanted = |command: &Command| verbs.contains(&command.verb());
        if !case.commands().iter().any(is_wanted) {
            continue;
        }
        let context = TestContext::without_engine();
        case.lay_out(&context.work());
        case.install_stubs(&context.home());
        let mut is_first = true;
        for command in case.commands() {
            if command.fresh {
                case.lay_out(&context.work());
            }
            command.write_first(&context.work());
            if !is_wanted(command) {
                // What others look at has to be there.
                if command.verb() == "create" {
                    let _ = finish(&context, command);
                }
                continue;
            }
            let finished = finish(&context, command);
            let mut difference = result(case, command, &finished);
            if difference.is_none()
                && finished.code == Some(0)
                && command.is_build()
                && is_first
                && reached_engine(case, command)
            {
                difference = documents::difference(case, command, &context.work());
                is_first = false;
            }
            report.add(case, command, difference);
        }
    }
}

fn finish(context: &TestContext, command: &Command) -> Finished {
    let mut arguments = command.arguments();
    if command.is_build() {
        arguments.push("--no-image");
    }
    let output = context
        .command(&arguments)
        .current_dir(context.work().join(&command.cwd))
        .envs(&command.env)
        // Mixins of the recordings are shell scripts.
        .env("PORTER_ALLOW_NATIVE_MIXIN", "stub,stubfast,stubslow")
        .output()
        .expect("porter can be started");
    Finished::new(&arguments, output)
}

/// Whether all but the image was made.
fn reached_engine(case: &Case, command: &Command) -> bool {
    case.stdout(command).ends_with(ENGINE)
}

/// What differs. After a failure only the exit code counts, and that there is one error.
fn result(case: &Case, command: &Command, finished: &Finished) -> Option<String> {
    let expected = command.exit;
    // What the engine made of it is no part of a build without an image: that ends well, or says
    // beforehand what the engine would have refused.
    let is_open = expected != 0 && command.is_build() && reached_engine(case, command);
    if finished.code != Some(expected) && !(is_open && finished.code == Some(0)) {
        let error = finished.stderr.lines().next().unwrap_or_default();
        return Some(format!(
            "exit code {:?}, recorded {expected}: {error}",
            finished.code
        ));
    }
    if finished.code != Some(0) {
        let says = finished.stderr.contains("error: ");
        return (!says).then(|| "fails without a word".to_owned());
    }
    if command.is_build() {
        return None;
    }
    let recorded = case.stdout(command);
    // Porter builds first and says so; what is made without a build has nothing to say.
    let recorded = recorded
        .rsplit_once(ENGINE)
        .map_or(recorded.as_str(), |(_, result)| result);
    let form = Form::of(&command.arguments());
    let ours = match command.verb() {
        "lint" => as_porter_lints(form, &finished.stdout),
        _ => finished.stdout.clone(),
    };
    difference(form, recorded, &ours)
}

/// Findings without what Porter does not say of them: places.
fn as_porter_lints(form: Form, ours: &str) -> String {
    if form == Form::Json {
        let mut findings = serde_json::from_str(ours).unwrap_or(Value::Null);
        for finding in findings.as_array_mut().into_iter().flatten() {
            finding
                .as_object_mut()
                .map(|finding| finding.remove("Range"));
        }
        return match findings {
            Value::Null => ours.to_owned(),
            findings => findings.to_string(),
        };
    }
    let is_place = |line: &&str| line.starts_with("at porter.yaml");
    let lines = ours.lines().filter(|line| !is_place(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}
