//! A mixin behind the adapter, as Porter calls it: a process a call.

use std::fs;
use std::process::Command;

use super::measure::{alternate, median, peak_memory, quiet};
use super::report::Figure;
use super::{Bench, RUNS};
use crate::process::Outcome;

/// One step of the exec mixin that runs a tool which does nothing.
const STEP: &str = "install:\n- exec:\n    command: /bin/true\n";

impl Bench {
    /// From start to exit, at build time and with one step.
    pub(super) fn adapter(&self) -> Outcome<Vec<Figure>> {
        let home = self.folder.join("porter");
        let mut adapt = self.porter("hello", &["mixins", "adapt", "exec", "--porter-home"]);
        quiet(adapt.arg(&home))?;
        let step = self.folder.join("step.yaml");
        fs::write(&step, STEP).map_err(|error| format!("cannot write a step: {error}"))?;
        let call = |words: &[&str]| {
            let mut command = Command::new(home.join("mixins/exec/exec"));
            command.args(words);
            Ok(command)
        };
        let install = || {
            let mut command = call(&["install", "--file"])?;
            command.arg(&step);
            Ok(command)
        };
        let (one, alone) = alternate(install, || Ok(Command::new("/bin/true")), RUNS)?;
        let figure = |what: &str, milliseconds, megabytes| Figure {
            what: what.to_owned(),
            milliseconds,
            megabytes: Some(megabytes),
            beside: None,
            target: "≤ 5 ms",
        };
        Ok(vec![
            figure(
                "the exec mixin behind the adapter, `build`, start to exit",
                median(|| call(&["build"]), RUNS)?,
                peak_memory(&call(&["build"])?)?,
            ),
            Figure {
                beside: Some(("the tool alone".to_owned(), alone)),
                ..figure(
                    "the exec mixin behind the adapter, one step, start to exit",
                    one,
                    peak_memory(&install()?)?,
                )
            },
        ])
    }
}
