//! What templates may name: everything else is a mistake that would only show at run time.

use std::collections::{BTreeMap, BTreeSet};

use porter_runbook::template::{self, Position};
use porter_runbook::tree::Expression;
use porter_runbook::{Node as Data, Segment};

use crate::Json;
use crate::model::{Action, Manifest, Step};
use crate::read::Report;
use crate::source::{Source, Span};
use crate::suggest::did_you_mean;

const INSTALLATION: &[&str] = &["name", "namespace", "id"];
const BUNDLE: &[&str] = &[
    "name",
    "version",
    "description",
    "installerImage",
    "custom",
    "parameters",
    "credentials",
    "outputs",
    "dependencies",
    "images",
];
const IMAGE: &[&str] = &[
    "repository",
    "digest",
    "tag",
    "description",
    "imageType",
    "mediaType",
    "size",
    "labels",
];
const ROOTS: &[&str] = &["bundle", "installation", "env"];

/// Calls `visit` with every expression of a step and whether it stands in a section.
pub(crate) fn visit_step(step: &Step, visit: &mut dyn FnMut(&Expression, bool)) {
    fn walk(data: &Data, visit: &mut dyn FnMut(&Expression, bool)) {
        match data {
            Data::Value(_) => {}
            Data::Expression(expression) => visit(expression, false),
            Data::Text(segments) => template::visit(segments, visit),
            Data::List(items) => items.iter().for_each(|item| walk(item, visit)),
            Data::Map(entries) => {
                for (key, value) in entries {
                    template::visit(key, visit);
                    walk(value, visit);
                }
            }
        }
    }
    walk(&step.data, visit);
}

/// Most characters of a tag that are marked.
const MAX_MARKED: usize = 200;

/// The span of the tag that begins here.
pub(crate) fn tag_span(source: &Source, at: Position) -> Span {
    let rest = &source.text()[source.offset(at)..];
    let line = || rest.chars().take(MAX_MARKED).take_while(|c| *c != '\n');
    // `{{ }}` closes with two.
    let closed = line().position(|c| c == '}');
    let double = closed.is_some_and(|end| line().nth(end + 1) == Some('}'));
    let length = closed.map_or(1, |end| end + 1 + usize::from(double));
    let column = at.column.saturating_add(crate::source::to_u32(length));
    Span {
        start: at,
        end: Position {
            line: at.line,
            column,
        },
    }
}

/// Reports every template of a step that names nothing.
pub(crate) fn check(manifest: &Manifest, report: &mut Report<'_>) {
    let mut told = BTreeSet::new();
    for action in &manifest.actions {
        let step_outputs = StepOutputs::of(&action.steps);
        let mut check = |expression: &Expression, inside: bool| {
            // In a section a name may be one of the section's own value.
            if inside {
                return;
            }
            let Err((message, hint)) = names(manifest, &step_outputs, &expression.path) else {
                return;
            };
            let at = Position {
                line: expression.line,
                column: expression.column,
            };
            if told.insert((at.line, at.column)) {
                report.error(tag_span(&manifest.source, at), message, &hint);
            }
        };
        action
            .steps
            .iter()
            .for_each(|step| visit_step(step, &mut check));
    }
}

impl Manifest {
    /// Names of the outputs that the steps of an action make, as far as the manifest tells.
    #[must_use]
    pub fn step_outputs(&self, action: &Action) -> Vec<String> {
        let outputs = StepOutputs::of(&action.steps);
        outputs.names().map(str::to_owned).collect()
    }

    /// The variables in which secrets come, and which secret that is.
    #[must_use]
    pub fn secret_variables(&self) -> BTreeMap<String, String> {
        let parameters = self.parameters.iter().filter(|one| one.sensitive);
        let parameters = parameters.filter_map(|parameter| {
            let variable = crate::bundle::parameter_env(parameter)?;
            Some((variable, format!("the parameter {}", parameter.name.value)))
        });
        let credentials = self.credentials.iter().filter_map(|credential| {
            let variable = credential.env.clone()?;
            Some((
                variable,
                format!("the credential {}", credential.name.value),
            ))
        });
        parameters.chain(credentials).collect()
    }
}

/// Names of the outputs that steps make.
pub(crate) struct StepOutputs<'m> {
    names: BTreeSet<&'m str>,
    /// Some name has a template in it, so any name may come to be.
    open: bool,
}

