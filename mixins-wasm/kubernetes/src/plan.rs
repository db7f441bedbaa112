//! From a step to kubectl's commands.

use porter_mixin_sdk::{Command, Failure, Findings, Pointer, Step, Task, check};

use crate::step::{KubernetesStep, Verb, seconds};

/// Tasks of a step: a command for each manifest, then one for each output.
pub(crate) fn step(step: &Step<KubernetesStep>) -> Result<Vec<Task>, Failure> {
    let verb = Verb::of(&step.action);
    let value = &step.value;
    let mut findings = findings(step, verb);
    let numbers = Numbers::of(value, verb, &mut findings);
    let manifests = value.manifests.0.iter();
    let mut tasks: Vec<Task> = manifests
        .map(|manifest| command(value, verb, manifest, &numbers).into())
        .collect();
    if verb != Verb::Delete {
        let outputs = value.outputs.iter();
        tasks.extend(
            outputs.map(|output| Task::from(porter_kubectl::get(&output.name, &output.resource()))),
        );
    }
    findings.tasks(tasks)
}

/// The numbers of a step that count in its action.
#[derive(Debug, Default)]
struct Numbers {
    grace_period: Option<i64>,
    timeout: Option<i64>,
}

impl Numbers {
    fn of(value: &KubernetesStep, verb: Verb, findings: &mut Findings<'_, KubernetesStep>) -> Self {
        if verb == Verb::Install {
            return Self::default();
        }
        let mut number = |field: &str, written| {
            seconds(written).unwrap_or_else(|why| {
                findings.check(Pointer::root().key(field), Err(why));
                None
            })
        };
        let grace_period = number("gracePeriod", &value.grace_period);
        let timeout = number("timeout", &value.timeout);
        if let Some(why) = contradiction(value, grace_period) {
            findings.refuse(Pointer::root().key("gracePeriod"), &why);
        }
        Self {
            grace_period,
            timeout,
        }
    }
}

/// Force removes at once, so there is nothing to wait for. The text is Porter's.
pub(crate) fn contradiction(value: &KubernetesStep, grace_period: Option<i64>) -> Option<String> {
    let grace_period = grace_period.filter(|seconds| *seconds != 0)?;
    let why = format!("grace period must be zero when force is specified: {grace_period}");
    value.is_forced().then_some(why)
}

fn command(value: &KubernetesStep, verb: Verb, manifest: &str, numbers: &Numbers) -> Command {
    let equals = |name: &str, text: &str| (!text.is_empty()).then(|| format!("--{name}={text}"));
    let base = match verb {
        Verb::Install | Verb::Apply => Command::new("kubectl").arg("apply"),
        Verb::Delete => Command::new("kubectl").args(["delete", "--ignore-not-found=true"]),
    };
    let mut command = base
        .args(["-f", manifest])
        .option("-n", Some(&value.namespace));
    let selectors = [
        equals("selector", &value.selector),
        equals("context", &value.context),
        equals("kubeconfig", &value.kube_config),
    ];
    let timeout = numbers
        .timeout
        .map(|seconds| format!("--timeout={seconds}s"));
    if verb == Verb::Delete {
        return command
            .args(force(value, numbers))
            .args(selectors.into_iter().flatten())
            .args(timeout)
            .switch("--wait", value.wait != Some(false));
    }
    command = command
        .switch("--record=true", value.record == Some(true))
        .args(selectors.into_iter().flatten())
        .switch("--validate=false", value.validate == Some(false))
        .switch("--wait", value.wait != Some(false));
    if verb == Verb::Install {
        return command;
    }
    command
        .args(force(value, numbers))
        .switch("--prune=true", value.prune == Some(true))
        .switch("--overwrite=false", value.overwrite == Some(false))
        .args(timeout)
}

/// kubectl wants force and a grace period of 0 together; one of them brings the other.
fn force(value: &KubernetesStep, numbers: &Numbers) -> Vec<String> {
    let mut args = Vec::new();
    if value.is_forced() {
        args.push("--force".to_owned());
        if numbers.grace_period.is_none() {
            args.push("--grace-period=0".to_owned());
        }
    }
    if let Some(seconds) = numbers.grace_period {
        args.push(format!("--grace-period={seconds}"));
        if seconds == 0 {
            args.push("--force".to_owned());
        }
    }
    args
}

/// Everything in the step that no command can be made of.
fn findings(step: &Step<KubernetesStep>, verb: Verb) -> Findings<'_, KubernetesStep> {
    let value = &step.value;
    let mut findings = Findings::new("kubernetes-001", step);
    findings.arguments("manifests", &value.manifests.0);
    for (field, text) in [
        ("namespace", &value.namespace),
        ("selector", &value.selector),
        ("context", &value.context),
        ("kubeConfig", &value.kube_config),
    ] {
        findings.argument(field, text);
    }
    if verb == Verb::Delete {
        return findings;
    }
    for (index, output) in value.outputs.iter().enumerate() {
        let place = Pointer::root().key("outputs").index(index);
        findings.check(place.key("name"), check::output_name(&output.name));
        for (field, text) in [
            ("resourceType", &output.resource_type),
            ("resourceName", &output.resource_name),
            ("namespace", &output.namespace),
            ("jsonPath", &output.json_path),
        ] {
            findings.check(place.key(field), check::argument(text));
        }
    }
    findings
}
