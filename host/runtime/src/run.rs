//! One run: from the environment to outputs, state and an exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use porter_mixin::Evaluate;
use porter_runbook::Runbook;
use porter_runbook::document::{MixinCode, SCHEMA_VERSION, Step};

use crate::bundle::Bundle;
use crate::console::{Channel, Console};
use crate::data::{Data, Sources};
use crate::decode::decode_files;
use crate::environment::Environment;
use crate::error::{RuntimeError, StepError, chain};
use crate::execute::{Scene, execute, expand};
use crate::invocation::{Invocation, Verbosity};
use crate::leftovers::Leftovers;
use crate::outputs::Outputs;
use crate::reviewed::Reviewed;
use crate::root::{OUTPUTS, RUNBOOK, Root, STEP_OUTPUTS};
use crate::signals::Signals;
use crate::step::Resolved;
use crate::{files, state, template};

/// Largest runbook.
const MAX_RUNBOOK: u64 = 64 << 20;

/// Where mixins come from.
pub trait Mixins {
    /// Loads a mixin. Called for all mixins of an action before its first step.
    ///
    /// # Errors
    /// When the code is not there, or not the code that the runbook names.
    fn load(
        &self,
        name: &str,
        code: &MixinCode,
    ) -> Result<Box<dyn Evaluate>, Box<dyn std::error::Error + Send + Sync>>;
}

/// What a run takes place in.
pub struct Host<'h> {
    /// The file system.
    pub root: Root,
    /// The environment of the container.
    pub environment: Environment,
    /// Whose processes are killed after a step.
    pub leftovers: Leftovers,
    /// Where mixins come from.
    pub mixins: &'h dyn Mixins,
}

impl std::fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

/// Runs the action that the environment names and tells on `console` what happens.
///
/// Returns whether it succeeded.
pub fn run(host: &Host<'_>, console: &mut Console) -> bool {
    let errors = match Invocation::read(&host.environment) {
        Ok(invocation) => {
            run_action(host, &invocation, console).unwrap_or_else(|error| vec![error])
        }
        Err(error) => vec![error.into()],
    };
    for error in &errors {
        report(error, console);
    }
    errors.is_empty()
}

/// An error and what caused it, each on a line of its own.
fn report(error: &RuntimeError, console: &mut Console) {
    for (index, link) in chain(error).iter().enumerate() {
        let before = if index == 0 { "error" } else { "  caused by" };
        let line = format!("{before}: {}", console.line(link));
        console.say(Channel::Err, &line);
    }
}

/// Errors before the first step end the run at once. Those of steps come back after outputs and
/// state were kept.
fn run_action(
    host: &Host<'_>,
    invocation: &Invocation,
    console: &mut Console,
) -> Result<Vec<RuntimeError>, RuntimeError> {
    let runbook = load_runbook(&host.root)?;
    let reviewed = Reviewed::load(&host.root)?;
    // A damaged document is told after the banner; what is masked in that is known before.
    let (bundle, damaged) = match Bundle::load(&host.root) {
        Ok(bundle) => (bundle, None),
        Err(error) => (Bundle::default(), Some(error)),
    };
    let sources = Sources {
        runbook: &runbook,
        invocation,
        environment: &host.environment,
        bundle: &bundle,
        opaque: reviewed.is_some(),
    };
    console.hide(|patterns| sources.hide(&host.root, patterns));
    let Invocation {
        action,
        installation,
        ..
    } = invocation;
    let banner = format!(
        "executing {action} action from {} (installation: {installation})",
        runbook.bundle.name
    );
    console.say(Channel::Out, &console.line(&banner));
    if let Some(error) = damaged {
        return Err(error.into());
    }
    let steps = steps_of(&runbook, action)?;
    if let Some(reviewed) = &reviewed {
        reviewed.check_action(action, steps.len())?;
    }
    let mixins = load_mixins(host, &runbook, steps)?;
    let mut signals = Signals::listen().map_err(RuntimeError::Signals)?;
    prepare(host, &runbook, action)?;
    tell(invocation, console, "Unpacking bundle state...");
    state::unpack(&host.root, &runbook.state, console)?;

    let mut action = Action {
        host,
        sources,
        reviewed: reviewed.as_ref(),
        mixins,
        outputs: Outputs::new(&runbook, action),
        signals: &mut signals,
        console,
        calls: Calls::default(),
    };
    let mut errors = action.steps(steps);
    let Action {
        outputs,
        console,
        calls,
        ..
    } = action;
    tell(invocation, console, &calls.to_string());
    tell(invocation, console, "Collecting bundle outputs...");
    errors.extend(
        outputs
            .copy_files(&host.root)
            .into_iter()
            .map(RuntimeError::from),
    );
    tell(invocation, console, "Packing bundle state...");
    errors.extend(
        state::pack(&host.root, &runbook.state)
            .into_iter()
            .map(RuntimeError::from),
    );
    if errors.is_empty() && invocation.verbosity >= Verbosity::Info {
        console.say(Channel::Out, "execution completed successfully!");
    }
    Ok(errors)
}

