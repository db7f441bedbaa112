//! A bundle in a temporary root whose one mixin, `fake`, runs what the test says.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use porter_mixin::instruction::{File, Target};
use porter_mixin::task::{Output, Source};
use porter_mixin::{
    BuildRequest, Command, Description, Diagnostic, Evaluate, EvaluateError, Instruction,
    PlanRequest, Task,
};
use porter_runbook::document::{
    Action, BundleInfo, Credential, MixinCode, Output as BundleOutput, Parameter, Runbook,
    StateVariable, Step,
};
use porter_runbook::tree::Expression;
use porter_runbook::{Json, Node, Segment};
use porter_runtime::{Console, Host, Leftovers, Mixins, Preview, Root, run};
use serde_json::json;

type Plan = dyn Fn(&PlanRequest) -> Result<Vec<Task>, EvaluateError>;

/// A bundle and a place to run it.
pub(crate) struct Bundle {
    pub(crate) root: tempfile::TempDir,
    pub(crate) runbook: Runbook,
    pub(crate) environment: BTreeMap<OsString, OsString>,
    pub(crate) leftovers: Leftovers,
    pub(crate) plan: Rc<Plan>,
    /// The steps that the mixin saw.
    pub(crate) seen: Rc<RefCell<Vec<PlanRequest>>>,
}

