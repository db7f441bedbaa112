//! What the arm mixin makes of a step, and what it refuses and where.

use porter_mixin_arm::Arm;
use porter_mixin_sdk::evaluate::{self, BuildRequest, PlanRequest};
use porter_mixin_sdk::{
    Channel, Command, Condition, Diagnostic, Failure, Instruction, Json, Mixin, Output, Pattern,
    Place, Source, Task, Test,
};

const STEP: &str = r#"{"description": "d", "name": "shop", "resourceGroup": "rg",
    "template": "arm/t.json", "parameters": {"location": "westeurope"}}"#;

const SECRET: &str = "\u{fdd0}2\u{fdd1}";

const ACCOUNT: [(&str, &str); 4] = [
    ("AZURE_SUBSCRIPTION_ID", "sub"),
    ("AZURE_TENANT_ID", "tid"),
    ("AZURE_CLIENT_ID", "cid"),
    ("AZURE_CLIENT_SECRET", SECRET),
];

fn plan(action: &str, step: &str, environment: &[(&str, &str)]) -> Result<Vec<Task>, Failure> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    evaluate::plan::<Arm>(PlanRequest {
        action: action.to_owned(),
        step: step.to_owned(),
        environment: environment.iter().map(owned).collect(),
        ..Default::default()
    })
}

fn said(found: &[Diagnostic]) -> Vec<(&str, String, &str)> {
    let place = |place: &Place| match place {
        Place::Step { pointer, .. } => pointer.to_string(),
        Place::Config(pointer) => format!("config{pointer}"),
    };
    found
        .iter()
        .map(|found| (found.code.as_str(), place(&found.at), found.title.as_str()))
        .collect()
}

fn az(text: &str) -> Command {
    Command::new("az")
        .args(text.split(' '))
        .env("AZURE_CLOUD_NAME", "AzureCloud")
        .env("AZURE_CONFIG_DIR", "/tmp/porter-arm")
}

fn pattern(channel: Channel, value: &str) -> Pattern {
    let value = value.to_owned();
    Pattern { channel, value }
}

#[test]
fn a_template_is_deployed_once_and_waited_for() {
    let step = r#"{"name": "shop", "resourceGroup": "rg", "template": "/arm/t.json",
        "parameters": {"location": "westeurope", "size": 2, "tags": {"a": ["b", null]}, "exact": 1.10},
        "outputs": [{"name": "url", "key": "end\"point"}]}"#;
    let ended = |task: u32, how: Test| Condition::Ended { task, how };
    let missing = |text: &str| Test::Contains(pattern(Channel::Stderr, text));
    let bad = Test::Matches(pattern(Channel::Stdout, "(?i)^(failed|canceled)"));
    let which = "--subscription sub --resource-group rg --name shop";
    let parameters = r#"{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#","contentVersion":"1.0.0.0","parameters":{"exact":{"value":1.10},"location":{"value":"westeurope"},"size":{"value":2},"tags":{"value":{"a":["b",null]}}}}"#;
    let url = Source::JsonPath {
        path: r#"$["end\"point"].value"#.to_owned(),
        fold_case: true,
        absent: None,
    };
    let reason = "{state: properties.provisioningState, error: properties.error}";
    let template = "/cnab/app/arm/t.json".to_owned();
    let expected: Vec<Task> = vec![
        Command::new("ls")
            .args(["--", &template])
            .when(Condition::Missing(template.clone()))
            .into(),
        Task::Say("Starting deployment operations...".to_owned()),
        az("login --service-principal --username cid --password @- --tenant tid --output none")
            .stdin(SECRET)
            .into(),
        az(&format!("deployment group show {which} --query properties.provisioningState --output tsv"))
            .quiet(true)
            .ignore(missing("DeploymentNotFound"))
            .ignore(missing("ResourceGroupNotFound"))
            .into(),
        az("group exists --subscription sub --name rg")
            .quiet(true)
            .when(ended(3, Test::Failed))
            .into(),
        az("group create --subscription sub --name rg --location westeurope --output none")
            .when(ended(4, Test::Contains(pattern(Channel::Stdout, "false"))))
            .into(),
        az(&format!("deployment group create {which} --template-file /cnab/app/arm/t.json --parameters @- --mode Incremental --no-prompt --output none"))
            .stdin(parameters)
            .when(ended(3, Test::Failed))
            .into(),
        az(&format!("deployment group show {which} --query"))
            .args([reason, "--output", "json"])
            .when(ended(3, bad.clone()))
            .into(),
        az(&format!("deployment group wait {which} --created --interval 1 --timeout 1"))
            .when(ended(3, bad))
            .into(),
        az(&format!("deployment group wait {which} --created --interval 10 --timeout 1800"))
            .when(ended(3, Test::ExitCode(0)))
            .into(),
        Task::Say("Finished deployment operations...".to_owned()),
        az(&format!("deployment group show {which} --query properties.outputs --output json"))
            .quiet(true)
            .output(Output::new("url", url))
            .into(),
    ];
    assert_eq!(plan("install", step, &ACCOUNT), Ok(expected));
}

#[test]
fn secret_parameters_are_escaped_by_whoever_puts_them_in() {
    let step = STEP.replace(
        "westeurope\"",
        &format!("westeurope\", \"password\": \"{SECRET}\""),
    );
    let tasks = plan("install", &step, &ACCOUNT).unwrap();
    let Task::Run(create) = &tasks[6] else {
        panic!("{tasks:?}");
    };
    let stdin = create.stdin.as_deref().unwrap_or_default();
    assert!(
        stdin.contains("\"password\":{\"value\":\"\u{fdd0}2j\u{fdd1}\"}"),
        "{stdin}"
    );
}

