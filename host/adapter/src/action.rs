//! Executing one step of an action.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;

use porter_mixin::Evaluate;
use porter_mixin::packaged::Header;
use porter_runbook::resolve::Secrets;
use porter_runtime::execute::{Scene, execute as execute_tasks};
use porter_runtime::outputs::Outputs;
use porter_runtime::root::STEP_OUTPUTS;
use porter_runtime::signals::Signals;
use porter_runtime::{Console, Environment, Leftovers, Root, files};

use crate::command::Input;
use crate::error::AdapterError;
use crate::{input, request};

/// Plans the step and executes the plan. Outputs that were taken are kept even after a failure,
/// as Porter's runtime reads them then, too.
pub(crate) fn execute(
    mixin: &dyn Evaluate,
    header: &Header,
    action: &str,
    from: Input,
    console: &mut Console,
) -> Result<(), Vec<AdapterError>> {
    let one = |error: AdapterError| vec![error];
    let request = input::read(from)
        .and_then(|document| request::plan(header, action, &document))
        .map_err(|error| one(error.into()))?;
    let tasks = mixin.plan(&request).map_err(|error| one(error.into()))?;
    let directory = std::env::current_dir().map_err(|error| one(AdapterError::Directory(error)))?;
    let mut signals = Signals::listen().map_err(|error| one(AdapterError::Signals(error)))?;
    // Porter starts mixins in the bundle directory, and relative paths are below it.
    let root = Root::system().with_bundle(directory);
    let mut outputs = Outputs::undeclared();
    let executed = execute_tasks(
        &tasks,
        &mut Scene {
            root: &root,
            environment: &Environment::own(),
            console,
            signals: &mut signals,
            // Porter has put all values into the step already.
            secrets: &Secrets::shown(),
            outputs: &mut outputs,
            leftovers: Leftovers::All,
        },
    );
    let mut errors: Vec<AdapterError> = executed
        .err()
        .into_iter()
        .flatten()
        .map(AdapterError::from)
        .collect();
    errors.extend(leave(&outputs));
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// Leaves the outputs where Porter's runtime reads them.
fn leave(outputs: &Outputs<'_>) -> Option<AdapterError> {
    for (name, bytes) in outputs.fresh() {
        if let Err(source) = write(name, bytes) {
            let name = name.to_owned();
            return Some(AdapterError::Output { name, source });
        }
    }
    None
}

fn write(name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = Root::system().path(STEP_OUTPUTS);
    DirBuilder::new()
        .recursive(true)
        .mode(0o770)
        .create(&folder)?;
    files::write(&folder.join(name), bytes, 0o660)
}
