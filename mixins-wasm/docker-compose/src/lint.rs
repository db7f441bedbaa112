//! Lint rules of the docker-compose mixin.

use porter_mixin_sdk::{Diagnostic, Pointer, Step};

use crate::step::ComposeStep;

/// docker-compose-100: a step without a command only prints a help text.
pub(crate) fn step(step: &Step<ComposeStep>) -> Option<Diagnostic> {
    let value = &step.value;
    if value.sub_command.is_some() || !value.arguments.is_empty() {
        return None;
    }
    let title = "the step has no command, so docker-compose only prints its help";
    let found = step.warning("docker-compose-100", title, Pointer::root());
    Some(found.hint("add `up`, `down` or `pull`, or name another command in `arguments`"))
}
