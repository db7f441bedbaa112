//! The {{name}} mixin: says a message.

use porter_mixin_sdk::command_line::{self, StepOutput};
use porter_mixin_sdk::{
    Build, Command, Description, Diagnostic, Failure, Instruction, Mixin, NoConfig, Plan, Pointer,
    Task, check,
};
use serde::Deserialize;

/// What stands below `{{name}}:` in a step.
#[derive(Debug, Deserialize)]
pub struct Step {
    message: String,
    #[serde(default)]
    outputs: Vec<StepOutput>,
}

/// The mixin.
#[derive(Debug)]
pub struct {{type}};

impl Mixin for {{type}} {
    const NAME: &'static str = "{{name}}";
    type Config = NoConfig;
    type Step = Step;

    /// The schema, from which `porter schema` and editors know the fields of a step.
    fn describe() -> Description {
        Description::new(porter_mixin_sdk::schema!("../schema.json"))
    }

    /// Warnings about steps that work but are not wise.
    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        let message = Pointer::root().key("message");
        let long = request.steps().filter(|step| step.value.message.len() > 1000);
        long.map(|step| step.warning("{{name}}-100", "that is a long message", message.clone()))
            .collect()
    }

    /// What the image needs: `Instruction::Packages(Packages::named(&["curl"]))`, a download, …
    fn build(_request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        Ok(Vec::new())
    }

    /// What a step means.
    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        let step = &request.step;
        let mut wrong = Vec::new();
        let message = Pointer::root().key("message");
        wrong.extend(step.check("{{name}}-101", message, check::not_empty(&step.value.message)));
        for (index, output) in step.value.outputs.iter().enumerate() {
            let name = Pointer::root().key("outputs").index(index).key("name");
            wrong.extend(step.check("{{name}}-102", name, check::output_name(&output.name)));
        }

        let mut command = Command::new("echo").arg(&step.value.message);
        command.outputs = command_line::take(&step.value.outputs);
        Failure::unless(wrong, vec![command.into()])
    }
}

porter_mixin_sdk::export!({{type}});

#[cfg(test)]
mod tests {
    use porter_mixin_sdk::evaluate::{self, PlanRequest};

    use super::*;

    #[test]
    fn a_message_becomes_one_command() {
        let request = PlanRequest {
            action: "install".into(),
            step: r#"{"message": "Hello!"}"#.to_owned(),
            ..Default::default()
        };
        let command = Command::new("echo").arg("Hello!");
        assert_eq!(evaluate::plan::<{{type}}>(request), Ok(vec![command.into()]));
    }
}
