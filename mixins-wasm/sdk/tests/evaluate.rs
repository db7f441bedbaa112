//! A mixin as the host calls it.

use porter_mixin_sdk::evaluate::{self, BuildRequest, PlanRequest};
use porter_mixin_sdk::{
    Build, Command, Description, Diagnostic, Failure, Instruction, Mixin, Packages, Place, Plan,
    Pointer, Severity, Task,
};
use serde::Deserialize;

struct Greet;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    lang: String,
    loud: bool,
}

#[derive(Deserialize)]
struct Step {
    name: String,
    #[serde(default)]
    times: u32,
    #[serde(default)]
    tags: Vec<String>,
}

impl Mixin for Greet {
    const NAME: &'static str = "greet";
    type Config = Config;
    type Step = Step;

    fn describe() -> Description {
        Description::new("{}").environment("LANG")
    }

    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        let shouting = request
            .steps()
            .filter(|step| step.value.name.ends_with('!'));
        shouting
            .map(|step| step.warning("greet-100", "shouting", Pointer::root().key("name")))
            .collect()
    }

    fn build(request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        let tags: usize = request.steps().map(|step| step.value.tags.len()).sum();
        let package = format!(
            "greet-{}-{tags}-{}",
            request.config.lang, request.config.loud
        );
        Ok(vec![Instruction::Packages(Packages::named(&[&package]))])
    }

    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        if request.step.value.name.is_empty() {
            return Err(request
                .step
                .error("greet-101", "nobody", Pointer::root().key("name"))
                .into());
        }
        let language = request.environment.get("LANG").unwrap_or("C");
        let command = Command::new("greet")
            .arg(&request.step.value.name)
            .env("LANG", language);
        Ok(vec![
            command.arg(request.step.value.times.to_string()).into(),
        ])
    }
}

porter_mixin_sdk::export!(Greet);

fn manifest(config: &str, steps: &[&str]) -> BuildRequest {
    let steps = steps.iter().map(|step| (*step).to_owned()).collect();
    let actions = vec![("install".to_owned(), vec![]), ("status".to_owned(), steps)];
    BuildRequest {
        config: config.to_owned(),
        actions,
        ..Default::default()
    }
}

fn step(json: &str) -> PlanRequest {
    let (action, step) = ("status".to_owned(), json.to_owned());
    PlanRequest {
        config: "null".to_owned(),
        action,
        step,
        environment: vec![("LANG".into(), "de".into())],
    }
}

fn places(failure: &Failure) -> Vec<(String, &str, String)> {
    let describe = |found: &Diagnostic| match &found.at {
        Place::Config(pointer) => format!("config{pointer}"),
        Place::Step {
            action,
            index,
            pointer,
        } => format!("{action}[{index}]{pointer}"),
    };
    failure
        .0
        .iter()
        .map(|f| (describe(f), f.code.as_str(), f.title.clone()))
        .collect()
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let request = manifest(
        r#"{"loud": "perhaps"}"#,
        &[
            r#"{"name": "a"}"#,
            r#"{"name": []}"#,
            "{}",
            r#"{"name": "b", "times": -1}"#,
        ],
    );
    let failure = evaluate::lint::<Greet>(request.clone()).unwrap_err();
    let expected = [
        (
            "config/loud",
            "greet-001",
            "`loud` must be true or false, but is the text `perhaps`",
        ),
        (
            "status[1]/name",
            "greet-001",
            "`name` must be text, but is a list",
        ),
        ("status[2]", "greet-002", "`name` is missing"),
        ("status[3]/times", "greet-001", "`times` is out of range"),
    ];
    let expected = expected.map(|(place, code, title)| (place.to_owned(), code, title.to_owned()));
    assert_eq!(places(&failure), expected);
    assert!(evaluate::build::<Greet>(request).is_err());
}

#[test]
fn templates_may_turn_into_anything_while_building() {
    let request = manifest(
        r#"{"lang": "${ bundle.parameters.lang }", "loud": "${ bundle.parameters.loud }"}"#,
        &[r#"{"name": "${ bundle.name }", "times": "${ bundle.parameters.n }", "tags": "${ t }"}"#],
    );
    assert_eq!(evaluate::lint::<Greet>(request.clone()).unwrap(), []);
    let expected = Packages::named(&["greet-${ bundle.parameters.lang }-0-false"]);
    assert_eq!(
        evaluate::build::<Greet>(request).unwrap(),
        [Instruction::Packages(expected)]
    );
    let failure = evaluate::plan::<Greet>(step(r#"{"name": "a", "times": "${ b }"}"#)).unwrap_err();
    assert_eq!(places(&failure)[0].0, "status[0]/times");
}

#[test]
fn misspellings_are_warnings_and_other_extras_are_silent() {
    let request = manifest(
        "null",
        &[r#"{"name": "a!", "tmies": 2, "anything": [1, {"a": "b"}], "Tags": []}"#],
    );
    let warnings = evaluate::lint::<Greet>(request).unwrap();
    let seen: Vec<_> = warnings
        .iter()
        .map(|found| {
            (
                found.code.as_str(),
                found.title.as_str(),
                found.hint.as_deref(),
            )
        })
        .collect();
    let unknown = |name: &str| format!("`{name}` is not known and has no effect");
    assert_eq!(
        seen,
        [
            (
                "greet-003",
                unknown("tmies").as_str(),
                Some("did you mean `times`?")
            ),
            (
                "greet-003",
                unknown("Tags").as_str(),
                Some("did you mean `tags`?")
            ),
            ("greet-100", "shouting", None),
        ]
    );
    assert!(
        warnings
            .iter()
            .all(|found| found.severity == Severity::Warning)
    );
}

#[test]
fn a_step_becomes_tasks() {
    let tasks =
        evaluate::plan::<Greet>(step("{\"name\": \"\u{fdd0}0\u{fdd1}\", \"times\": \"2\"}"));
    let command = Command::new("greet")
        .args(["\u{fdd0}0\u{fdd1}", "2"])
        .env("LANG", "de");
    assert_eq!(tasks.unwrap(), [Task::Run(command)]);
    let failure = evaluate::plan::<Greet>(step(r#"{"name": ""}"#)).unwrap_err();
    assert_eq!(
        places(&failure),
        [("status[0]/name".into(), "greet-101", "nobody".into())]
    );
    let unknown =
        evaluate::plan::<Greet>(step("{\"name\": \"a\", \"times\": \"\u{fdd0}0\u{fdd1}\"}"));
    assert_eq!(places(&unknown.unwrap_err())[0].1, "needs-value");
}
