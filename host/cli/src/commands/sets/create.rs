//! `porter credentials create` and `porter parameters create`: a file to fill in.

use std::path::Path;

use super::Session;
use super::kind::Kind;
use crate::arguments::SetCreateArguments;
use crate::failure::Failure;

/// Prints a template, or writes it.
pub(super) fn run<T: Kind>(
    session: &Session,
    arguments: &SetCreateArguments,
) -> Result<(), Failure> {
    let [yaml, json] = T::TEMPLATES;
    let format = arguments.output.as_deref().filter(|text| !text.is_empty());
    let template = |format: &str| match format.to_ascii_lowercase().as_str() {
        "yaml" | "yml" => Ok(yaml),
        "json" => Ok(json),
        _ => Err(Failure::usage(format!(
            "unsupported format {format}. Supported formats are: yaml and json"
        ))),
    };
    let file = match arguments.file.as_slice() {
        [] => {
            session.printer.result(template(format.unwrap_or("yaml"))?);
            return Ok(());
        }
        [file] => file,
        several => {
            let names: Vec<_> = several.iter().map(|path| path.to_string_lossy()).collect();
            return Err(Failure::usage(format!(
                "only one positional argument may be specified, fileName, but multiple were \
                 received: [{}]",
                names.join(" ")
            )));
        }
    };
    let template = match format {
        Some(format) => template(format)?,
        None => template_of(file, yaml, json)?,
    };
    if file.exists() {
        tracing::warn!("File {} already exists. Overwriting.", file.display());
    }
    std::fs::write(file, template)
        .map_err(|source| Failure::usage(format!("cannot write `{}`: {source}", file.display())))
}

/// The template that the ending of a file asks for.
fn template_of<'a>(file: &Path, yaml: &'a str, json: &'a str) -> Result<&'a str, Failure> {
    let extension = file
        .extension()
        .map(|text| format!(".{}", text.to_string_lossy()))
        .unwrap_or_default();
    match extension.as_str() {
        ".yaml" | ".yml" => Ok(yaml),
        ".json" => Ok(json),
        _ => Err(Failure::usage(format!(
            "could not detect the file format from the file extension ({extension}). Specify the \
             format with --output"
        ))),
    }
}