impl<'m> StepOutputs<'m> {
    pub(crate) fn of(steps: &'m [Step]) -> Self {
        let mut outputs = Self {
            names: BTreeSet::new(),
            open: false,
        };
        steps.iter().for_each(|step| outputs.add(&step.data));
        outputs
    }

    /// The names that are known.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'m str> {
        self.names.iter().copied()
    }

    /// Whether there may be others.
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// Whether there may be one of this name.
    pub(crate) fn may_have(&self, name: &str) -> bool {
        self.open || self.names.contains(name)
    }

    fn add(&mut self, data: &'m Data) {
        match data {
            Data::Value(value) => {
                for output in value
                    .get("outputs")
                    .and_then(Json::as_array)
                    .into_iter()
                    .flatten()
                {
                    self.names.extend(output.get("name").and_then(Json::as_str));
                }
            }
            Data::Map(entries) => {
                let is_outputs =
                    |key: &[Segment]| matches!(key, [Segment::Literal(key)] if key == "outputs");
                for (_, value) in entries.iter().filter(|(key, _)| is_outputs(key)) {
                    self.add_list(value);
                }
            }
            Data::Expression(_) | Data::Text(_) | Data::List(_) => {}
        }
    }

    fn add_list(&mut self, data: &'m Data) {
        match data {
            Data::Value(list) => {
                for output in list.as_array().into_iter().flatten() {
                    self.names.extend(output.get("name").and_then(Json::as_str));
                }
            }
            Data::List(items) => {
                for item in items {
                    match item {
                        Data::Value(output) => {
                            self.names.extend(output.get("name").and_then(Json::as_str));
                        }
                        Data::Map(members) => self.add_member(members),
                        _ => self.open = true,
                    }
                }
            }
            _ => self.open = true,
        }
    }

    fn add_member(&mut self, members: &'m [(Vec<Segment>, Data)]) {
        for (key, value) in members {
            match (key.as_slice(), value) {
                ([Segment::Literal(key)], Data::Value(Json::String(name))) if key == "name" => {
                    self.names.insert(name);
                }
                ([Segment::Literal(key)], _) if key != "name" => {}
                _ => self.open = true,
            }
        }
    }
}

type Unknown = (String, String);

/// Whether a path names something; otherwise the message and a hint.
fn names(manifest: &Manifest, steps: &StepOutputs<'_>, path: &[String]) -> Result<(), Unknown> {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let shown = path.join(".");
    let unknown = |what: &str, hint: String| {
        Err((
            format!("the template `{shown}` names nothing: {what}"),
            hint,
        ))
    };
    match parts.as_slice() {
        ["env", ..] if parts.len() > 1 => Ok(()),
        ["installation", name] if INSTALLATION.contains(name) => Ok(()),
        ["installation", ..] => unknown(
            "an installation has a name, a namespace and an id",
            format!("write one of: {}", list("installation", INSTALLATION)),
        ),
        [
            "bundle",
            "name" | "version" | "description" | "installerImage",
        ] => Ok(()),
        ["bundle", "custom", rest @ ..] => custom(manifest, rest)
            .or_else(|hint| unknown("there is no such value in `custom`", hint)),
        ["bundle", "parameters", rest @ ..] => {
            parameter(manifest, rest).or_else(|hint| unknown("there is no such parameter", hint))
        }
        ["bundle", "credentials", rest @ ..] => {
            let known = || {
                manifest
                    .credentials
                    .iter()
                    .map(|credential| credential.name.as_str())
            };
            match rest {
                [name] if known().any(|credential| credential == *name) => Ok(()),
                _ => unknown(
                    "there is no such credential",
                    meant("bundle.credentials", rest, known()),
                ),
            }
        }
        ["bundle", "outputs", rest @ ..] => {
            let known = || {
                steps
                    .names
                    .iter()
                    .copied()
                    .chain(manifest.outputs.iter().map(|output| output.name.as_str()))
            };
            match rest {
                [_] if steps.open => Ok(()),
                [name] if known().any(|output| output == *name) => Ok(()),
                _ => unknown(
                    "no step of this action makes such an output and the bundle declares none",
                    meant("bundle.outputs", rest, known()),
                ),
            }
        }
        ["bundle", "images", rest @ ..] => {
            image(manifest, rest).or_else(|hint| unknown("there is no such image", hint))
        }
        ["bundle", "dependencies", alias, ..]
            if manifest
                .dependencies
                .iter()
                .any(|dependency| dependency.value == *alias) =>
        {
            Ok(())
        }
        ["bundle", "dependencies", ..] => unknown("there is no such dependency", String::new()),
        ["bundle", name, ..] => unknown(
            "a bundle has no such value",
            did_you_mean(name, BUNDLE.iter().copied()),
        ),
        _ => unknown("it is none of Porter's values", foreign(&parts)),
    }
}

