//! From a step to the command it runs.

use porter_mixin_sdk::command_line::{self, Dashes, FlagValue, Flags};
use porter_mixin_sdk::{Channel, Command, Condition, Environment, Failure, Findings, Pattern};
use porter_mixin_sdk::{Plan, Pointer, Step, Task, Test, check};

use crate::config::AzConfig;
use crate::step::{AzStep, Form, known_outputs};
use crate::{AGENT, Az, USER_AGENT, is_opted_out};

/// Whom to log in as.
pub(crate) const CLIENT_ID: &str = "AZURE_CLIENT_ID";
/// The secret of a service principal.
pub(crate) const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";
/// The directory of a service principal.
pub(crate) const TENANT_ID: &str = "AZURE_TENANT_ID";

/// Where az keeps who is logged in.
const LOGGED_IN: &str = "~/.azure";

/// Tasks of a step. Of several forms in one step Porter takes any at random; here it is the
/// resource group, then the login.
pub(crate) fn step(request: &Plan<Az>) -> Result<Vec<Task>, Failure> {
    let step = &request.step;
    let az = az(&request.config, &request.environment);
    let is = |form: Form| step.value.forms.contains(&form);
    if is(Form::Group) {
        group(step, az)
    } else if is(Form::Login) {
        Ok(login(az, &request.environment))
    } else if is(Form::Command) {
        command(step, az)
    } else {
        Err(crate::lint::nothing_to_do(step).into())
    }
}

/// `az` with the user agent.
fn az(config: &AzConfig, environment: &Environment) -> Command {
    let command = Command::new("az");
    if is_opted_out(config, environment) {
        command
    } else {
        command.env(USER_AGENT, environment.prepended(USER_AGENT, AGENT))
    }
}

fn command(step: &Step<AzStep>, az: Command) -> Result<Vec<Task>, Failure> {
    let value = &step.value;
    let mut findings = Findings::new("az-001", step);
    findings.arguments("arguments", &value.arguments);
    findings.flags(&value.flags);
    let outputs = known_outputs(&value.outputs);
    findings.outputs(&outputs);
    findings.ignore_error(&value.ignore_error);
    let mut command = az
        .args(&value.arguments)
        .args(value.flags.to_args_with(Dashes::Usual, "output", "json"))
        .quiet(value.suppress_output);
    command.ignore = value.ignore_error.tests();
    command.outputs = command_line::take(&outputs);
    findings.command(command)
}

/// A group that exists already, or is gone already, is no failure.
fn group(step: &Step<AzStep>, az: Command) -> Result<Vec<Task>, Failure> {
    let group = &step.value.group;
    let place = Pointer::root().key("group");
    let mut findings = Findings::new("az-001", step);
    findings.check(place.key("name"), check::argument(&group.name));
    findings.check(place.key("location"), check::argument(&group.location));
    let mut flags = Flags::default();
    flags.set("name", FlagValue::One(group.name.clone()));
    let (arguments, harmless): (&[&str], _) = if step.action == "uninstall" {
        (&["group", "delete", "--yes"], "ResourceGroupNotFound")
    } else {
        flags.set("location", FlagValue::One(group.location.clone()));
        (&["group", "create"], "Resource group already exists")
    };
    let harmless = Pattern {
        channel: Channel::Stderr,
        value: harmless.to_owned(),
    };
    let command = az
        .args(arguments.iter().copied())
        .args(flags.to_args(Dashes::Usual))
        .ignore(Test::Contains(harmless));
    findings.command(command)
}

/// Where somebody is logged in already the program `true` runs instead, as in Porter.
fn login(az: Command, environment: &Environment) -> Vec<Task> {
    let mut nothing = Command::new("true").when(Condition::Exists(LOGGED_IN.to_owned()));
    let login = az
        .arg("login")
        .args(identity(environment).to_args(Dashes::Usual))
        .when(Condition::Missing(LOGGED_IN.to_owned()));
    nothing.env.clone_from(&login.env);
    vec![nothing.into(), login.into()]
}

/// A service principal, a user-assigned identity, or that of the machine.
fn identity(environment: &Environment) -> Flags {
    let known = |name| environment.get(name).filter(|value| !value.is_empty());
    let one = |value: &str| FlagValue::One(value.to_owned());
    let mut flags = Flags::default();
    let id = known(CLIENT_ID);
    if let Some(id) = id {
        flags.set("username", one(id));
    }
    match (id, known(CLIENT_SECRET), known(TENANT_ID)) {
        (Some(_), Some(secret), Some(tenant)) => {
            flags.set("service-principal", FlagValue::Alone);
            flags.set("password", one(secret));
            flags.set("tenant", one(tenant));
        }
        _ => flags.set("identity", FlagValue::Alone),
    }
    flags
}