fn tell(invocation: &Invocation, console: &mut Console, text: &str) {
    if invocation.debug || invocation.verbosity == Verbosity::Debug {
        console.say(Channel::Out, text);
    }
}

fn load_runbook(root: &Root) -> Result<Runbook, RuntimeError> {
    let content = files::read_regular(&root.path(RUNBOOK), MAX_RUNBOOK).map_err(|source| {
        RuntimeError::Runbook {
            path: RUNBOOK,
            source,
        }
    })?;
    let damaged = |source| RuntimeError::Damaged {
        path: RUNBOOK,
        source,
    };
    /// The one thing that every version has.
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Versioned {
        schema_version: String,
    }
    let Versioned { schema_version } = serde_json::from_slice(&content.bytes).map_err(damaged)?;
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(&schema_version) != major(SCHEMA_VERSION) {
        return Err(RuntimeError::Version {
            found: schema_version,
            known: SCHEMA_VERSION,
        });
    }
    Runbook::from_json(&content.bytes).map_err(damaged)
}

pub(crate) fn steps_of<'r>(runbook: &'r Runbook, action: &str) -> Result<&'r [Step], RuntimeError> {
    if let Some(found) = runbook.actions.iter().find(|known| known.name == action) {
        return Ok(&found.steps);
    }
    let is_custom = |name: &str| !matches!(name, "install" | "upgrade" | "uninstall");
    if !is_custom(action) {
        return Ok(&[]);
    }
    let known: BTreeSet<&str> = runbook
        .actions
        .iter()
        .map(|action| action.name.as_str())
        .filter(|n| is_custom(n))
        .collect();
    let known: Vec<&str> = known.into_iter().collect();
    Err(RuntimeError::Action {
        action: action.to_owned(),
        known: known.join(", "),
    })
}

type Loaded = BTreeMap<String, Box<dyn Evaluate>>;

fn load_mixins(host: &Host<'_>, runbook: &Runbook, steps: &[Step]) -> Result<Loaded, RuntimeError> {
    let names: BTreeSet<&str> = steps.iter().map(|step| step.mixin.as_str()).collect();
    let load = |name: &str| {
        let loaded = match runbook.mixins.get(name) {
            Some(code) => host.mixins.load(name, code),
            None => Err("the runbook does not name it".into()),
        };
        loaded
            .map(|mixin| (name.to_owned(), mixin))
            .map_err(|source| RuntimeError::Mixin {
                mixin: name.to_owned(),
                source,
            })
    };
    names.into_iter().map(load).collect()
}

fn prepare(host: &Host<'_>, runbook: &Runbook, action: &str) -> Result<(), RuntimeError> {
    make_folder(&host.root, OUTPUTS)?;
    decode_files(&host.root, runbook, action)?;
    // Only programs written for Porter's own mixins put anything there.
    let _ = make_folder(&host.root, STEP_OUTPUTS);
    Ok(())
}

fn make_folder(root: &Root, path: &'static str) -> Result<(), RuntimeError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(root.path(path))
        .map_err(|source| RuntimeError::Folder { path, source })
}

struct Action<'a, 'h> {
    host: &'a Host<'h>,
    sources: Sources<'a>,
    reviewed: Option<&'a Reviewed>,
    mixins: Loaded,
    outputs: Outputs<'a>,
    signals: &'a mut Signals,
    console: &'a mut Console,
    calls: Calls,
}

