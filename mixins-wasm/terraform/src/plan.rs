//! From a step to the commands it runs.

use porter_mixin_sdk::command_line::{Dashes, SortedFlags};
use porter_mixin_sdk::{
    Command, Environment, Failure, File, Findings, Json, Output, Pointer, Step, Target, Task, check,
};

use crate::step::{TerraformOutput, TerraformStep, variable_text};
use crate::{TerraformConfig, agent};

/// `terraform init`, the variables' file, the command of the action, then an output a command.
pub(crate) fn step(
    config: &TerraformConfig,
    step: &Step<TerraformStep>,
    environment: &Environment,
) -> Result<Vec<Task>, Failure> {
    config.check()?;
    let dir = config.dir();
    let terraform = Terraform {
        dir: if dir == "." { "" } else { &dir },
        environment: variables(config, &step.value, environment),
    };
    let mut tasks = vec![
        Task::Say("Initializing Terraform...".to_owned()),
        terraform.init(&step.value).into(),
    ];
    if step.action == "install" && !step.value.disable_var_file {
        tasks.push(Task::Write(terraform.variables_file(&step.value)));
    }
    tasks.push(terraform.main(step).into());
    let outputs = step.value.outputs.iter();
    tasks.extend(outputs.map(|output| terraform.output(output).into()));
    findings(step, &tasks).all(tasks)
}

fn variables(
    config: &TerraformConfig,
    step: &TerraformStep,
    environment: &Environment,
) -> Vec<(String, String)> {
    let agent = agent::value(config, environment);
    let mut variables: Vec<(String, String)> = agent
        .map(|value| (agent::VARIABLE.to_owned(), value))
        .into_iter()
        .collect();
    if !step.log_level.is_empty() {
        variables.push(("TF_LOG".to_owned(), step.log_level.clone()));
    }
    variables
}

/// How every command of a step is run.
struct Terraform<'a> {
    dir: &'a str,
    environment: Vec<(String, String)>,
}

impl Terraform<'_> {
    fn command(&self) -> Command {
        let mut command = Command::new("terraform").dir(self.dir);
        command.env.clone_from(&self.environment);
        command
    }

    /// A path in the working directory; an absolute one stays.
    fn path(&self, path: &str) -> String {
        if path.starts_with('/') || self.dir.is_empty() {
            path.to_owned()
        } else {
            format!("{}/{path}", self.dir)
        }
    }

    fn init(&self, step: &TerraformStep) -> Command {
        let settings = step.backend_config.iter().as_slice();
        let mut command = self.command().arg("init");
        if settings.is_empty() {
            return command;
        }
        command.args.push("-backend=true".to_owned());
        for (name, value) in settings.iter().filter(|(_, value)| !value.is_null()) {
            let argument = format!("-backend-config={name}={}", value.to_plain_text());
            command.args.push(argument);
        }
        command.arg("-reconfigure")
    }

    fn variables_file(&self, step: &TerraformStep) -> File {
        let members = step.vars.iter().cloned().collect();
        File {
            to: Target {
                path: self.path("terraform.tfvars.json"),
                mode: 0o644,
            },
            content: Json::Map(members).to_text(),
        }
    }

    /// `apply`, `destroy`, or what a custom action says.
    fn main(&self, step: &Step<TerraformStep>) -> Command {
        let value = &step.value;
        let (arguments, is_fixed) = match step.action.as_str() {
            "install" | "upgrade" => (vec!["apply".to_owned()], true),
            "uninstall" => (vec!["destroy".to_owned()], true),
            custom if value.arguments.is_empty() => (vec![custom.to_owned()], false),
            _ => (value.arguments.clone(), false),
        };
        let mut flags = SortedFlags::new(Dashes::Single)
            .all(&value.flags)
            .switch("auto-approve", is_fixed)
            .switch("input=false", is_fixed);
        for (name, value) in &value.vars {
            flags = flags.one("var", format!("{name}={}", variable_text(value)));
        }
        self.command().args(arguments).args(flags.into_args())
    }

    /// A value comes as JSON, which keeps its type; one that fails does not keep the others back.
    fn output(&self, output: &TerraformOutput) -> Command {
        let mut taken = Output::json_path(&output.name, "$");
        if !output.destination_file.is_empty() {
            taken = taken.to(self.path(&output.destination_file), 0o700);
        }
        self.command()
            .args(["output", "-json", &output.name])
            .quiet(true)
            .keep_going()
            .output(taken)
    }
}

/// Everything in the step that no command can be made of.
fn findings<'a>(step: &'a Step<TerraformStep>, tasks: &[Task]) -> Findings<'a, TerraformStep> {
    let value = &step.value;
    let root = Pointer::root();
    let mut findings = Findings::new("terraform-001", step);
    findings.arguments("arguments", &value.arguments);
    findings.flags(&value.flags);
    findings.argument("logLevel", &value.log_level);
    for (field, values) in [
        ("vars", &value.vars),
        ("backendConfig", &value.backend_config),
    ] {
        for (name, value) in values {
            let place = root.key(field).key(name);
            let is_name = !name.is_empty() && !name.contains('=');
            if !is_name {
                let title = format!("`{}` is no name of a variable or setting", place.spoken());
                findings.add(step.error("terraform-001", title, place.clone()));
            }
            findings.check(place, check::argument(&variable_text(value)));
        }
    }
    for (index, output) in value.outputs.iter().enumerate() {
        let place = root.key("outputs").index(index);
        findings.check(place.key("name"), check::output_name(&output.name));
        let file = check::path(&output.destination_file);
        findings.check(place.key("destinationFile"), file);
    }
    let is_too_long = |task: &Task| matches!(task, Task::Run(command) if command.args.len() > check::MOST_ARGUMENTS);
    if tasks.iter().any(is_too_long) {
        let title = "a command takes 10,000 arguments at most";
        findings.add(step.error("terraform-001", title, root));
    }
    findings
}
