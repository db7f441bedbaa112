//! Templates in the configuration file: `${env.NAME}`.

use std::path::Path;

use crate::error::{ConfigError, Place};
use crate::format::position;

/// Puts in the environment's values; a variable that is not set is empty. Secrets stay for
/// `settings`, because only those in use matter.
pub(crate) fn render(
    text: &str,
    path: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<String, ConfigError> {
    let mut rendered = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, expression) = rest.split_at(at);
        rendered.push_str(before);
        let end = expression.find('}').map(|end| end + 1);
        let place = position(text, text.len() - expression.len());
        let refuse = |expression: &str| ConfigError::Template {
            place: Place::new(path, Some(place)),
            expression: expression.to_owned(),
        };
        let Some(end) = end else {
            let line = expression.lines().next().unwrap_or_default();
            return Err(refuse(line));
        };
        let (expression, after) = expression.split_at(end);
        let inner = expression[2..end - 1].trim();
        match inner.split_once('.') {
            Some(("env", name)) if is_name(name) => {
                rendered.push_str(&environment(name).unwrap_or_default());
            }
            Some(("secret", _)) => rendered.push_str(expression),
            _ => return Err(refuse(expression)),
        }
        rest = after;
    }
    rendered.push_str(rest);
    Ok(rendered)
}

/// The first template of a secret in a value.
pub(crate) fn secret_in(value: &str) -> Option<&str> {
    let at = value.find("${")?;
    let expression = &value[at..];
    let end = expression.find('}')? + 1;
    let expression = &expression[..end];
    if expression[2..].trim_start().starts_with("secret.") {
        Some(expression)
    } else {
        secret_in(&value[at + 2..])
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
}