#[test]
fn clouds_have_porters_names() {
    let cloud = |name: &str| -> Result<Option<String>, Vec<Diagnostic>> {
        let mut environment = ACCOUNT.to_vec();
        environment.push(("AZURE_ENVIRONMENT", name));
        let tasks = plan("install", STEP, &environment).map_err(|failure| failure.0)?;
        match &tasks[2] {
            Task::Run(login) => Ok(login.env.first().map(|(_, value)| value.clone())),
            other => panic!("{other:?}"),
        }
    };
    for (name, expected) in [
        ("", Some("AzureCloud")),
        ("AzurePublicCloud", Some("AzureCloud")),
        ("azurechinacloud", Some("AzureChinaCloud")),
        ("AZUREUSGOVERNMENTCLOUD", Some("AzureUSGovernment")),
        ("AzureGermanCloud", Some("AzureGermanCloud")),
        ("AZURESTACKCLOUD", None),
    ] {
        assert_eq!(cloud(name), Ok(expected.map(str::to_owned)), "{name}");
    }
    let unknown = cloud("MarsCloud").expect_err("there is no such cloud");
    assert_eq!(
        said(&unknown),
        [(
            "arm-004",
            String::new(),
            "no Azure cloud is called `MarsCloud`"
        )]
    );
    let secret = cloud(SECRET).expect_err("it cannot be read");
    assert_eq!(secret[0].code, "needs-value");
}

#[test]
fn uninstall_leaves_everything_and_other_actions_are_not_known() {
    for step in ["null", "{}", r#""anything""#] {
        assert_eq!(plan("uninstall", step, &[]), Ok(Vec::new()), "{step}");
    }
    for action in ["upgrade", "status"] {
        let found = plan(action, STEP, &ACCOUNT).expect_err(action).0;
        let title = format!("the arm mixin has no action `{action}`");
        assert_eq!(said(&found), [("arm-101", String::new(), title.as_str())]);
    }
}

#[test]
fn refusals_name_their_place() {
    let without = |field: &str| STEP.replace(&format!("\"{field}\""), "\"x\"");
    let with_outputs =
        |outputs: &str| STEP.replacen('{', &format!("{{\"outputs\": {outputs}, "), 1);
    let cases = [
        (without("name"), "arm-002", "", "`name` is missing"),
        (
            without("resourceGroup"),
            "arm-002",
            "",
            "`resourceGroup` is missing",
        ),
        (without("template"), "arm-002", "", "`template` is missing"),
        (
            without("location"),
            "arm-002",
            "/parameters",
            "`parameters.location` is missing",
        ),
        (
            STEP.replace("\"westeurope\"", "5"),
            "arm-001",
            "/parameters/location",
            "`parameters.location` must be text",
        ),
        (
            STEP.replace("{\"location\": \"westeurope\"}", "[]"),
            "arm-001",
            "/parameters",
            "`parameters` must be a mapping, but is a list",
        ),
        (
            with_outputs(r#"[{"name": "url"}]"#),
            "arm-001",
            "/outputs/0/key",
            "`outputs[0].key` is missing",
        ),
        (
            with_outputs(r#"[{"name": "", "key": "k"}]"#),
            "arm-001",
            "/outputs/0/name",
            "`outputs[0].name` is missing",
        ),
        (
            STEP.replace("arm/t.json", SECRET),
            "needs-value",
            "/template",
            "`template` must be known before the step runs",
        ),
        (
            "\"hello\"".to_owned(),
            "arm-001",
            "",
            "the value must be a mapping, but is the text `hello`",
        ),
    ];
    for (step, code, place, title) in cases {
        let found = plan("install", &step, &ACCOUNT).expect_err(&step).0;
        assert_eq!(said(&found), [(code, place.to_owned(), title)], "{step}");
    }
}

#[test]
fn every_missing_variable_is_named() {
    let found = plan("install", STEP, &ACCOUNT[1..3])
        .expect_err("two are missing")
        .0;
    let titles = [
        "the environment variable `AZURE_SUBSCRIPTION_ID` is not set",
        "the environment variable `AZURE_CLIENT_SECRET` is not set",
    ];
    assert_eq!(
        said(&found),
        titles.map(|title| ("arm-004", String::new(), title))
    );
}

#[test]
fn lint_finds_what_will_not_work() {
    let steps = |steps: &[&str]| steps.iter().map(|step| (*step).to_owned()).collect();
    let request = BuildRequest {
        config: r#"{"a": 1}"#.to_owned(),
        actions: vec![
            (
                "install".to_owned(),
                steps(&[STEP, r#"{"name": "${ bundle.name }"}"#]),
            ),
            ("upgrade".to_owned(), steps(&["{}"])),
            ("uninstall".to_owned(), steps(&["{}"])),
        ],
        ..Default::default()
    };
    let found = evaluate::lint::<Arm>(request).expect("nothing is refused");
    let codes: Vec<&str> = found.iter().map(|found| found.code.as_str()).collect();
    assert_eq!(
        codes,
        ["arm-100", "arm-002", "arm-002", "arm-002", "arm-101"]
    );
}

#[test]
fn the_image_gets_the_az_client() {
    let instructions = evaluate::build::<Arm>(BuildRequest::default()).unwrap();
    let [Instruction::Packages(packages)] = &instructions[..] else {
        panic!("{instructions:?}");
    };
    assert_eq!(packages.names[0].name, "azure-cli");
    assert_eq!(packages.sources.len(), 1);
    let description = Arm::describe();
    assert!(Json::parse(&description.schema).is_ok());
    assert_eq!(description.environment.len(), 5);
    assert!(!description.sees_secrets);
}
