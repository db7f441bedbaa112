//! Putting secrets in the place of their placeholders, at the last moment.

use porter_mixin::placeholder::{self, Piece};
use porter_runbook::Json;
use porter_runbook::resolve::Secrets;

use super::ExecuteError;

/// `text` with its placeholders replaced.
pub(crate) fn expand(text: &str, secrets: &Secrets) -> Result<String, ExecuteError> {
    if !placeholder::is_present(text) {
        return Ok(text.to_owned());
    }
    let mut expanded = String::new();
    for piece in placeholder::pieces(text).ok_or(ExecuteError::Placeholder)? {
        match piece {
            Piece::Text(text) => expanded.push_str(text),
            Piece::Value { number, json } => {
                let value = secrets
                    .get(number)
                    .ok_or(ExecuteError::Placeholder)?
                    .expose();
                if json {
                    let quoted = Json::from(value.as_str()).to_string();
                    expanded.push_str(&quoted[1..quoted.len() - 1]);
                } else {
                    expanded.push_str(value);
                }
            }
        }
    }
    Ok(expanded)
}
