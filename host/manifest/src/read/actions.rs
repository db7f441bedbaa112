//! Reading actions, their steps, and what `customActions` says of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Fields, Report};
use crate::model::{Action, CustomAction, Spanned, Step};
use crate::source::Span;
use crate::suggest::nearest;
use crate::templates::Compiler;
use crate::yaml::{Entry, Kind, Node};

/// Keys at the top of a manifest that are no custom actions.
pub(crate) const TOP_KEYS: &[&str] = &[
    "schemaType",
    "schemaVersion",
    "name",
    "description",
    "version",
    "maintainers",
    "registry",
    "reference",
    "dockerfile",
    "mixins",
    "install",
    "upgrade",
    "uninstall",
    "customActions",
    "parameters",
    "credentials",
    "outputs",
    "state",
    "dependencies",
    "images",
    "required",
    "custom",
    "files",
    "invocationImage",
    "tag",
];

/// Actions that every bundle has.
const COMMON: &[&str] = &["install", "upgrade", "uninstall"];

/// An action whose steps are still nodes: the mixins must be known before they can be checked.
pub(crate) struct RawAction<'n> {
    pub(crate) name: Spanned<String>,
    pub(crate) steps: &'n [Arc<Node>],
}

/// Finds the actions among the top-level keys, in the author's order.
pub(crate) fn raw_actions<'n>(entries: &'n [Entry], report: &mut Report<'_>) -> Vec<RawAction<'n>> {
    let mut actions = Vec::new();
    for entry in entries {
        let name = entry.name();
        if TOP_KEYS.contains(&name) && !COMMON.contains(&name) {
            continue;
        }
        let spanned = Spanned {
            value: name.to_owned(),
            span: entry.key.span,
        };
        let custom = !COMMON.contains(&name);
        if entry.value.is_null() {
            if custom {
                let message = format!("the custom action `{name}` has no steps");
                report.warning(entry.key.span, message, &meant(name));
                actions.push(RawAction {
                    name: spanned,
                    steps: &[],
                });
            }
            continue;
        }
        match entry.value.items() {
            Some(items) => {
                check_shapes(name, custom, items, report);
                actions.push(RawAction {
                    name: spanned,
                    steps: items,
                });
            }
            None => {
                let reason = format!(
                    "it must be a list of steps, but is {}",
                    entry.value.describe()
                );
                unreadable(name, custom, entry.key.span, &reason, report);
            }
        }
    }
    actions
}

/// A step must be a mapping; the rest is checked later.
fn check_shapes(name: &str, custom: bool, items: &[Arc<Node>], report: &mut Report<'_>) {
    for item in items {
        if item.entries().is_none() && !item.is_null() {
            let reason = format!(
                "a step must be a mapping with the name of a mixin, but is {}",
                item.describe()
            );
            unreadable(name, custom, item.span, &reason, report);
        }
    }
}

fn unreadable(name: &str, custom: bool, span: Span, reason: &str, report: &mut Report<'_>) {
    let message = if custom {
        format!(
            "unsupported property set or a custom action is defined incorrectly: error \
             unmarshaling custom action {name}: {reason}"
        )
    } else {
        format!("error unmarshaling the typed manifest: `{name}`: {reason}")
    };
    let hint = if custom {
        meant(name)
    } else {
        "write `- exec:` and indent the step below it".to_owned()
    };
    report.error(span, message, &hint);
}

/// A hint for a custom action whose name is nearly a key of the manifest.
fn meant(name: &str) -> String {
    match nearest(name, TOP_KEYS.iter().copied()) {
        Some(key) => format!("did you mean `{key}`?"),
        None => "a key that a manifest does not know is the name of a custom action".to_owned(),
    }
}

/// Checks the steps of an action and parses their templates. Wrong steps are left out.
pub(crate) fn steps(
    action: &RawAction<'_>,
    is_declared: &dyn Fn(&str) -> bool,
    declared: &[&str],
    compiler: &mut Compiler<'_>,
    report: &mut Report<'_>,
) -> Action {
    let mut steps = Vec::new();
    for (index, node) in action.steps.iter().enumerate() {
        match check(node, is_declared) {
            Ok((entry, description)) => steps.push(Step {
                mixin: Spanned {
                    value: entry.name().to_owned(),
                    span: entry.key.span,
                },
                description,
                data: compiler.compile(&entry.value, report),
                value: Arc::clone(&entry.value),
            }),
            Err(Fault { span, message }) => {
                let hint = hint(node, &action.name.value, declared, is_declared);
                let message = format!(
                    "validation of action \"{}\" failed: failed to validate {} step: {message}",
                    action.name.value,
                    ordinal(index + 1)
                );
                report.error(span, message, &hint);
            }
        }
    }
    Action {
        name: action.name.clone(),
        steps,
    }
}

