//! Lint rules of the exec mixin.

use porter_mixin_sdk::command_line::FlagValue;
use porter_mixin_sdk::{Diagnostic, Pointer, Step};

use crate::step::ExecStep;

const USE_SCRIPTS: &str = "https://porter.sh/best-practices/exec-mixin/#use-scripts";
const QUOTING: &str = "https://porter.sh/best-practices/exec-mixin/#quoting-escaping-bash-and-yaml";
const QUOTING_MESSAGE: &str = "The bash -c flag argument must be wrapped in quotes, for example
exec:
  description: Say Hello
  command: bash
  flags:
    c: '\"echo Hello World\"'
";

/// exec-100: a shell script inside a step. exec-101: one that word splitting would tear apart.
pub(crate) fn step(step: &Step<ExecStep>) -> Vec<Diagnostic> {
    if step.value.command != "bash" {
        return Vec::new();
    }
    let Some(script) = step.value.flags.get("c") else {
        return Vec::new();
    };
    let place = Pointer::root().key("flags").key("c");
    let title = "Best Practice: Avoid Embedded Bash";
    let mut found = vec![
        step.warning("exec-100", title, place.clone())
            .hint(USE_SCRIPTS),
    ];
    if let Some(bare) = script.texts().iter().position(|text| !is_quoted(text)) {
        let place = match script {
            FlagValue::Many(_) => place.index(bare),
            FlagValue::Alone | FlagValue::One(_) => place,
        };
        let title = "bash -c argument missing wrapping quotes";
        let error = step.error("exec-101", title, place);
        found.push(error.message(QUOTING_MESSAGE).hint(QUOTING));
    }
    found
}

fn is_quoted(text: &str) -> bool {
    ['"', '\'']
        .iter()
        .any(|quote| text.len() >= 2 && text.starts_with(*quote) && text.ends_with(*quote))
}
