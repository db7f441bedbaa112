//! The plan that a user has reviewed: nothing else is executed.

use std::io;

use porter_mixin::document::{named, tasks};
use porter_mixin::{Json, Task};
use porter_runbook::json::compact;
use porter_runbook::resolve::Secrets;

use crate::files;
use crate::root::{REVIEWED_PLAN, Root};

/// Largest plan.
const MAX_PLAN: u64 = 64 << 20;
/// Longest task in a message.
const SHOWN: usize = 500;

/// Why a run is not the one that was reviewed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The plan cannot be read.
    #[error("cannot read the reviewed plan")]
    Read(#[source] io::Error),
    /// The plan is damaged.
    #[error("the reviewed plan is damaged")]
    Damaged,
    /// Another action or number of steps.
    #[error("the reviewed plan is for {reviewed}, this is {found}; nothing was run")]
    Other {
        /// Action and number of steps of the plan.
        reviewed: String,
        /// Action and number of steps of the run.
        found: String,
    },
    /// A step with other tasks.
    #[error(
        "task {task} of the step is not the one that was reviewed, and was not run: reviewed was {reviewed}, now it is {found}; look at the plan again with `porter plan`"
    )]
    Task {
        /// Number of the task, from 1.
        task: usize,
        /// What the plan says.
        reviewed: String,
        /// What would have been executed.
        found: String,
    },
}

/// A plan that was reviewed.
#[derive(Debug)]
pub(crate) struct Reviewed {
    action: String,
    steps: Vec<Json>,
}

impl Reviewed {
    /// Reads the plan that the client injected, if it did.
    pub(crate) fn load(root: &Root) -> Result<Option<Self>, ReviewError> {
        let content = match files::read_regular(&root.path(REVIEWED_PLAN), MAX_PLAN) {
            Ok(content) => content.bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ReviewError::Read(source)),
        };
        let document: Json = serde_json::from_slice(&content).map_err(|_| ReviewError::Damaged)?;
        let action = document["action"].as_str().ok_or(ReviewError::Damaged)?;
        let steps = document["steps"].as_array().ok_or(ReviewError::Damaged)?;
        Ok(Some(Self {
            action: action.to_owned(),
            steps: steps.iter().map(|step| step["tasks"].clone()).collect(),
        }))
    }

    /// Checks that it is for this action.
    pub(crate) fn check_action(&self, action: &str, steps: usize) -> Result<(), ReviewError> {
        if self.action == action && self.steps.len() == steps {
            return Ok(());
        }
        let say = |action: &str, steps: usize| format!("`{action}` with {steps} steps");
        Err(ReviewError::Other {
            reviewed: say(&self.action, self.steps.len()),
            found: say(action, steps),
        })
    }

    /// Checks the tasks of a step before the first of them is executed.
    pub(crate) fn check(
        &self,
        step: usize,
        planned: &[Task],
        secrets: &Secrets,
    ) -> Result<(), ReviewError> {
        let found = named(tasks(planned), &|number| {
            secrets.name(number).map(str::to_owned)
        });
        let reviewed = self.steps.get(step).unwrap_or(&Json::Null);
        if reviewed == &found {
            return Ok(());
        }
        // They differ somewhere, or one of them ends.
        let mut task = 0;
        while reviewed.get(task).is_some() && reviewed.get(task) == found.get(task) {
            task += 1;
        }
        Err(ReviewError::Task {
            task: task + 1,
            reviewed: show(reviewed.get(task)),
            found: show(found.get(task)),
        })
    }
}

fn show(task: Option<&Json>) -> String {
    let Some(task) = task else {
        return "nothing".to_owned();
    };
    let text = compact(task);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}
