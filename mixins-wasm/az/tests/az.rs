//! What the az mixin makes of a step and of a configuration, and what it refuses and where.

use porter_mixin_az::Az;
use porter_mixin_sdk::evaluate::{self, BuildRequest, PlanRequest};
use porter_mixin_sdk::{
    AptPackage, Channel, Command, Condition, Failure, Instruction, Json, Mixin, Output, Packages,
    Pattern, Place, Run, Severity, Source, Task, Test,
};

const AGENT: &str = "AZURE_HTTP_USER_AGENT";
const OURS: &str = concat!("getporter/porter getporter/az/v", env!("CARGO_PKG_VERSION"));

fn plan_with(action: &str, step: &str, environment: &[(&str, &str)]) -> Result<Vec<Task>, Failure> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    evaluate::plan::<Az>(PlanRequest {
        action: action.to_owned(),
        step: step.to_owned(),
        environment: environment.iter().map(owned).collect(),
        ..Default::default()
    })
}

fn plan(step: &str) -> Result<Vec<Task>, Failure> {
    plan_with("install", step, &[])
}

fn build(config: &str, environment: &[(&str, &str)]) -> Result<Vec<Instruction>, Failure> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    evaluate::build::<Az>(BuildRequest {
        config: config.to_owned(),
        environment: environment.iter().map(owned).collect(),
        ..Default::default()
    })
}

/// Code, place and title of what is found.
fn said(found: &[porter_mixin_sdk::Diagnostic]) -> Vec<(String, String, String)> {
    let place = |place: &Place| match place {
        Place::Step { pointer, .. } => pointer.to_string(),
        Place::Config(pointer) => format!("config{pointer}"),
    };
    found
        .iter()
        .map(|found| (found.code.clone(), place(&found.at), found.title.clone()))
        .collect()
}

fn az(arguments: &[&str]) -> Command {
    Command::new("az")
        .args(arguments.iter().copied())
        .env(AGENT, OURS)
}

#[test]
fn every_field_has_its_place_in_the_command() {
    let tasks = plan(
        r#"{"description": "d", "arguments": ["vm", "two words"], "suppress-output": "yes",
            "flags": {"no-wait": null, "name": "web", "z": ["a b", "'c d'"], "count": 1.50},
            "outputs": [{"name": "f", "path": "out"}, {"name": "id", "jsonPath": "$.id"}],
            "ignoreError": {"all": false, "exitCodes": [3], "output": {"regex": ["(?i)there"]}}}"#,
    );
    let there = Pattern {
        channel: Channel::Stderr,
        value: "(?i)there".to_owned(),
    };
    let id = Source::JsonPath {
        path: "$.id".to_owned(),
        fold_case: false,
        absent: Some(String::new()),
    };
    let expected = az(&[
        "vm",
        "two words",
        "--count",
        "1.50",
        "--name",
        "web",
        "--no-wait",
        "--output",
        "json",
        "-z",
        "a",
        "b",
        "-z",
        "c d",
    ])
    .quiet(true)
    .ignore(Test::ExitCode(3))
    .ignore(Test::Matches(there))
    .output(Output::new("id", id))
    .output(Output::file("f", "out"));
    assert_eq!(tasks, Ok(vec![expected.into()]));
}

#[test]
fn groups_are_made_and_deleted() {
    let step = r#"{"description": "d", "group": {"name": "shop", "location": "eastus"}}"#;
    let harmless = |text: &str| {
        Test::Contains(Pattern {
            channel: Channel::Stderr,
            value: text.to_owned(),
        })
    };
    let create = az(&["group", "create", "--location", "eastus", "--name", "shop"])
        .ignore(harmless("Resource group already exists"));
    let delete = az(&["group", "delete", "--yes", "--name", "shop"])
        .ignore(harmless("ResourceGroupNotFound"));
    for (action, expected) in [
        ("install", &create),
        ("upgrade", &create),
        ("scale", &create),
        ("uninstall", &delete),
    ] {
        let tasks = plan_with(action, step, &[]);
        assert_eq!(tasks, Ok(vec![expected.clone().into()]), "{action}");
    }
}

#[test]
fn a_login_takes_what_the_environment_has() {
    let secret = "\u{fdd0}7\u{fdd1}";
    let all = [
        ("AZURE_CLIENT_ID", "cid"),
        ("AZURE_CLIENT_SECRET", secret),
        ("AZURE_TENANT_ID", "tid"),
    ];
    let principal: &[&str] = &[
        "login",
        "--password",
        secret,
        "--service-principal",
        "--tenant",
        "tid",
        "--username",
        "cid",
    ];
    let assigned: &[&str] = &["login", "--identity", "--username", "cid"];
    let machine: &[&str] = &["login", "--identity"];
    let empty = [all[0], ("AZURE_CLIENT_SECRET", ""), all[2]];
    type Environment<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Environment<'_>, &[&str]); 5] = [
        (&all, principal),
        (&all[..2], assigned),
        (&empty, assigned),
        (&all[1..], machine),
        (&[], machine),
    ];
    for (environment, arguments) in cases {
        for step in [r#"{"login": {}}"#, r#"{"login": null, "description": "d"}"#] {
            let nothing = Command::new("true")
                .env(AGENT, OURS)
                .when(Condition::Exists("~/.azure".to_owned()));
            let login = az(arguments).when(Condition::Missing("~/.azure".to_owned()));
            assert_eq!(
                plan_with("install", step, environment),
                Ok(vec![nothing.into(), login.into()]),
                "{environment:?}"
            );
        }
    }
}

