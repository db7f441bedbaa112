//! Reading parameters, credentials, outputs and state.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Fields, Report};
use crate::Json;
use crate::model::{
    Credential, Output, Parameter, ParameterSource, Schema, Spanned, StateVariable,
};
use crate::source::Span;
use crate::yaml::Node;

/// JSON schema keywords that a parameter or output may have, and what their values must be.
const KEYWORDS: &[(&str, Shape)] = &[
    ("$comment", Shape::Text),
    ("$id", Shape::Text),
    ("$ref", Shape::Text),
    ("$schema", Shape::Text),
    ("additionalItems", Shape::Any),
    ("additionalProperties", Shape::Any),
    ("allOf", Shape::List),
    ("anyOf", Shape::List),
    ("const", Shape::Any),
    ("contains", Shape::Any),
    ("contentEncoding", Shape::Text),
    ("contentMediaType", Shape::Text),
    ("default", Shape::Any),
    ("definitions", Shape::Map),
    ("dependencies", Shape::Map),
    ("description", Shape::Text),
    ("else", Shape::Any),
    ("enum", Shape::List),
    ("examples", Shape::List),
    ("exclusiveMaximum", Shape::Any),
    ("exclusiveMinimum", Shape::Any),
    ("format", Shape::Text),
    ("if", Shape::Any),
    ("items", Shape::Any),
    ("maxItems", Shape::Any),
    ("maxLength", Shape::Any),
    ("maxProperties", Shape::Any),
    ("maximum", Shape::Any),
    ("minItems", Shape::Any),
    ("minLength", Shape::Any),
    ("minProperties", Shape::Any),
    ("minimum", Shape::Any),
    ("multipleOf", Shape::Any),
    ("not", Shape::Any),
    ("oneOf", Shape::List),
    ("pattern", Shape::Text),
    ("patternProperties", Shape::Map),
    ("properties", Shape::Map),
    ("propertyNames", Shape::Any),
    ("readOnly", Shape::Boolean),
    ("required", Shape::List),
    ("then", Shape::Any),
    ("title", Shape::Text),
    ("type", Shape::Any),
    ("uniqueItems", Shape::Boolean),
    ("writeOnly", Shape::Boolean),
];

#[derive(Clone, Copy)]
enum Shape {
    Any,
    Text,
    Boolean,
    List,
    Map,
}

/// Reads the JSON schema keywords of a parameter or output. What else is wrong with the schema is
/// found when it is compiled.
fn schema(
    node: &Arc<Node>,
    what: &str,
    fields: &mut Fields<'_>,
    report: &mut Report<'_>,
) -> Schema {
    let mut keywords = serde_json::Map::new();
    for (keyword, shape) in KEYWORDS {
        let Some(value) = fields.take(keyword) else {
            continue;
        };
        let wanted = match shape {
            Shape::List if value.items().is_none() => "a list",
            Shape::Map if value.entries().is_none() => "a mapping",
            Shape::Boolean if value.scalar().and_then(|s| s.boolean()).is_none() => "true or false",
            Shape::Text if value.text().is_none() => "a text",
            _ => {
                keywords.insert((*keyword).to_owned(), to_json(value, *shape));
                continue;
            }
        };
        let hint = match *keyword {
            "required" => {
                "a parameter is required when it has no default; here `required` lists the properties that an object must have"
            }
            "enum" => "list the values: `enum: [one, two]`",
            _ => "",
        };
        report.wrong_type(value, &format!("`{keyword}` of {what}"), wanted, hint);
    }
    // `type: null` means the type null only in quotes.
    Schema {
        node: Arc::clone(node),
        keywords,
    }
}

fn to_json(value: &Node, shape: Shape) -> Json {
    match shape {
        Shape::Text => value.text().unwrap_or_default().into(),
        Shape::Boolean => value.scalar().and_then(|scalar| scalar.boolean()).into(),
        _ => value.to_json(),
    }
}

pub(crate) fn parameters(
    top: &mut Fields<'_>,
    report: &mut Report<'_>,
) -> Vec<(Parameter, Option<Span>)> {
    let mut list = Vec::new();
    for (index, item) in top.list("parameters", report).iter().enumerate() {
        if item.is_null() {
            report.error(
                item.span,
                "parameter name is required",
                "remove the empty entry",
            );
            continue;
        }
        let what = title("parameter", item, index);
        let Some(mut fields) = Fields::of(item, &what, report) else {
            continue;
        };
        let name = fields.text("name", report).unwrap_or_else(|| unnamed(item));
        let persistent = persistent(&mut fields, report);
        let parameter = Parameter {
            description: fields
                .text("description", report)
                .map(|t| t.value)
                .unwrap_or_default(),
            schema: schema(item, &what, &mut fields, report),
            env: fields
                .text("env", report)
                .map(|text| text.value)
                .filter(|text| !text.is_empty()),
            path: fields
                .text("path", report)
                .map(|text| text.value)
                .filter(|text| !text.is_empty()),
            apply_to: fields.texts("applyTo", report),
            source: source(&mut fields, &what, report),
            sensitive: fields.boolean("sensitive", report).unwrap_or(false),
            name,
        };
        fields.finish(report);
        list.push((parameter, persistent));
    }
    unique(list, "parameter", |(parameter, _)| &parameter.name, report)
}

