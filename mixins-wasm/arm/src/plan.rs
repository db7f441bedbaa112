//! From a step to the commands that deploy its template.

use porter_mixin_sdk::check::{self, Refusal};
use porter_mixin_sdk::{Channel, Command, Condition, Environment, Failure, Findings, Json};
use porter_mixin_sdk::{Output, Pattern, Pointer, Source, Step, Task, Test};

use crate::account::Account;
use crate::step::{ArmOutput, ArmStep};

/// The task that asks for the state of the deployment; the tasks behind it depend on its answer.
const STATE: u32 = 3;
/// The task that asks whether there is a resource group.
const GROUP: u32 = 4;

/// Like Porter's mixin: a deployment that succeeded is left alone, one that runs is waited for, one
/// that failed is a failure, and one that is not there is made, its resource group too.
pub(crate) fn install(
    step: &Step<ArmStep>,
    environment: &Environment,
) -> Result<Vec<Task>, Failure> {
    let account = Account::read(step, environment);
    let mut findings = findings(step);
    match account {
        Ok(account) => findings.all(tasks(&step.value, &account)),
        Err(found) => {
            found.into_iter().for_each(|found| findings.add(found));
            findings.all(Vec::new())
        }
    }
}

fn findings(step: &Step<ArmStep>) -> Findings<'_, ArmStep> {
    let value = &step.value;
    let root = Pointer::root();
    let mut findings = Findings::new("arm-001", step);
    crate::lint::missing(step)
        .into_iter()
        .for_each(|found| findings.add(found));
    for (field, text) in [
        ("name", &value.name),
        ("resourceGroup", &value.resource_group),
    ] {
        findings.argument(field, text);
    }
    findings.check(root.key("template"), check::path(&value.template));
    for (index, output) in value.outputs.iter().enumerate() {
        let place = root.key("outputs").index(index);
        findings.check(place.key("name"), check::output_name(&output.name));
        findings.check(place.key("key"), check_key(&output.key));
    }
    findings
}

fn check_key(key: &str) -> Result<(), Refusal> {
    check::path(key)?;
    if key.is_empty() {
        return Err(Refusal::Unfit("is missing"));
    }
    Ok(())
}

fn tasks(step: &ArmStep, account: &Account<'_>) -> Vec<Task> {
    let mut tasks = vec![
        missing_template(step).into(),
        Task::Say("Starting deployment operations...".to_owned()),
        account.login().into(),
        state(step, account).into(),
        group_exists(step, account).into(),
        create_group(step, account).into(),
        create(step, account).into(),
    ];
    let failed = Test::Matches(stdout("(?i)^(failed|canceled)"));
    tasks.push(
        reason(step, account)
            .when(ended(STATE, failed.clone()))
            .into(),
    );
    tasks.push(
        wait(step, account, "1", "1")
            .when(ended(STATE, failed))
            .into(),
    );
    let known = ended(STATE, Test::ExitCode(0));
    tasks.push(wait(step, account, "10", "1800").when(known).into());
    tasks.push(Task::Say("Finished deployment operations...".to_owned()));
    if !step.outputs.is_empty() {
        tasks.push(outputs(step, account).into());
    }
    tasks
}

/// The template below the bundle directory.
fn template(step: &ArmStep) -> String {
    format!("/cnab/app/{}", step.template.trim_start_matches('/'))
}

/// Says that there is no template, before anything is made for it.
fn missing_template(step: &ArmStep) -> Command {
    let template = template(step);
    let list = Command::new("ls").args(["--", &template]);
    list.when(Condition::Missing(template))
}

/// `az deployment group VERB` of the step's deployment.
fn deployment(step: &ArmStep, account: &Account<'_>, verb: &str) -> Command {
    account
        .az(&["deployment", "group", verb])
        .args(["--resource-group", &step.resource_group])
        .args(["--name", &step.name])
}

/// Prints the state; a deployment that is not there yet is no failure.
fn state(step: &ArmStep, account: &Account<'_>) -> Command {
    let missing = |value: &str| {
        Test::Contains(Pattern {
            channel: Channel::Stderr,
            value: value.to_owned(),
        })
    };
    deployment(step, account, "show")
        .args(["--query", "properties.provisioningState", "--output", "tsv"])
        .quiet(true)
        .ignore(missing("DeploymentNotFound"))
        .ignore(missing("ResourceGroupNotFound"))
}

/// Prints `true` or `false`.
fn group_exists(step: &ArmStep, account: &Account<'_>) -> Command {
    account
        .az(&["group", "exists"])
        .args(["--name", &step.resource_group])
        .quiet(true)
        .when(ended(STATE, Test::Failed))
}

fn create_group(step: &ArmStep, account: &Account<'_>) -> Command {
    let location = match step.parameters.get("location") {
        Some(Json::Text(location)) => location.as_str(),
        _ => "",
    };
    account
        .az(&["group", "create"])
        .args(["--name", &step.resource_group])
        .args(["--location", location])
        .args(["--output", "none"])
        .when(ended(GROUP, Test::Contains(stdout("false"))))
}

/// Deploys, and waits for the end. The parameters, which may be secret, go to standard input.
fn create(step: &ArmStep, account: &Account<'_>) -> Command {
    deployment(step, account, "create")
        .args(["--template-file", &template(step)])
        .args(["--parameters", "@-"])
        .args(["--mode", "Incremental", "--no-prompt", "--output", "none"])
        .stdin(parameters(step).to_text())
        .when(ended(STATE, Test::Failed))
}

/// A parameter file, each value the JSON that the author wrote.
fn parameters(step: &ArmStep) -> Json {
    let text = |text: &str| Json::Text(text.to_owned());
    let values = step.parameters.iter().map(|(name, value)| {
        let value = Json::Map(vec![("value".to_owned(), value.clone())]);
        (name.clone(), value)
    });
    let schema =
        "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";
    Json::Map(vec![
        ("$schema".to_owned(), text(schema)),
        ("contentVersion".to_owned(), text("1.0.0.0")),
        ("parameters".to_owned(), Json::Map(values.collect())),
    ])
}

/// Shows why an earlier deployment failed.
fn reason(step: &ArmStep, account: &Account<'_>) -> Command {
    deployment(step, account, "show")
        .args([
            "--query",
            "{state: properties.provisioningState, error: properties.error}",
        ])
        .args(["--output", "json"])
}

/// Ends well when the deployment has succeeded, and fails when it has failed or takes longer.
fn wait(step: &ArmStep, account: &Account<'_>, interval: &str, timeout: &str) -> Command {
    deployment(step, account, "wait").args([
        "--created",
        "--interval",
        interval,
        "--timeout",
        timeout,
    ])
}

fn outputs(step: &ArmStep, account: &Account<'_>) -> Command {
    let mut command = deployment(step, account, "show")
        .args(["--query", "properties.outputs", "--output", "json"])
        .quiet(true);
    command.outputs = step.outputs.iter().map(output).collect();
    command
}

/// Azure changes the case of names. A missing one is a failure.
fn output(output: &ArmOutput) -> Output {
    let key = Json::Text(output.key.clone()).to_text();
    let take = Source::JsonPath {
        path: format!("$[{key}].value"),
        fold_case: true,
        absent: None,
    };
    Output::new(&output.name, take)
}

fn ended(task: u32, how: Test) -> Condition {
    Condition::Ended { task, how }
}

fn stdout(value: &str) -> Pattern {
    Pattern {
        channel: Channel::Stdout,
        value: value.to_owned(),
    }
}
