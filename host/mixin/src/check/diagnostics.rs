//! What a mixin says about the user's input.

use super::rules::{Checked, Rules, count, each, field};
use super::{CheckError, MAX_NAME, MAX_STRING, Placeholders, Problem};
use crate::{BuildRequest, Diagnostic, Json, Place, PlanRequest, Severity};

/// Checks the diagnostics that `lint` found in `request`.
///
/// # Errors
/// [`CheckError`] with the first part that is not as it has to be.
pub fn build_diagnostics(found: &[Diagnostic], request: &BuildRequest) -> Checked {
    let none = Placeholders::default();
    diagnostics(found, &none, |place| in_build(place, request))
}

/// Checks the refusal of a `lint` or `build`.
///
/// # Errors
/// As [`build_diagnostics`], and [`Problem::NoError`] when nothing in it is an error.
pub fn build_failure(found: &[Diagnostic], request: &BuildRequest) -> Checked {
    build_diagnostics(found, request)?;
    has_error(found)
}

/// Checks the refusal of a `plan`.
///
/// # Errors
/// As [`build_failure`].
pub fn plan_failure(found: &[Diagnostic], request: &PlanRequest) -> Checked {
    let placeholders = Placeholders::of(request);
    diagnostics(found, &placeholders, |place| in_plan(place, request))?;
    has_error(found)
}

fn has_error(found: &[Diagnostic]) -> Checked {
    if found
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
    {
        return Ok(());
    }
    Err(CheckError {
        field: "failure".to_owned(),
        problem: Problem::NoError,
    })
}

fn diagnostics(
    found: &[Diagnostic],
    placeholders: &Placeholders,
    place: impl Fn(&Place) -> Checked,
) -> Checked {
    let rules = Rules::new(placeholders);
    each("diagnostics", found, |diagnostic| {
        field("code", code(&rules, &diagnostic.code))?;
        field("title", rules.text(&diagnostic.title))?;
        field("message", rules.text(&diagnostic.message))?;
        if let Some(hint) = &diagnostic.hint {
            field("hint", rules.text(hint))?;
        }
        field("at", pointer(&rules, &diagnostic.at))?;
        field("at", place(&diagnostic.at))
    })
}

/// `NAME-NNN` or `needs-value`.
fn code(rules: &Rules<'_>, code: &str) -> Result<(), Problem> {
    rules.plain(code, MAX_NAME)?;
    let formed = code.rsplit_once('-').is_some_and(|(name, number)| {
        (3..=6).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && name.len() <= 64
    });
    if formed || code == "needs-value" {
        return Ok(());
    }
    Err(Problem::Form {
        expected: "a code such as `exec-100`",
    })
}

/// RFC 6901: tokens that begin with `/`, `~` only as `~0` or `~1`. The pointer repeats the user's
/// keys, which may hold any character but U+0000.
fn pointer(rules: &Rules<'_>, place: &Place) -> Checked {
    let pointer = match place {
        Place::Config { pointer } | Place::Step { pointer, .. } => pointer,
    };
    rules.plain(pointer, MAX_STRING)?;
    let escapes = pointer
        .split('~')
        .skip(1)
        .all(|rest| rest.starts_with(['0', '1']));
    if escapes && (pointer.is_empty() || pointer.starts_with('/')) {
        return Ok(());
    }
    Err(Problem::Form {
        expected: "a JSON pointer",
    }
    .into())
}

fn in_build(place: &Place, request: &BuildRequest) -> Checked {
    let Place::Step { action, index, .. } = place else {
        return Ok(());
    };
    let steps = request.actions.iter().find(|steps| steps.action == *action);
    let known = steps.is_some_and(|steps| (*index as usize) < steps.steps.len());
    if known {
        Ok(())
    } else {
        Err(Problem::Nowhere.into())
    }
}

fn in_plan(place: &Place, request: &PlanRequest) -> Checked {
    match place {
        Place::Step { action, index, .. } if *action != request.action || *index != 0 => {
            Err(Problem::Nowhere.into())
        }
        _ => Ok(()),
    }
}

/// A diagnostic of the host's own about a request that no mixin has to take.
pub(super) fn refused(at: Place, problem: &Problem) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: problem.code().replacen("result-", "input-", 1),
        title: "the value cannot be given to a mixin".to_owned(),
        message: format!("the value {problem}"),
        hint: None,
        at,
    }
}

/// JSON pointer to the member `key` or the item `index` below `parent`.
pub(super) fn below(parent: &str, token: &str) -> String {
    format!("{parent}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// Finds the first string, key or list below `value` that breaks `rule`.
pub(super) fn find(
    value: &Json,
    pointer: &str,
    rule: &impl Fn(&str) -> Result<(), Problem>,
) -> Result<(), (String, Problem)> {
    let here =
        |outcome: Result<(), Problem>| outcome.map_err(|problem| (pointer.to_owned(), problem));
    match value {
        Json::String(text) => here(rule(text)),
        Json::Array(items) => {
            here(count(items.len()))?;
            items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| find(item, &below(pointer, &index.to_string()), rule))
        }
        Json::Object(members) => {
            here(count(members.len()))?;
            members.iter().try_for_each(|(key, item)| {
                here(rule(key))?;
                find(item, &below(pointer, key), rule)
            })
        }
        _ => Ok(()),
    }
}