/// Calls of mixins, for those who want details.
#[derive(Default)]
struct Calls {
    number: u64,
    took: Duration,
}

impl Calls {
    /// Makes a call and counts it.
    fn count<T>(&mut self, call: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = call();
        self.took += started.elapsed();
        self.number += 1;
        result
    }
}

impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.took.as_secs_f64() * 1000.0;
        write!(f, "mixin calls: {} in {milliseconds:.3} ms", self.number)
    }
}

impl Action<'_, '_> {
    /// Stops at the first step that fails.
    fn steps(&mut self, steps: &[Step]) -> Vec<RuntimeError> {
        if steps.is_empty() {
            return Vec::new();
        }
        let mut data = match Data::new(&self.sources) {
            Ok(data) => data,
            Err(error) => {
                let source = Box::new(StepError::Data(error));
                return vec![RuntimeError::Step {
                    step: self.name(0, &steps[0], None),
                    source,
                }];
            }
        };
        for (index, step) in steps.iter().enumerate() {
            let mut description = None;
            let errors = self.step(index, step, &mut data, &mut description);
            if !errors.is_empty() {
                let name = self.name(index, step, description.as_deref());
                let named = |source| RuntimeError::Step {
                    step: name.clone(),
                    source: Box::new(source),
                };
                return errors.into_iter().map(named).collect();
            }
        }
        Vec::new()
    }

    fn step(
        &mut self,
        index: usize,
        step: &Step,
        data: &mut Data,
        description: &mut Option<String>,
    ) -> Vec<StepError> {
        let Some((mixin, code)) = self
            .mixins
            .get(&step.mixin)
            .zip(self.sources.runbook.mixins.get(&step.mixin))
        else {
            return Vec::new();
        };
        if self.sources.invocation.debug {
            let shown = format!("=== Step Template ===\n{}", template::show(&step.data));
            self.console.say(Channel::Out, &shown);
        }
        let mut resolved = match Resolved::new(step, code, &self.sources, data) {
            Ok(resolved) => resolved,
            Err(error) => return vec![error.into()],
        };
        // What is said is masked, so the secret itself may be put in here.
        *description = resolved
            .description()
            .and_then(|text| expand(text, &resolved.secrets).ok());
        if let Some(text) = description.as_ref().filter(|text| !text.is_empty()) {
            self.console.say(Channel::Out, text);
        }
        let sources = &self.sources;
        let planned = self.calls.count(|| resolved.plan(&**mixin, code, sources));
        let tasks = match planned {
            Ok(tasks) => tasks,
            Err(error) => return vec![StepError::Plan(error)],
        };
        if let Some(reviewed) = self.reviewed
            && let Err(difference) = reviewed.check(index, &tasks, &resolved.secrets)
        {
            return vec![difference.into()];
        }
        let mut scene = Scene {
            root: &self.host.root,
            environment: &self.host.environment,
            console: self.console,
            signals: self.signals,
            secrets: &resolved.secrets,
            outputs: &mut self.outputs,
            leftovers: self.host.leftovers,
        };
        let executed = execute(&tasks, &mut scene);
        let mut errors: Vec<StepError> = executed
            .err()
            .into_iter()
            .flatten()
            .map(StepError::from)
            .collect();
        errors.extend(self.end_step(data).err());
        errors
    }

    /// Keeps the outputs of a step, whether or not it failed.
    fn end_step(&mut self, data: &mut Data) -> Result<(), StepError> {
        let collected = self.outputs.collect_files(&self.host.root);
        for output in self.outputs.end_step(&self.host.root)? {
            if output.masked {
                self.console.hide(|patterns| patterns.add(output.bytes));
            }
            data.add_output(&output);
        }
        Ok(collected?)
    }

    /// How messages call a step.
    fn name(&self, index: usize, step: &Step, description: Option<&str>) -> String {
        let described = description.filter(|text| !text.is_empty());
        let described = described
            .map(|text| format!("`{text}`, "))
            .unwrap_or_default();
        format!(
            "step {} of {} ({described}mixin `{}`, line {} of the manifest)",
            index + 1,
            self.sources.invocation.action,
            step.mixin,
            step.line,
        )
    }
}
