//! Lint rules of the terraform mixin.

use porter_mixin_sdk::{Diagnostic, Json, Pointer, Step};

use crate::step::TerraformStep;

/// What Terraform knows, in any case.
const LOG_LEVELS: [&str; 7] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "JSON", "OFF"];

/// terraform-100: a credential that every process of the container can read. terraform-101: fields
/// that have no effect in the action. terraform-102: a log level that Terraform does not know.
pub(crate) fn step(step: &Step<TerraformStep>) -> Vec<Diagnostic> {
    let value = &step.value;
    let root = Pointer::root();
    let mut found = Vec::new();
    let credentials = value.vars.iter().filter(|(_, value)| is_credential(value));
    for (name, _) in credentials {
        let title = format!("the credential in `vars.{name}` becomes an argument of terraform");
        let warning = step.warning("terraform-100", title, root.key("vars").key(name));
        found.push(
            warning
                .message(
                    "While the command runs, every process of the container can read it in the \
                     process list.",
                )
                .hint(format!(
                    "leave it out of `vars` and give the credential `env: TF_VAR_{name}`"
                )),
        );
    }
    let is_core = ["install", "upgrade", "uninstall"].contains(&step.action.as_str());
    if is_core && !value.arguments.is_empty() {
        let title = format!("`arguments` has no effect in `{}`", step.action);
        let warning = step.warning("terraform-101", title, root.key("arguments"));
        found.push(warning.hint("use `flags`, or a custom action"));
    }
    if step.action != "install" && value.disable_var_file {
        let title = format!("`disableVarFile` has no effect in `{}`", step.action);
        let warning = step.warning("terraform-101", title, root.key("disableVarFile"));
        found.push(warning.hint("only `install` writes the file"));
    }
    let level = value.log_level.as_str();
    let is_level = LOG_LEVELS
        .iter()
        .any(|known| level.eq_ignore_ascii_case(known));
    if !level.is_empty() && !level.contains('$') && !is_level {
        let title = format!("terraform does not know the log level `{level}`");
        let warning = step.warning("terraform-102", title, root.key("logLevel"));
        found.push(warning.hint("write TRACE, DEBUG, INFO, WARN, ERROR or JSON"));
    }
    found
}

/// Whether a template somewhere in `value` is a credential of the bundle.
fn is_credential(value: &Json) -> bool {
    match value {
        Json::Text(text) => text.split('{').skip(1).any(|inside| {
            let inside = inside.trim_start_matches(' ');
            inside.starts_with("bundle.credentials.")
        }),
        Json::List(items) => items.iter().any(is_credential),
        Json::Map(members) => members.iter().any(|(_, member)| is_credential(member)),
        _ => false,
    }
}
