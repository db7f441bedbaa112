//! What the terraform mixin makes of a step, what it refuses and where.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use porter_mixin_sdk::evaluate::{self, PlanRequest};
use porter_mixin_sdk::{Command, Failure, File, Json, Mixin, Output, Place, Target, Task};
use porter_mixin_terraform::Terraform;

const AGENT: &str = concat!(
    "getporter/porter getporter/terraform/v",
    env!("CARGO_PKG_VERSION")
);

fn plan_with(
    config: &str,
    action: &str,
    step: &str,
    environment: &[(&str, &str)],
) -> Result<Vec<Task>, Failure> {
    let environment = environment.iter();
    evaluate::plan::<Terraform>(PlanRequest {
        config: config.to_owned(),
        action: action.to_owned(),
        step: step.to_owned(),
        environment: environment
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    })
}

fn plan(action: &str, step: &str) -> Vec<Task> {
    plan_with("null", action, step, &[]).expect(step)
}

fn terraform<const COUNT: usize>(args: [&str; COUNT]) -> Command {
    Command::new("terraform")
        .args(args)
        .dir("terraform")
        .env("AZURE_HTTP_USER_AGENT", AGENT)
}

/// The command after `init` and the variables' file.
fn main_of(action: &str, step: &str) -> Vec<String> {
    let tasks = plan(action, step);
    let commands = tasks.iter().filter_map(|task| match task {
        Task::Run(command) => Some(command.args.clone()),
        _ => None,
    });
    commands.collect::<Vec<_>>().swap_remove(1)
}

#[test]
fn installing_writes_the_variables_between_init_and_apply() {
    let step = r#"{"description": "d", "vars": {"b": [1.50, "x y"], "a": "it's"}, "logLevel": "DEBUG",
        "backendConfig": {"key": "k", "encrypt": true, "retries": 3, "tags": {"a": 1}, "none": null},
        "flags": {"lock-timeout": "10s"}, "outputs": [{"name": "o", "destinationFile": "out/o"}, {"name": "p"}]}"#;
    let terraform = |args: &[&str]| {
        terraform([])
            .args(args.iter().copied())
            .env("TF_LOG", "DEBUG")
    };
    let output = |name: &str| {
        terraform(&["output", "-json", name])
            .quiet(true)
            .keep_going()
    };
    let file = File {
        to: Target {
            path: "terraform/terraform.tfvars.json".to_owned(),
            mode: 0o644,
        },
        content: r#"{"a":"it's","b":[1.50,"x y"]}"#.to_owned(),
    };
    let expected: Vec<Task> = vec![
        Task::Say("Initializing Terraform...".to_owned()),
        terraform(&[
            "init",
            "-backend=true",
            "-backend-config=encrypt=true",
            "-backend-config=key=k",
            "-backend-config=retries=3",
            r#"-backend-config=tags={"a":1}"#,
            "-reconfigure",
        ])
        .into(),
        Task::Write(file),
        terraform(&[
            "apply",
            "-auto-approve",
            "-input=false",
            "-lock-timeout",
            "10s",
            "-var",
            "a=it's",
            "-var",
            r#"b=[1.50,"x y"]"#,
        ])
        .into(),
        output("o")
            .output(Output::json_path("o", "$").to("terraform/out/o", 0o700))
            .into(),
        output("p").output(Output::json_path("p", "$")).into(),
    ];
    assert_eq!(plan("install", step), expected);
}

