//! Recorded behaviour of Porter's authoring commands, run through the real binary.

mod case;
mod compare;
mod report;

pub use case::{Case, Command, cases};
pub use compare::{Form, difference, first_line, of_this_version, same};
pub use report::{Deviations, Report};

use porter_test_harness::{Finished, TestContext};

/// Runs every recorded command of `verbs`, in the order of its case, and compares exit code and
/// result. There is no engine, so builds are left out.
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
        for command in case.commands() {
            if command.fresh {
                case.lay_out(&context.work());
            }
            command.write_first(&context.work());
            if is_wanted(command) {
                let finished = finish(&context, command);
                report.add(case, command, result(case, command, &finished));
            }
        }
    }
}

fn finish(context: &TestContext, command: &Command) -> Finished {
    let arguments = command.arguments();
    let output = context
        .command(&arguments)
        .current_dir(context.work().join(&command.cwd))
        .envs(&command.env)
        .output()
        .expect("porter can be started");
    Finished::new(&arguments, output)
}

/// What differs. After a failure only the exit code counts, and that there is one error.
fn result(case: &Case, command: &Command, finished: &Finished) -> Option<String> {
    if finished.code != Some(command.exit) {
        let error = finished.stderr.lines().next().unwrap_or_default();
        return Some(format!(
            "exit code {:?}, recorded {}: {error}",
            finished.code, command.exit
        ));
    }
    if command.exit != 0 {
        let says = finished.stderr.contains("error: ");
        return (!says).then(|| "fails without a word".to_owned());
    }
    let recorded = case.stdout(command);
    // Porter builds first and says so; what is made without a build has nothing to say.
    let recorded = recorded
        .rsplit_once("Building bundle image\n")
        .map_or(recorded.as_str(), |(_, result)| result);
    difference(Form::of(&command.arguments()), recorded, &finished.stdout)
}