fn parameter(manifest: &Manifest, rest: &[&str]) -> Result<(), String> {
    let known = || {
        manifest
            .parameters
            .iter()
            .map(|parameter| parameter.name.as_str())
    };
    let [name, inside @ ..] = rest else {
        return Err(meant("bundle.parameters", rest, known()));
    };
    if *name == "porter-debug" && inside.is_empty() {
        return Ok(());
    }
    match manifest.parameter(name) {
        Some(_) if inside.is_empty() => Ok(()),
        Some(parameter) if matches!(parameter.kind(), "object" | "array") => Ok(()),
        Some(parameter) if parameter.schema.kind(parameter.path.is_some()).is_none() => Ok(()),
        Some(_) => Err(format!(
            "the parameter `{name}` is no object and has nothing inside"
        )),
        None => Err(meant("bundle.parameters", rest, known())),
    }
}

fn custom(manifest: &Manifest, path: &[&str]) -> Result<(), String> {
    let mut members = &manifest.custom;
    for (index, part) in path.iter().enumerate() {
        match members.get(*part) {
            Some(_) if index + 1 == path.len() => return Ok(()),
            Some(Json::Object(inner)) => members = inner,
            // Into a list one cannot look any further.
            Some(Json::Array(_)) => return Ok(()),
            _ => return Err(did_you_mean(part, members.keys().map(String::as_str))),
        }
    }
    if path.is_empty() {
        Ok(())
    } else {
        Err(String::new())
    }
}

fn image(manifest: &Manifest, rest: &[&str]) -> Result<(), String> {
    let known = || manifest.images.keys().map(String::as_str);
    match rest {
        [alias, inside @ ..] if manifest.images.contains_key(*alias) => match inside {
            [field, ..] if IMAGE.contains(field) => Ok(()),
            [field, ..] => Err(match did_you_mean(field, IMAGE.iter().copied()) {
                hint if hint.is_empty() => format!("an image has: {}", IMAGE.join(", ")),
                hint => hint,
            }),
            [] => Err(format!(
                "write one of its values, such as `bundle.images.{alias}.digest`"
            )),
        },
        _ => Err(meant("bundle.images", rest, known())),
    }
}

/// A hint with the nearest known name, or with the names that there are.
fn meant<'k>(prefix: &str, rest: &[&str], known: impl Iterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.collect();
    let whole = rest.join(".");
    if rest.len() > 1 && rest.first().is_some_and(|first| known.contains(first)) {
        return format!(
            "it is one value: there is nothing inside `{prefix}.{}`",
            rest[0]
        );
    }
    if rest.len() > 1 && known.contains(&whole.as_str()) {
        return format!("a name with dots cannot be used in a template: rename `{whole}`");
    }
    match crate::suggest::nearest(
        rest.first().copied().unwrap_or_default(),
        known.iter().copied(),
    ) {
        Some(name) => format!("did you mean `{prefix}.{name}`?"),
        None if known.is_empty() => format!("the manifest declares nothing for `{prefix}`"),
        None => {
            let shown: Vec<&str> = known.iter().take(10).copied().collect();
            format!("declared are: {}", shown.join(", "))
        }
    }
}

/// A hint for a name that begins with nothing of ours: often a variable of the shell.
fn foreign(parts: &[&str]) -> String {
    match parts {
        [name]
            if name
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') =>
        {
            format!(
                "for a variable of the container's environment write `env.{name}`; for one of a \
             shell, `$` without braces"
            )
        }
        [first, ..] => match did_you_mean(first, ROOTS.iter().copied()) {
            hint if hint.is_empty() => {
                "a template begins with `bundle.`, `installation.` or `env.`".to_owned()
            }
            hint => hint,
        },
        [] => String::new(),
    }
}

fn list(prefix: &str, names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{prefix}.{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