#[test]
fn only_installing_writes_the_file() {
    let writes = |action: &str, step: &str| {
        plan(action, step)
            .iter()
            .any(|task| matches!(task, Task::Write(_)))
    };
    assert!(writes("install", "{}"));
    assert!(!writes("install", r#"{"disableVarFile": true}"#));
    for action in ["upgrade", "uninstall", "plan"] {
        assert!(!writes(action, r#"{"vars": {"a": 1}}"#));
    }
}

#[test]
fn the_command_of_an_action() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("upgrade", "{}", &["apply", "-auto-approve", "-input=false"]),
        (
            "uninstall",
            r#"{"arguments": ["x"]}"#,
            &["destroy", "-auto-approve", "-input=false"],
        ),
        ("plan", "{}", &["plan"]),
        (
            "show",
            r#"{"arguments": ["state", "list it"], "flags": {"id": "x"}}"#,
            &["state", "list it", "-id", "x"],
        ),
        (
            "plan",
            r#"{"vars": {"n": null, "t": true, "m": {}, "l": [], "s": "a  'b'"}, "flags": {"var": "x=1", "var-file": "f", "A": 1}}"#,
            &[
                "plan",
                "-A",
                "1",
                "-var",
                "x=1",
                "-var",
                "l=[]",
                "-var",
                "m={}",
                "-var",
                "n=null",
                "-var",
                "s=a  'b'",
                "-var",
                "t=true",
                "-var-file",
                "f",
            ],
        ),
        (
            "install",
            r#"{"flags": {"auto-approve": false, "input": true, "target": ["a.b", "c.d"], "zz": "x y", "no-color": ""}}"#,
            &[
                "apply",
                "-auto-approve",
                "false",
                "-auto-approve",
                "-input",
                "true",
                "-input=false",
                "-no-color",
                "-target",
                "a.b",
                "-target",
                "c.d",
                "-zz",
                "x",
                "y",
            ],
        ),
    ];
    for (action, step, expected) in cases {
        assert_eq!(main_of(action, step), *expected, "{action} {step}");
    }
}

#[test]
fn secrets_are_placed_and_escaped_where_json_is() {
    let secret = "\u{fdd0}1\u{fdd1}";
    let in_json = "\u{fdd0}1j\u{fdd1}";
    let step = format!(r#"{{"vars": {{"p": "{secret}", "m": {{"p": "{secret}"}}}}}}"#);
    let tasks = plan("install", &step);
    assert!(matches!(&tasks[2], Task::Write(file)
        if file.content == format!(r#"{{"m":{{"p":"{in_json}"}},"p":"{in_json}"}}"#)));
    let args = main_of("install", &step);
    assert_eq!(args[4], format!(r#"m={{"p":"{in_json}"}}"#));
    assert_eq!(args[6], format!("p={secret}"));
}

#[test]
fn the_configured_directory_counts_when_the_bundle_runs() {
    let step = r#"{"outputs": [{"name": "o", "destinationFile": "x"}, {"name": "p", "destinationFile": "/tmp/y"}]}"#;
    for (config, dir, prefix) in [
        ("null", "terraform", "terraform/"),
        (
            r#"{"WORKINGDIR": "/infra//live/"}"#,
            "infra/live",
            "infra/live/",
        ),
        (r#"{"workingDir": "."}"#, "", ""),
    ] {
        let tasks = plan_with(config, "install", step, &[]).expect(config);
        let paths: Vec<String> = tasks
            .iter()
            .filter_map(|task| match task {
                Task::Write(file) => Some(file.to.path.clone()),
                Task::Run(command) => {
                    assert_eq!(command.dir, dir);
                    command
                        .outputs
                        .first()?
                        .to
                        .as_ref()
                        .map(|to| to.path.clone())
                }
                Task::Say(_) => None,
            })
            .collect();
        let expected = [
            format!("{prefix}terraform.tfvars.json"),
            format!("{prefix}x"),
            "/tmp/y".to_owned(),
        ];
        assert_eq!(paths, expected, "{config}");
    }
}

#[test]
fn the_user_agent() {
    let known = format!("{AGENT} pipeline/7");
    let opt_out = "PORTER_TERRAFORM_MIXIN_USER_AGENT_OPT_OUT";
    let name = "AZURE_HTTP_USER_AGENT";
    type Set<'a> = &'a [(&'a str, &'a str)];
    let cases: &[(&str, Set<'_>, Option<&str>)] = &[
        ("null", &[], Some(AGENT)),
        ("null", &[(name, "")], Some(AGENT)),
        ("null", &[(name, "pipeline/7")], Some(&known)),
        ("null", &[(name, &known)], Some(&known)),
        ("null", &[(opt_out, "1")], None),
        ("null", &[(opt_out, "False")], Some(AGENT)),
        ("null", &[(opt_out, "perhaps")], Some(AGENT)),
        (r#"{"userAgentOptOut": true}"#, &[], None),
    ];
    for (config, environment, expected) in cases {
        let tasks = plan_with(config, "upgrade", "{}", environment).expect(config);
        let Task::Run(init) = &tasks[1] else {
            panic!("{tasks:?}")
        };
        let found = init.env.iter().find(|(known, _)| known == name);
        assert_eq!(
            found.map(|(_, value)| value.as_str()),
            *expected,
            "{config} {environment:?}"
        );
    }
}

#[test]
fn refusals_name_their_place() {
    let cases = [
        (
            "null",
            "",
            "terraform-001",
            "the value must be a mapping, but is empty",
        ),
        (
            r#"{"vars": ["a"]}"#,
            "/vars",
            "terraform-001",
            "`vars` must be a mapping, but is a list",
        ),
        (
            r#"{"vars": {"a=b": 1}}"#,
            "/vars/a=b",
            "terraform-001",
            "`vars.a=b` is no name of a variable or setting",
        ),
        (
            r#"{"flags": {"target": [1]}}"#,
            "/flags/target/0",
            "terraform-001",
            "`flags.target[0]` must be text, but is `1`; put it into quotes",
        ),
        (
            r#"{"outputs": [{"destinationFile": "x"}]}"#,
            "/outputs/0/name",
            "terraform-001",
            "`outputs[0].name` is missing",
        ),
        (
            "{\"outputs\": [{\"name\": \"a\", \"destinationFile\": \"\u{fdd0}0\u{fdd1}\"}]}",
            "/outputs/0/destinationFile",
            "needs-value",
            "`outputs[0].destinationFile` must be known before the step runs",
        ),
        (
            r#"{"disableVarFile": "sometimes"}"#,
            "/disableVarFile",
            "terraform-001",
            "`disableVarFile` must be true or false, but is the text `sometimes`",
        ),
    ];
    for (step, pointer, code, title) in cases {
        let found = plan_with("null", "install", step, &[]).expect_err(step).0;
        assert_eq!(found.len(), 1, "{step}: {found:?}");
        let at = &found[0].at;
        assert!(
            matches!(at, Place::Step { index: 0, pointer: p, .. } if p.as_str() == pointer),
            "{step}: {at:?}"
        );
        assert_eq!(
            (found[0].code.as_str(), found[0].title.as_str()),
            (code, title),
            "{step}"
        );
    }
}

#[test]
fn the_schema_is_json_and_knows_every_field() {
    let description = Terraform::describe();
    assert!(Json::parse(&description.schema).is_ok());
    for field in [
        "arguments",
        "backendConfig",
        "flags",
        "logLevel",
        "vars",
        "disableVarFile",
        "clientVersion",
    ] {
        assert!(
            description.schema.contains(&format!("\"{field}\":{{")),
            "{field}"
        );
    }
}
