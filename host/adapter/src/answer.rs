//! Answers of build time: version, lint results, lines of a Dockerfile.

use porter_dockerfile::{MixinInstructions, RenderOptions, render_lines};
use porter_mixin::packaged::Header;
use porter_mixin::{BuildRequest, Diagnostic, Evaluate, Json, Place, Severity};
use serde::Serialize;

use crate::command::{Format, Input};
use crate::error::AdapterError;
use crate::{input, request};

/// Digits of a commit that are shown.
const SHORT: usize = 7;

#[derive(Debug, Serialize)]
struct Version<'h> {
    name: &'h str,
    version: String,
    commit: &'h str,
    #[serde(skip_serializing_if = "str::is_empty")]
    author: &'h str,
}

/// Name and version.
pub(crate) fn version(header: &Header, format: Format) -> String {
    let version = format!("v{}", header.version);
    let commit = header.commit.get(..SHORT).unwrap_or(&header.commit);
    let (name, author) = (&header.name, &header.author);
    match format {
        Format::Json => pretty(&Version {
            name,
            version,
            commit,
            author,
        }),
        Format::Plaintext => {
            let mut text = format!("{name} {version}");
            if !commit.is_empty() {
                text.push_str(&format!(" ({commit})"));
            }
            if !author.is_empty() {
                text.push_str(&format!(" by {author}"));
            }
            porter_mixin::escape(&text) + "\n"
        }
    }
}

/// A finding in the form that Porter reads.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Finding<'d> {
    level: u8,
    location: Location<'d>,
    code: &'d str,
    title: &'d str,
    message: String,
    #[serde(rename = "URL")]
    url: &'d str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Location<'d> {
    action: &'d str,
    mixin: &'d str,
    step_number: u32,
    step_description: &'d str,
}

/// Findings in all steps.
pub(crate) fn lint(
    mixin: &dyn Evaluate,
    header: &Header,
    from: Input,
) -> Result<String, AdapterError> {
    let request = request::build(header, &input::read(from)?)?;
    let found = mixin.lint(&request)?;
    let findings: Vec<Finding<'_>> = found
        .iter()
        .map(|diagnostic| finding(header, &request, diagnostic))
        .collect();
    Ok(pretty(&findings))
}

fn finding<'d>(
    header: &'d Header,
    request: &'d BuildRequest,
    diagnostic: &'d Diagnostic,
) -> Finding<'d> {
    let hint = diagnostic.hint.as_deref().unwrap_or_default();
    let mut message = diagnostic.message.clone();
    let url = if hint.starts_with("https://") {
        hint
    } else {
        if !hint.is_empty() {
            message.push_str(&format!("\n{hint}"));
        }
        ""
    };
    Finding {
        level: match diagnostic.severity {
            Severity::Error => 0,
            Severity::Warning => 2,
        },
        location: location(header, request, &diagnostic.at),
        code: &diagnostic.code,
        title: &diagnostic.title,
        message,
        url,
    }
}

fn location<'d>(header: &'d Header, request: &'d BuildRequest, place: &'d Place) -> Location<'d> {
    let (action, step_number) = match place {
        Place::Config { .. } => ("", 0),
        Place::Step { action, index, .. } => (action.as_str(), index.saturating_add(1)),
    };
    let of_action = request.actions.iter().find(|one| one.action == action);
    let index = usize::try_from(step_number)
        .ok()
        .and_then(|number| number.checked_sub(1));
    let step = of_action
        .zip(index)
        .and_then(|(one, index)| one.steps.get(index));
    let description = step.and_then(|step| step.get("description")?.as_str());
    Location {
        action,
        mixin: &header.name,
        step_number,
        step_description: description.unwrap_or_default(),
    }
}

/// Lines for the Dockerfile.
pub(crate) fn build(
    mixin: &dyn Evaluate,
    header: &Header,
    from: Input,
) -> Result<String, AdapterError> {
    let request = request::build(header, &input::read(from)?)?;
    let instructions = mixin.build(&request)?;
    let given = MixinInstructions {
        mixin: &header.name,
        instructions: &instructions,
    };
    let options = RenderOptions {
        platform: request::PLATFORM.to_owned(),
        ..RenderOptions::default()
    };
    Ok(render_lines(&given, &options)?)
}

/// JSON as Porter's mixins print it.
fn pretty(value: &impl Serialize) -> String {
    // Nothing in these types can fail to be JSON.
    let text = serde_json::to_string_pretty(value);
    text.unwrap_or_else(|_| Json::Null.to_string()) + "\n"
}
