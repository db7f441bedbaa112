//! From a step to helm's commands.

use porter_mixin_sdk::check::Refusal;
use porter_mixin_sdk::command_line::Dashes;
use porter_mixin_sdk::{
    Channel, Command, Failure, Findings, Pattern, Pointer, Step, Task, Test, check,
};

use crate::outputs;
use crate::step::{HelmStep, Verb};

const PROGRAM: &str = "helm3";

/// What helm says about a release that is gone already.
const GONE: &str = "(?i)not found|release not loaded|already deleted";

/// Tasks of a step: helm's commands, then one for each output.
pub(crate) fn step(step: &Step<HelmStep>) -> Result<Vec<Task>, Failure> {
    let value = &step.value;
    let mut findings = Findings::new("helm3-001", step);
    let verb = Verb::of(&step.action);
    check_fields(value, &mut findings);
    let mut tasks = match verb {
        Verb::Install | Verb::Upgrade => {
            if value.name.is_empty() && value.chart.is_empty() {
                let missing = Err(Refusal::Unfit("is missing"));
                findings.check(Pointer::root().key("name"), missing);
            }
            let command = |password: &str| match verb {
                Verb::Install => install(value, password),
                _ => upgrade(value),
            };
            vec![say(&command("***")), command(&value.password).into()]
        }
        Verb::Uninstall => remove(value),
        Verb::Any => vec![any(value).into()],
    };
    let taken = value.outputs_in(&step.action);
    let namespace = match verb {
        Verb::Any => "",
        _ => &value.namespace,
    };
    outputs::check(taken, &mut findings);
    tasks.extend(outputs::tasks(taken, namespace));
    findings.tasks(tasks)
}

/// Prints a command line, as Porter's mixin does.
fn say(command: &Command) -> Task {
    let mut line = command.program.clone();
    for argument in &command.args {
        line.push(' ');
        line.push_str(argument);
    }
    Task::Say(line)
}

fn release(release: &HelmStep) -> Command {
    Command::new(PROGRAM)
        .args(["upgrade", "--install", &release.name, &release.chart])
        .option("--namespace", Some(&release.namespace))
        .option("--version", Some(&release.version))
}

fn values(mut command: Command, release: &HelmStep) -> Command {
    for file in &release.values.0 {
        command = command.args(["--values", file.as_str()]);
    }
    command
}

fn end(command: Command, release: &HelmStep) -> Command {
    let mut command = command
        .option("--timeout", Some(&release.timeout))
        .switch("--debug", release.debug)
        .switch("--atomic", release.atomic != Some(false))
        .switch(
            "--create-namespace",
            release.create_namespace != Some(false),
        );
    for (name, value) in &release.set {
        command = command.arg("--set").arg(format!("{name}={value}"));
    }
    command
}

fn install(step: &HelmStep, password: &str) -> Command {
    let command = release(step)
        .switch("--wait", step.wait)
        .switch("--devel", step.devel);
    let mut command = values(command, step)
        .switch("--skip-crds", step.skip_crds)
        .switch("--no-hooks", step.no_hooks);
    if [&step.repo, &step.username, &step.password]
        .iter()
        .all(|text| !text.is_empty())
    {
        command = command
            .args(["--repo", step.repo.as_str()])
            .args(["--username", step.username.as_str()])
            .args(["--password", password]);
    }
    end(command, step)
}

fn upgrade(step: &HelmStep) -> Command {
    let command = release(step)
        .switch("--reset-values", step.reset_values)
        .switch("--reuse-values", step.reuse_values)
        .switch("--wait", step.wait);
    end(values(command, step), step)
}

/// All releases are tried; one that is gone already is as good as removed.
fn remove(step: &HelmStep) -> Vec<Task> {
    let mut tasks = Vec::new();
    for name in &step.releases.0 {
        let gone = Pattern {
            channel: Channel::Either,
            value: GONE.to_owned(),
        };
        let command = Command::new(PROGRAM)
            .args(["uninstall", name.as_str()])
            .option("--namespace", Some(&step.namespace))
            .switch("--no-hooks", step.no_hooks)
            .switch("--wait", step.wait)
            .option("--timeout", Some(&step.timeout))
            .switch("--debug", step.debug)
            .ignore(Test::Matches(gone))
            .keep_going();
        tasks.push(say(&command));
        tasks.push(command.into());
    }
    tasks
}

fn any(step: &HelmStep) -> Command {
    Command::new(PROGRAM)
        .args(&step.arguments)
        .args(step.flags.to_args(Dashes::Usual))
}

fn check_fields(step: &HelmStep, findings: &mut Findings<'_, HelmStep>) {
    for (field, text) in [
        ("name", &step.name),
        ("chart", &step.chart),
        ("namespace", &step.namespace),
        ("version", &step.version),
        ("repo", &step.repo),
        ("username", &step.username),
        ("password", &step.password),
        ("timeout", &step.timeout),
    ] {
        findings.argument(field, text);
    }
    for (field, texts) in [
        ("values", &step.values.0),
        ("releases", &step.releases.0),
        ("arguments", &step.arguments),
    ] {
        findings.arguments(field, texts);
    }
    findings.flags(&step.flags);
    for (name, value) in &step.set {
        let place = Pointer::root().key("set").key(name);
        findings.check(place, check::argument(&format!("{name}={value}")));
    }
}