fn persistent(fields: &mut Fields<'_>, report: &mut Report<'_>) -> Option<Span> {
    let span = fields.take("persistent")?.span;
    fields
        .boolean("persistent", report)
        .unwrap_or(false)
        .then_some(span)
}

fn source(fields: &mut Fields<'_>, what: &str, report: &mut Report<'_>) -> Option<ParameterSource> {
    let node = fields.take("source")?;
    let mut inner = Fields::of(node, &format!("`source` of {what}"), report)?;
    let output = inner.text("output", report);
    let dependency = inner.text("dependency", report);
    inner.finish(report);
    if output.is_none() {
        report.warning(node.span, "`source` names no output, ignored", "");
    }
    Some(ParameterSource {
        output: output?,
        dependency,
    })
}

pub(crate) fn credentials(top: &mut Fields<'_>, report: &mut Report<'_>) -> Vec<Credential> {
    let mut list = Vec::new();
    for (index, item) in top.list("credentials", report).iter().enumerate() {
        let what = title("credential", item, index);
        let Some(mut fields) = Fields::of(item, &what, report) else {
            continue;
        };
        let name = fields.text("name", report).unwrap_or_else(|| unnamed(item));
        let credential = Credential {
            description: fields
                .text("description", report)
                .map(|t| t.value)
                .unwrap_or_default(),
            env: fields
                .text("env", report)
                .map(|text| text.value)
                .filter(|text| !text.is_empty()),
            path: fields
                .text("path", report)
                .map(|text| text.value)
                .filter(|text| !text.is_empty()),
            required: fields.boolean("required", report).unwrap_or(true),
            apply_to: fields.texts("applyTo", report),
            name,
        };
        fields.finish(report);
        list.push(credential);
    }
    unique(list, "credential", |credential| &credential.name, report)
}

pub(crate) fn outputs(top: &mut Fields<'_>, report: &mut Report<'_>) -> Vec<Output> {
    let mut list = Vec::new();
    for (index, item) in top.list("outputs", report).iter().enumerate() {
        if item.is_null() {
            report.error(
                item.span,
                "output name is required",
                "remove the empty entry",
            );
            continue;
        }
        let what = title("output", item, index);
        let Some(mut fields) = Fields::of(item, &what, report) else {
            continue;
        };
        let name = fields.text("name", report).unwrap_or_else(|| unnamed(item));
        let output = Output {
            description: fields
                .text("description", report)
                .map(|t| t.value)
                .unwrap_or_default(),
            schema: schema(item, &what, &mut fields, report),
            path: fields
                .text("path", report)
                .map(|text| text.value)
                .filter(|text| !text.is_empty()),
            apply_to: fields.texts("applyTo", report),
            sensitive: fields.boolean("sensitive", report).unwrap_or(false),
            name,
        };
        fields.finish(report);
        list.push(output);
    }
    unique(list, "output", |output| &output.name, report)
}

pub(crate) fn state(top: &mut Fields<'_>, report: &mut Report<'_>) -> Vec<StateVariable> {
    let mut list = Vec::new();
    for (index, item) in top.list("state", report).iter().enumerate() {
        let what = title("state variable", item, index);
        let Some(mut fields) = Fields::of(item, &what, report) else {
            continue;
        };
        let name = fields.text("name", report).filter(|name| !name.is_empty());
        let path = fields.text("path", report).filter(|path| !path.is_empty());
        for unused in ["description", "mixin", "env"] {
            fields.text(unused, report);
        }
        fields.finish(report);
        match (name, path) {
            (Some(name), Some(path)) => list.push(StateVariable {
                name,
                path: path.value,
            }),
            _ => report.warning(
                item.span,
                format!("{what} has no name or no path, nothing is kept"),
                "give it both: `{name: NAME, path: FILE}`",
            ),
        }
    }
    list
}

fn unnamed(item: &Node) -> Spanned<String> {
    Spanned {
        value: String::new(),
        span: item.span,
    }
}

/// How messages call an entry: by its name, else by its number.
fn title(kind: &str, item: &Node, index: usize) -> String {
    match item.get("name").and_then(|name| name.text()) {
        Some(name) if !name.is_empty() => format!("{kind} `{name}`"),
        _ => format!("{kind} {}", index + 1),
    }
}

/// Of several entries with one name the last, where the first stood, as Porter has it. Entries
/// without name are kept: they are errors later.
fn unique<T>(
    list: Vec<T>,
    kind: &str,
    name: impl Fn(&T) -> &Spanned<String>,
    report: &mut Report<'_>,
) -> Vec<T> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<T> = Vec::new();
    for item in list {
        let key = name(&item).value.clone();
        match places.get(&key) {
            Some(place) if !key.is_empty() => {
                let first = name(&kept[*place]).span.start.line;
                report.warning(
                    name(&item).span,
                    format!(
                        "the {kind} `{key}` is already declared in line {first}; this one counts"
                    ),
                    "remove one of them",
                );
                kept[*place] = item;
            }
            _ => {
                places.insert(key, kept.len());
                kept.push(item);
            }
        }
    }
    kept
}