struct Fault {
    span: Span,
    message: String,
}

/// The one entry of a step and its description.
fn check<'n>(
    node: &'n Node,
    is_declared: &dyn Fn(&str) -> bool,
) -> Result<(&'n Entry, Option<String>), Fault> {
    let fail = |span, message: &str| {
        Err(Fault {
            span,
            message: message.to_owned(),
        })
    };
    let entry = match node.entries() {
        None => return fail(node.span, "found an empty step"),
        Some([]) => return fail(node.span, "no mixin specified"),
        Some([entry]) => entry,
        Some([_, second, ..]) => {
            return fail(
                second.key.span,
                "malformed step, possibly incorrect indentation",
            );
        }
    };
    let name = entry.name();
    if !is_declared(name) {
        return fail(entry.key.span, &format!("mixin ({name}) was not declared"));
    }
    if let Some(kind) = foreign_kind(&entry.value) {
        let message = format!("invalid mixin type ({kind}) for mixin step ({name})");
        return fail(entry.value.span, &message);
    }
    let description = match entry.value.get("description") {
        None => None,
        Some(node) if node.is_null() => None,
        Some(node) => match node.scalar().map(|scalar| scalar.value()) {
            Some(crate::Json::String(text)) => Some(text),
            _ => {
                let message = format!("invalid description type (string) for mixin step ({name})");
                return fail(node.span, &message);
            }
        },
    };
    Ok((entry, description))
}

/// The type, in Porter's words, of a value that is no mapping with texts as keys.
fn foreign_kind(value: &Node) -> Option<&'static str> {
    match &value.kind {
        Kind::Map(entries) => {
            let text = |entry: &Entry| {
                entry
                    .key
                    .scalar()
                    .is_some_and(|key| matches!(key.value(), crate::Json::String(_)))
            };
            (!entries.iter().all(text)).then_some("map[interface {}]interface {}")
        }
        Kind::List(_) => Some("[]interface {}"),
        Kind::Scalar(scalar) => Some(match scalar.value() {
            crate::Json::Null => "<nil>",
            crate::Json::Bool(_) => "bool",
            crate::Json::Number(number) if number.is_f64() => "float64",
            crate::Json::Number(_) => "int",
            _ => "string",
        }),
    }
}

fn hint(
    node: &Node,
    action: &str,
    declared: &[&str],
    is_declared: &dyn Fn(&str) -> bool,
) -> String {
    if let Some(key) =
        nearest(action, TOP_KEYS.iter().copied()).filter(|_| !COMMON.contains(&action))
    {
        return format!("`{action}` is read as a custom action: did you mean `{key}`?");
    }
    match node.entries() {
        Some([first, ..]) if !is_declared(first.name()) => {
            match nearest(first.name(), declared.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("add `- {}` to `mixins`", first.name()),
            }
        }
        Some([first, _, ..]) => format!(
            "a step is one key, the mixin: indent what belongs to `{}`, or begin the next step with `- `",
            first.name()
        ),
        Some([_]) => {
            "the value of the mixin is a mapping with texts as keys, its description a text"
                .to_owned()
        }
        _ => "remove it or name a mixin".to_owned(),
    }
}

/// `1st`, `2nd`, `3rd`, `4th`, `11th`, …
pub fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

pub(crate) fn custom_actions(
    top: &mut Fields<'_>,
    report: &mut Report<'_>,
) -> BTreeMap<String, CustomAction> {
    let mut actions = BTreeMap::new();
    let Some(node) = top.take("customActions") else {
        return actions;
    };
    let Some(entries) = node.entries() else {
        report.wrong_type(node, "`customActions`", "a mapping", "");
        return actions;
    };
    for entry in entries {
        let mut action = CustomAction::default();
        if !entry.value.is_null() {
            let what = format!("custom action `{}`", entry.name());
            let Some(mut fields) = Fields::of(&entry.value, &what, report) else {
                continue;
            };
            action.description = fields
                .text("description", report)
                .map(|t| t.value)
                .unwrap_or_default();
            action.modifies = fields.boolean("modifies", report).unwrap_or(false);
            action.stateless = fields.boolean("stateless", report).unwrap_or(false);
            fields.finish(report);
        }
        actions.insert(entry.name().to_owned(), action);
    }
    actions
}