/// What a run showed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) succeeded: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bundle {
    pub(crate) fn new() -> Self {
        let environment = [
            ("CNAB_ACTION", "install"),
            ("CNAB_INSTALLATION_NAME", "/inst"),
            ("PORTER_INSTALLATION_NAMESPACE", ""),
            ("PORTER_INSTALLATION_NAME", "inst"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ];
        let environment = environment.map(|(name, value)| (name.into(), value.into()));
        let mixin = MixinCode {
            version: "v1.0.0".into(),
            tier: "pure".into(),
            reads: Vec::new(),
            digest: String::new(),
            code: BTreeMap::new(),
            config: Json::Null,
            environment: Vec::new(),
            sees_secrets: false,
        };
        let bundle = Self {
            root: tempfile::tempdir().unwrap(),
            runbook: Runbook {
                schema_version: "1.0.0".into(),
                bundle: BundleInfo {
                    name: "trial".into(),
                    version: "0.1.0".into(),
                    description: String::new(),
                },
                custom: json!({}),
                mixins: [("fake".to_owned(), mixin)].into(),
                parameters: BTreeMap::new(),
                credentials: BTreeMap::new(),
                outputs: BTreeMap::new(),
                state: Vec::new(),
                images: Vec::new(),
                actions: Vec::new(),
            },
            environment: environment.into(),
            leftovers: Leftovers::Groups,
            plan: Rc::new(plan_script),
            seen: Rc::default(),
        };
        std::fs::create_dir_all(bundle.path("/cnab/app/porter")).unwrap();
        bundle
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        Root::at(self.root.path()).path(inside)
    }

    pub(crate) fn file(&self, inside: &str, content: impl AsRef<[u8]>) {
        let path = self.path(inside);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, inside: &str) -> Option<String> {
        std::fs::read(self.path(inside))
            .ok()
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    /// The packed state as one text: tar headers and contents.
    pub(crate) fn packed_state(&self) -> String {
        let packed = std::fs::read(self.path("/cnab/app/outputs/porter-state")).unwrap();
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(packed.as_slice())
            .read_to_end(&mut tar)
            .unwrap();
        String::from_utf8(tar).unwrap()
    }

    pub(crate) fn env(&mut self, name: &str, value: &str) -> &mut Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    pub(crate) fn parameter(
        &mut self,
        name: &str,
        kind: &str,
        sensitive: bool,
        value: &str,
    ) -> &mut Self {
        let env = name.to_uppercase();
        self.env(&env, value);
        let parameter = Parameter {
            kind: kind.into(),
            env: Some(env),
            path: None,
            apply_to: Vec::new(),
            sensitive,
            output: None,
        };
        self.runbook.parameters.insert(name.into(), parameter);
        self
    }

    pub(crate) fn file_parameter(&mut self, name: &str, path: &str, sensitive: bool) -> &mut Self {
        let parameter = Parameter {
            kind: "file".into(),
            env: None,
            path: Some(path.into()),
            apply_to: Vec::new(),
            sensitive,
            output: None,
        };
        self.runbook.parameters.insert(name.into(), parameter);
        self
    }

    pub(crate) fn credential(&mut self, name: &str, value: &str) -> &mut Self {
        let env = name.to_uppercase();
        self.env(&env, value);
        self.runbook.credentials.insert(
            name.into(),
            Credential {
                env: Some(env),
                path: None,
            },
        );
        self
    }

    pub(crate) fn output(&mut self, name: &str, sensitive: bool) -> &mut BundleOutput {
        let output = BundleOutput {
            path: None,
            apply_to: Vec::new(),
            sensitive,
        };
        self.runbook.outputs.entry(name.into()).or_insert(output)
    }

    pub(crate) fn state(&mut self, name: &str, path: &str) -> &mut Self {
        self.runbook.state.push(StateVariable {
            name: name.into(),
            path: path.into(),
        });
        self
    }

    /// Adds a step that runs a shell script.
    pub(crate) fn step(&mut self, script: &str) -> &mut Self {
        self.step_of("install", json!({ "script": script }))
    }

    /// Adds a step with more to it: see [`plan_script`].
    pub(crate) fn step_of(&mut self, action: &str, data: Json) -> &mut Self {
        let step = Step {
            mixin: "fake".into(),
            data: node(data),
            line: 10 + self.runbook.actions.len() as u32,
            column: 5,
        };
        match self
            .runbook
            .actions
            .iter_mut()
            .find(|known| known.name == action)
        {
            Some(known) => known.steps.push(step),
            None => self.runbook.actions.push(Action {
                name: action.into(),
                steps: vec![step],
            }),
        }
        self
    }

    /// Adds a step of which the plan is given.
    pub(crate) fn tasks(&mut self, tasks: Vec<Task>) -> &mut Self {
        self.plan = Rc::new(move |_| Ok(tasks.clone()));
        self.step("")
    }

    pub(crate) fn run(&self) -> Ran {
        let runbook = serde_json::to_vec(&self.runbook).unwrap();
        self.file("/cnab/app/porter/runbook.json", runbook);
        self.run_as_is()
    }

    /// What `porter plan` makes of the bundle, as far as a run looks at it.
    pub(crate) fn preview(&self) -> Json {
        let fake = Fake {
            plan: self.plan.clone(),
            seen: self.seen.clone(),
        };
        let preview = Preview {
            runbook: &self.runbook,
            bundle: json!({}),
            relocation: Json::Null,
            environment: self.environment.clone().into(),
            mixins: [("fake", &fake as &dyn Evaluate)].into(),
        };
        let steps: Vec<Json> = preview
            .steps()
            .unwrap()
            .into_iter()
            .map(|step| json!({ "description": step.description, "tasks": step.tasks.unwrap() }))
            .collect();
        json!({ "action": "install", "steps": steps })
    }

    /// Binds the next runs to a plan.
    pub(crate) fn reviewed(&self, plan: &Json) {
        self.file(porter_runtime::root::REVIEWED_PLAN, plan.to_string());
    }

    pub(crate) fn run_as_is(&self) -> Ran {
        let (out, err) = (Buffer::default(), Buffer::default());
        let mut console = Console::new(Box::new(out.clone()), Box::new(err.clone()));
        let host = Host {
            root: Root::at(self.root.path()),
            environment: self.environment.clone().into(),
            leftovers: self.leftovers,
            mixins: &Fakes {
                plan: self.plan.clone(),
                seen: self.seen.clone(),
            },
        };
        let succeeded = run(&host, &mut console);
        Ran {
            succeeded,
            out: out.text(),
            err: err.text(),
        }
    }
}

impl Ran {
    /// Standard output without banner and last line.
    pub(crate) fn body(&self) -> &str {
        let body = self.out.split_once('\n').map_or("", |(_, rest)| rest);
        body.strip_suffix("execution completed successfully!\n")
            .unwrap_or(body)
    }
}

struct Fakes {
    plan: Rc<Plan>,
    seen: Rc<RefCell<Vec<PlanRequest>>>,
}

impl Mixins for Fakes {
    fn load(
        &self,
        name: &str,
        _code: &MixinCode,
    ) -> Result<Box<dyn Evaluate>, Box<dyn Error + Send + Sync>> {
        if name != "fake" {
            return Err("there is only one".into());
        }
        Ok(Box::new(Fake {
            plan: self.plan.clone(),
            seen: self.seen.clone(),
        }))
    }
}

struct Fake {
    plan: Rc<Plan>,
    seen: Rc<RefCell<Vec<PlanRequest>>>,
}

impl Evaluate for Fake {
    fn describe(&self) -> Result<Description, EvaluateError> {
        unreachable!("the runtime only plans")
    }

    fn lint(&self, _: &BuildRequest) -> Result<Vec<Diagnostic>, EvaluateError> {
        unreachable!("the runtime only plans")
    }

    fn build(&self, _: &BuildRequest) -> Result<Vec<Instruction>, EvaluateError> {
        unreachable!("the runtime only plans")
    }

    fn plan(&self, request: &PlanRequest) -> Result<Vec<Task>, EvaluateError> {
        self.seen.borrow_mut().push(request.clone());
        (self.plan)(request)
    }
}

/// `{"script": …, "args": […], "outputs": {NAME: REGEX}}` as one shell command.
fn plan_script(request: &PlanRequest) -> Result<Vec<Task>, EvaluateError> {
    let text = |value: &Json| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let mut command = shell(&text(&request.step["script"]));
    if let Some(args) = request.step["args"].as_array() {
        command.args.extend(args.iter().map(text));
    }
    for (name, regex) in request.step["outputs"].as_object().into_iter().flatten() {
        command
            .outputs
            .push(output(name, Source::Regex(text(regex))));
    }
    Ok(vec![Task::Run(command)])
}

pub(crate) fn shell(script: &str) -> Command {
    Command {
        program: "sh".into(),
        args: vec!["-c".into(), script.into(), "sh".into()],
        env: Vec::new(),
        dir: String::new(),
        stdin: None,
        quiet: false,
        when: None,
        ignore: Vec::new(),
        keep_going: false,
        outputs: Vec::new(),
    }
}

pub(crate) fn output(name: &str, take: Source) -> Output {
    Output {
        name: name.into(),
        take,
        sensitive: false,
        to: None,
    }
}

pub(crate) fn file(path: &str, mode: u32, content: &str) -> Task {
    Task::Write(File {
        to: Target {
            path: path.into(),
            mode,
        },
        content: content.into(),
    })
}

/// A step tree: texts with `${…}` become templates, one that is nothing else an expression.
pub(crate) fn node(json: Json) -> Node {
    match json {
        Json::String(text) if text.contains("${") => {
            let segments = segments(&text);
            match &segments[..] {
                [Segment::Variable(expression)] => Node::Expression(expression.clone()),
                _ => Node::Text(segments),
            }
        }
        Json::Array(items) => Node::List(items.into_iter().map(node).collect()),
        Json::Object(members) => Node::Map(
            members
                .into_iter()
                .map(|(key, value)| (segments(&key), node(value)))
                .collect(),
        ),
        plain => Node::Value(plain),
    }
}

fn segments(text: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').unwrap();
        if !before.is_empty() {
            segments.push(Segment::Literal(before.into()));
        }
        let path = name.split('.').map(Into::into).collect();
        segments.push(Segment::Variable(Expression {
            path,
            line: 12,
            column: 9,
        }));
        rest = after;
    }
    if !rest.is_empty() || segments.is_empty() {
        segments.push(Segment::Literal(rest.into()));
    }
    segments
}

#[derive(Clone, Default)]
pub(crate) struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
