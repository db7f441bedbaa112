//! From a step to the one command it runs.

use porter_mixin_sdk::command_line::{Dashes, SortedFlags};
use porter_mixin_sdk::{Command, Diagnostic, Environment, Failure, Findings, Pointer, Step, Task};

use crate::step::{COMMANDS, DockerCommand, DockerStep, Fields, Kind};
use crate::{PASSWORD, USERNAME};

/// Tasks of a step.
pub(crate) fn step(
    step: &Step<DockerStep>,
    environment: &Environment,
) -> Result<Vec<Task>, Failure> {
    let Some(DockerCommand { kind, fields }) = &step.value.command else {
        return Err(missing(step).into());
    };
    let place = Pointer::root().key(kind.name());
    let mut findings = Findings::new("docker-001", step).below(place);
    findings.arguments("arguments", &fields.arguments.0);
    findings.flags(&fields.flags);
    let command = match kind {
        Kind::Pull | Kind::Push => image(&mut findings, *kind, fields),
        Kind::Build => build(&mut findings, fields),
        Kind::Run => run(&mut findings, fields),
        Kind::Remove => remove(&mut findings, fields),
        Kind::Login => login(&mut findings, step, fields, environment),
    };
    findings.command(command)
}

/// The error for a step that says nothing to do.
pub(crate) fn missing(step: &Step<DockerStep>) -> Diagnostic {
    let title = "the step has no command";
    let hint = format!("add one of {COMMANDS}");
    step.error("docker-002", title, Pointer::root()).hint(hint)
}

type Found<'a> = Findings<'a, DockerStep>;

/// `docker pull IMAGE ARGUMENTS FLAGS`; `push` knows no digest.
fn image(findings: &mut Found<'_>, kind: Kind, fields: &Fields) -> Command {
    findings.required("name", &fields.name);
    let name = &fields.name;
    let image = if kind == Kind::Pull && !fields.digest.is_empty() {
        format!("{name}@{}", fields.digest)
    } else if fields.tag.is_empty() {
        name.clone()
    } else {
        format!("{name}:{}", fields.tag)
    };
    docker(kind.name())
        .arg(image)
        .args(&fields.arguments.0)
        .args(fields.flags.to_args(Dashes::Usual))
}

/// `docker build ARGUMENTS FLAGS PATH`.
fn build(findings: &mut Found<'_>, fields: &Fields) -> Command {
    findings.argument("tag", &fields.tag);
    findings.argument("file", &fields.file);
    findings.argument("path", &fields.path);
    let flags = SortedFlags::new(Dashes::Usual)
        .optional("f", unquoted(&fields.file))
        .optional("t", unquoted(&fields.tag))
        .all(&fields.flags);
    let path = if fields.path.is_empty() {
        "."
    } else {
        &fields.path
    };
    docker("build")
        .args(&fields.arguments.0)
        .args(flags.into_args())
        .arg(path)
}

/// `docker run FLAGS IMAGE [COMMAND] ARGUMENTS`.
fn run(findings: &mut Found<'_>, fields: &Fields) -> Command {
    findings.required("image", &fields.image);
    findings.argument("name", &fields.name);
    findings.argument("command", &fields.command);
    let mut flags = SortedFlags::new(Dashes::Usual)
        .switch("d", fields.detach)
        .optional("name", unquoted(&fields.name))
        .switch("privileged", fields.privileged)
        .switch("rm", fields.rm);
    for (name, value) in &fields.env {
        flags = flags.one("env", format!("{name}={value}"));
    }
    for port in &fields.ports {
        let side = |name: &str| port.get(name).map(String::as_str).unwrap_or_default();
        let published = format!("{}:{}", side("host"), side("container"));
        flags = flags.one("p", unquoted(&published));
    }
    let command = docker("run")
        .args(flags.all(&fields.flags).into_args())
        .arg(&fields.image)
        .quiet(fields.suppress_output);
    let command = if fields.command.is_empty() {
        command
    } else {
        command.arg(&fields.command)
    };
    command.args(&fields.arguments.0)
}

/// `docker rm FLAGS CONTAINER ARGUMENTS`.
fn remove(findings: &mut Found<'_>, fields: &Fields) -> Command {
    findings.required("container", &fields.container);
    let flags = SortedFlags::new(Dashes::Usual)
        .switch("f", fields.force)
        .all(&fields.flags);
    docker("rm")
        .args(flags.into_args())
        .arg(&fields.container)
        .args(&fields.arguments.0)
}

/// `docker login ARGUMENTS -p PASSWORD -u USER`, whose output nobody sees.
fn login(
    findings: &mut Found<'_>,
    step: &Step<DockerStep>,
    fields: &Fields,
    environment: &Environment,
) -> Command {
    let mut value = |field: &str, given: &str, variable: &str| {
        let found = Some(given).filter(|text| !text.is_empty());
        let found = found.or_else(|| environment.get(variable).filter(|text| !text.is_empty()));
        if found.is_none() {
            let title = format!("`login.{field}` is missing, and `{variable}` is not set");
            let place = Pointer::root().key("login");
            let hint = format!(
                "give the field, or a parameter or credential of the bundle with `env: {variable}`"
            );
            findings.add(step.error("docker-002", title, place).hint(hint));
        }
        let found = found.unwrap_or_default();
        findings.argument(field, found);
        found.to_owned()
    };
    let password = value("password", &fields.password, PASSWORD);
    let username = value("username", &fields.username, USERNAME);
    docker("login")
        .args(&fields.arguments.0)
        .args(["-p", &password, "-u", &username])
        .quiet(true)
}

fn docker(command: &str) -> Command {
    Command::new("docker").arg(command)
}

/// Porter splits these values into words, so authors put them into a further pair of quotes. Here
/// nothing is split, and such a pair is taken off.
fn unquoted(text: &str) -> &str {
    let inner = |quote: char| {
        let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(quote)).then_some(inner)
    };
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}
