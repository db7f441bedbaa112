//! Lint rules of the docker mixin.

use porter_mixin_sdk::{Diagnostic, Pointer, Step};

use crate::plan::missing;
use crate::step::{DockerCommand, DockerStep, Kind};

/// docker-100: a password that every process of the container can read. docker-101: outputs, which
/// are accepted and never taken. docker-102: flags of a login, which are not passed on.
pub(crate) fn step(step: &Step<DockerStep>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some(DockerCommand { kind, fields }) = &step.value.command else {
        return vec![missing(step)];
    };
    let name = kind.name();
    let place = Pointer::root().key(name);
    if *kind == Kind::Login {
        let title = "the password becomes an argument of `docker login`";
        found.push(
            step.warning("docker-100", title, place.clone())
                .message(
                    "While the command runs, every process of the container can read it in the \
                     process list.",
                )
                .hint(
                    "pipe it from a script of the exec mixin into `docker login --password-stdin`",
                ),
        );
        if !fields.flags.0.iter().as_slice().is_empty() {
            let title = "`login.flags` has no effect";
            let hint = "write flags of a login into `arguments`";
            found.push(
                step.warning("docker-102", title, place.key("flags"))
                    .hint(hint),
            );
        }
    }
    if !fields.outputs.is_empty() {
        let title = format!("`{name}.outputs` has no effect: the docker mixin takes no outputs");
        let hint = "run the command with the exec mixin to take an output";
        found.push(
            step.warning("docker-101", title, place.key("outputs"))
                .hint(hint),
        );
    }
    found
}
