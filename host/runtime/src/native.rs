//! Native mixins, as Porter runs them: one program per mixin, which gets the step on standard
//! input and everything else of the container.

use porter_mixin::yaml::to_yaml;
use porter_mixin::{
    BuildRequest, Command, Description, Diagnostic, Evaluate, EvaluateError, Instruction, Json,
    PlanRequest, Task,
};

use crate::root::BUNDLE;

/// Tier of native mixins in the runbook.
pub const TIER: &str = "native";

/// A native mixin. Its plan is one command: its own program.
#[derive(Debug)]
pub struct Native {
    name: String,
}

impl Native {
    /// The mixin of this name.
    pub fn new(name: &str) -> Self {
        let name = name.to_owned();
        Self { name }
    }

    /// Its program, below the bundle directory.
    pub fn program(&self) -> String {
        format!("mixins/{0}/runtimes/{0}-runtime", self.name)
    }
}

impl Evaluate for Native {
    fn describe(&self) -> Result<Description, EvaluateError> {
        Ok(Description {
            schema: Json::Null,
            environment: Vec::new(),
            sees_secrets: true,
        })
    }

    fn lint(&self, _request: &BuildRequest) -> Result<Vec<Diagnostic>, EvaluateError> {
        Ok(Vec::new())
    }

    fn build(&self, _request: &BuildRequest) -> Result<Vec<Instruction>, EvaluateError> {
        Ok(Vec::new())
    }

    fn plan(&self, request: &PlanRequest) -> Result<Vec<Task>, EvaluateError> {
        let action = request.action.as_str();
        let args: &[&str] = match action {
            "install" | "upgrade" | "uninstall" => &[action],
            _ => &["invoke", "--action", action],
        };
        let mut step = serde_json::Map::new();
        step.insert(self.name.clone(), request.step.clone());
        let mut document = serde_json::Map::new();
        let steps = Json::Array(vec![Json::Object(step)]);
        document.insert(action.to_owned(), steps);
        Ok(vec![Task::Run(Command {
            program: self.program(),
            args: args.iter().map(|word| (*word).to_owned()).collect(),
            env: vec![("PORTER_HOME".to_owned(), BUNDLE.to_owned())],
            dir: String::new(),
            stdin: Some(to_yaml(&Json::Object(document))),
            quiet: false,
            when: None,
            ignore: Vec::new(),
            keep_going: false,
            outputs: Vec::new(),
        })])
    }
}