#[test]
fn the_user_agent_says_who_called() {
    let agent = |environment: &[(&str, &str)]| {
        let tasks = plan_with("install", r#"{"arguments": ["a"]}"#, environment).unwrap();
        match &tasks[..] {
            [Task::Run(command)] => command.env.clone(),
            other => panic!("{other:?}"),
        }
    };
    let variable = |value: String| vec![(AGENT.to_owned(), value)];
    assert_eq!(agent(&[]), variable(OURS.to_owned()));
    assert_eq!(agent(&[(AGENT, "ci/7")]), variable(format!("{OURS} ci/7")));
    let opt_out = "PORTER_AZ_MIXIN_USER_AGENT_OPT_OUT";
    assert_eq!(agent(&[(AGENT, "ci/7"), (opt_out, "true")]), []);
    assert_eq!(agent(&[(opt_out, "1")]), []);
    assert_eq!(agent(&[(opt_out, "no")]), variable(OURS.to_owned()));
    let tasks = evaluate::plan::<Az>(PlanRequest {
        config: r#"{"userAgentOptOut": true}"#.to_owned(),
        action: "install".to_owned(),
        step: r#"{"arguments": ["a"]}"#.to_owned(),
        ..Default::default()
    });
    let without = Command::new("az").args(["a", "--output", "json"]);
    assert_eq!(tasks, Ok(vec![without.into()]));
}

#[test]
fn refusals_name_their_place() {
    let cases = [
        ("null", "az-101", "", "the step says nothing to do"),
        (
            r#"{"description": "d"}"#,
            "az-101",
            "",
            "the step says nothing to do",
        ),
        (
            r#""vm""#,
            "az-001",
            "",
            "the value must be a mapping, but is the text `vm`",
        ),
        (
            r#"{"login": "yes please"}"#,
            "az-001",
            "/login",
            "`login` must be a mapping, but is the text `yes please`",
        ),
        (
            r#"{"group": "shop"}"#,
            "az-001",
            "/group",
            "`group` must be a mapping, but is the text `shop`",
        ),
        (
            r#"{"group": {"name": []}}"#,
            "az-001",
            "/group/name",
            "`group.name` must be text, but is a list",
        ),
        (
            r#"{"arguments": "vm"}"#,
            "az-001",
            "/arguments",
            "`arguments` must be a list, but is the text `vm`",
        ),
        (
            r#"{"flags": {"ids": [1]}}"#,
            "az-001",
            "/flags/ids/0",
            "`flags.ids[0]` must be text, but is `1`; put it into quotes",
        ),
        (
            r#"{"arguments": [], "outputs": [{"name": "a/b", "path": "p"}]}"#,
            "az-001",
            "/outputs/0/name",
            "`outputs[0].name` may hold letters, digits, `.`, `_` and `-` only",
        ),
        (
            "{\"arguments\": [], \"outputs\": [{\"name\": \"a\", \"path\": \"\u{fdd0}0\u{fdd1}\"}]}",
            "needs-value",
            "/outputs/0/path",
            "`outputs[0].path` must be known before the step runs",
        ),
    ];
    for (step, code, place, title) in cases {
        let found = plan(step).expect_err(step).0;
        let expected = (code.to_owned(), place.to_owned(), title.to_owned());
        assert_eq!(said(&found), [expected], "{step}");
        assert_eq!(found[0].severity, Severity::Error);
    }
}

#[test]
fn lint_finds_what_will_not_work() {
    let steps = [
        r#"{"description": "d"}"#,
        r#"{"login": {}, "arguments": ["a"]}"#,
        r#"{"group": {"name": "shop"}}"#,
        r#"{"arguments": ["a"], "flags": {"o": "tsv"}, "outputs": [{"name": "r", "regex": "(.*)"}]}"#,
        r#"{"argumants": ["a"]}"#,
    ];
    let gone = r#"{"group": {"name": "shop"}}"#;
    let request = BuildRequest {
        config: r#"{"clientVersion": "v2.60.0"}"#.to_owned(),
        actions: vec![
            ("install".to_owned(), steps.map(str::to_owned).to_vec()),
            ("uninstall".to_owned(), vec![gone.to_owned()]),
        ],
        ..Default::default()
    };
    let found = evaluate::lint::<Az>(request).expect("nothing is refused");
    let found: Vec<(String, String)> = said(&found)
        .into_iter()
        .map(|(code, place, _)| (code, place))
        .collect();
    let expected = [
        ("az-003", "/argumants"),
        ("az-100", "config/clientVersion"),
        ("az-101", ""),
        ("az-102", ""),
        ("az-103", "/group"),
        ("az-104", "/outputs/0"),
        ("az-105", "/flags/o"),
    ];
    assert_eq!(
        found,
        expected.map(|(code, place)| (code.to_owned(), place.to_owned()))
    );
}

#[test]
fn the_image_gets_the_client_its_extensions_and_bicep() {
    let instructions = build(
        r#"{"clientVersion": "2.60.0", "extensions": ["ssh", "azure-iot --version 0.1"], "installBicep": true}"#,
        &[],
    )
    .unwrap();
    let [
        Instruction::Env {
            name: opt_out,
            value: opted,
        },
        Instruction::Env {
            name: agent,
            value: ours,
        },
        Instruction::Packages(Packages { names, sources }),
        Instruction::Run(first),
        Instruction::Run(second),
        Instruction::Run(bicep),
        Instruction::Path(path),
        Instruction::Env {
            name: found,
            value: on_path,
        },
    ] = &instructions[..]
    else {
        panic!("{instructions:?}");
    };
    assert_eq!(
        (opt_out.as_str(), opted.as_str()),
        ("PORTER_AZ_MIXIN_USER_AGENT_OPT_OUT", "false")
    );
    assert_eq!((agent.as_str(), ours.as_str()), (AGENT, OURS));
    let client = AptPackage {
        name: "azure-cli".to_owned(),
        version: Some("2.60.0-1~{codename}".to_owned()),
    };
    assert_eq!(names, &[client, AptPackage::newest("icu-devtools")]);
    assert_eq!(sources[0].suite, "{codename}");
    let words = |run: &Run| (run.network, run.commands[0].join(" "));
    let add = "az extension add -y --system --name";
    assert_eq!(words(first), (true, format!("{add} ssh")));
    assert_eq!(
        words(second),
        (true, format!("{add} azure-iot --version 0.1"))
    );
    let install = "env AZURE_CONFIG_DIR=/opt/azure-bicep az bicep install";
    assert_eq!(words(bicep), (true, install.to_owned()));
    assert_eq!(path, "/opt/azure-bicep/bin");
    assert_eq!(
        (found.as_str(), on_path.as_str()),
        ("AZURE_BICEP_USE_BINARY_FROM_PATH", "true")
    );
}

#[test]
fn the_image_keeps_the_user_agent_of_its_builder() {
    let agent = |config: &str, environment: &[(&str, &str)]| {
        let instructions = build(config, environment).unwrap();
        match &instructions[1] {
            Instruction::Env { value, .. } => value.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(agent("null", &[(AGENT, "ci/7")]), format!("{OURS} ci/7"));
    assert_eq!(
        agent(r#"{"userAgentOptOut": true}"#, &[(AGENT, "ci/7")]),
        ""
    );
    assert_eq!(
        agent("null", &[("PORTER_AZ_MIXIN_USER_AGENT_OPT_OUT", "true")]),
        ""
    );
}

#[test]
fn a_configuration_is_refused_at_its_place() {
    let cases = [
        (
            r#""2.60""#,
            "config",
            "the value must be a mapping, but is the text `2.60`",
        ),
        (
            r#"{"extensions": "ssh"}"#,
            "config/extensions",
            "`extensions` must be a list, but is the text `ssh`",
        ),
        (
            r#"{"clientVersion": "2.60 && true"}"#,
            "config/clientVersion",
            "`clientVersion` must be a version such as `2.60.0`: letters, digits, `.`, `+`, `-`, `~` and `:`",
        ),
        (
            r#"{"extensions": ["a", ""]}"#,
            "config/extensions/1",
            "`extensions[1]` must not be empty",
        ),
        (
            r#"{"extensions": ["x; rm -rf /"]}"#,
            "config/extensions/0",
            "`extensions[0]` goes to `az extension add --name` as it is: no shell, and no template, is there to understand `;`, `&`, `|`, `<`, `>`, `$`, backticks or parentheses",
        ),
    ];
    for (config, place, title) in cases {
        let found = build(config, &[]).expect_err(config).0;
        let expected = ("az-001".to_owned(), place.to_owned(), title.to_owned());
        assert_eq!(said(&found), [expected], "{config}");
    }
}

#[test]
fn the_description_names_what_it_must_know() {
    let description = Az::describe();
    assert!(Json::parse(&description.schema).is_ok());
    assert!(!description.sees_secrets);
    assert_eq!(
        description.environment,
        [
            "AZURE_CLIENT_ID",
            "AZURE_CLIENT_SECRET",
            "AZURE_TENANT_ID",
            AGENT,
            "PORTER_AZ_MIXIN_USER_AGENT_OPT_OUT"
        ]
    );
}
