//! The rules of a manifest, in Porter's order and words.

use std::collections::{BTreeMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use porter_cnab::schema::{Schema as Compiled, SchemaError};

use crate::Json;
use crate::bundle::{definition_name, parameter_env};
use crate::model::{Image, Manifest, Schema, Spanned};
use crate::read::Report;
use crate::reference::{Reference, check_digest};
use crate::source::Span;
use crate::yaml::{Kind, Node};

/// Checks what a reader of types cannot see; everything is reported.
pub(crate) fn check(manifest: &Manifest, report: &mut Report<'_>) {
    depth(manifest, report);
    grants(manifest, report);
    parameters(manifest, report);
    outputs(manifest, report);
    images(&manifest.images, report);
    credentials(manifest, report);
    apply_to(manifest, report);
    required(manifest, report);
    state(manifest, report);
    let parameters = manifest.parameters.iter().map(|parameter| &parameter.name);
    definitions(parameters, "-parameter", report);
    definitions(
        manifest.outputs.iter().map(|output| &output.name),
        "-output",
        report,
    );
}

/// Two names whose definitions in bundle.json would have the same name.
fn definitions<'m>(
    names: impl Iterator<Item = &'m Spanned<String>>,
    suffix: &str,
    report: &mut Report<'_>,
) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for name in names.filter(|name| !name.is_empty()) {
        match seen.get(&definition_name(name, suffix)) {
            Some(other) => {
                let message = format!(
                    "the names `{other}` and `{}` collide in bundle.json",
                    name.value
                );
                report.error(name.span, message, "rename one of them");
            }
            None => {
                seen.insert(definition_name(name, suffix), name);
            }
        }
    }
}

fn state(manifest: &Manifest, report: &mut Report<'_>) {
    let mut seen = HashSet::new();
    for variable in &manifest.state {
        let name = &variable.name;
        if !is_file_name(name) {
            let message = format!(
                "the state variable `{}` cannot be the name of a file",
                name.value
            );
            report.error(name.span, message, "use letters, digits, `.`, `-` and `_`");
        }
        if !seen.insert(name.as_str()) {
            let message = format!("the state variable `{}` is already declared", name.value);
            report.error(name.span, message, "rename one of them");
        }
    }
}

/// Whether a variable of this name can be set at all.
fn check_variable(variable: &str, span: Span, report: &mut Report<'_>) {
    if variable.contains('=') || variable.chars().any(char::is_control) {
        let message = format!("`{variable}` cannot be the name of an environment variable");
        report.error(
            span,
            message,
            "set `env: NAME` with letters, digits and `_`",
        );
    }
}

/// Only a mixin that the bundle uses can read anything of it.
fn grants(manifest: &Manifest, report: &mut Report<'_>) {
    for grant in &manifest.grants {
        let name = &grant.mixin;
        if manifest
            .mixins
            .iter()
            .all(|mixin| mixin.name.value != name.value)
        {
            let message = format!("`{}` may read, but is no mixin of this bundle", name.value);
            report.error(
                name.span,
                message,
                "declare it under `mixins`, or remove it",
            );
        }
    }
}

/// Deepest nesting of what is given to a mixin.
const MAX_MIXIN_DEPTH: usize = 64;

/// What a mixin is given nests less deeply than what a manifest may have.
fn depth(manifest: &Manifest, report: &mut Report<'_>) {
    let configs = manifest
        .mixins
        .iter()
        .filter_map(|mixin| mixin.config.as_ref());
    let steps = manifest.actions.iter().flat_map(|action| &action.steps);
    for node in configs.chain(steps.map(|step| &step.value)) {
        if let Some(span) = deeper(node, MAX_MIXIN_DEPTH) {
            let message = format!(
                "what a mixin is given may nest {MAX_MIXIN_DEPTH} levels deep, and this is deeper"
            );
            report.error(span, message, "nest less deeply");
        }
    }
}

/// The first node that is deeper than the levels that are left.
fn deeper(node: &Node, levels: usize) -> Option<Span> {
    let inside = |node: &Node| deeper(node, levels - 1);
    match &node.kind {
        Kind::Scalar(_) => None,
        _ if levels == 0 => Some(node.span),
        Kind::List(items) => items.iter().find_map(|item| inside(item)),
        Kind::Map(entries) => entries.iter().find_map(|entry| inside(&entry.value)),
    }
}

/// What messages say of a schema.
struct Subject<'m> {
    kind: &'static str,
    name: &'m Spanned<String>,
    schema: &'m Schema,
    sensitive: bool,
}

fn parameters(manifest: &Manifest, report: &mut Report<'_>) {
    let mut variables: BTreeMap<String, &str> = BTreeMap::new();
    for parameter in &manifest.parameters {
        let name = &parameter.name;
        if name.is_empty() {
            report.error(name.span, "parameter name is required", "add `name: …`");
            continue;
        }
        let subject = Subject {
            kind: "parameter",
            name,
            schema: &parameter.schema,
            sensitive: parameter.sensitive,
        };
        if parameter.kind() == "file" && parameter.path.is_none() {
            let message = format!("no destination path supplied for parameter {}", name.value);
            report.error(
                name.span,
                message,
                "add `path: …`, where the file is to be in the container",
            );
        }
        schema(&subject, report);
        if let Some(variable) = parameter_env(parameter) {
            check_variable(&variable, name.span, report);
            match variables.get(&variable) {
                Some(other) => report.warning(
                    name.span,
                    format!(
                        "the parameters `{other}` and `{}` both set the variable `{variable}`",
                        name.value
                    ),
                    "give one of them another `env`",
                ),
                None => {
                    variables.insert(variable, name);
                }
            }
        }
        if let Some(dependency) = parameter
            .source
            .as_ref()
            .and_then(|from| from.dependency.as_ref())
            && !manifest
                .dependencies
                .iter()
                .any(|known| known.value == dependency.value)
        {
            let message = format!("there is no dependency `{}`", dependency.value);
            report.warning(dependency.span, message, "");
        }
        if let Some(source) = &parameter.source
            && source.dependency.is_none()
            && manifest.output(&source.output).is_none()
        {
            let known = manifest.outputs.iter().map(|output| output.name.as_str());
            report.warning(
                source.output.span,
                format!("the bundle declares no output `{}`", source.output.value),
                &crate::suggest::did_you_mean(&source.output, known),
            );
        }
    }
}

fn outputs(manifest: &Manifest, report: &mut Report<'_>) {
    for output in &manifest.outputs {
        let name = &output.name;
        if name.is_empty() {
            report.error(name.span, "output name is required", "add `name: …`");
            continue;
        }
        if !is_file_name(name) {
            let message = format!(
                "the output name `{}` cannot be the name of a file",
                name.value
            );
            report.error(name.span, message, "use letters, digits, `.`, `-` and `_`");
        }
        if name.starts_with("porter-") || name.starts_with("io.cnab.") {
            let message = format!("the output name `{}` is reserved", name.value);
            report.error(
                name.span,
                message,
                "choose a name that does not begin with `porter-` or `io.cnab.`",
            );
        }
        if output.kind() == "file" && output.path.is_none() {
            let message = format!("no path supplied for output {}", name.value);
            report.error(name.span, message, "add `path: …`, the file that is taken");
        }
        let subject = Subject {
            kind: "output",
            name,
            schema: &output.schema,
            sensitive: output.sensitive,
        };
        schema(&subject, report);
    }
}

fn is_file_name(name: &str) -> bool {
    name != "."
        && name != ".."
        && name.len() <= 200
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control)
}

/// The schema itself and the default against it. As in Porter, the type that is added where none
/// is written plays no part.
fn schema(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Subject {
        kind, name, schema, ..
    } = subject;
    let mut keywords = schema.keywords.clone();
    let is_file = keywords.get("type").and_then(Json::as_str) == Some("file");
    if is_file {
        keywords.insert("type".to_owned(), "string".into());
        base64_default(subject, report);
    }
    let compiled = match Compiled::compile(&Json::Object(keywords)) {
        Ok(compiled) => compiled,
        Err(error) => {
            let span = match &error {
                SchemaError::Invalid { pointer, .. } => pointed(schema, pointer),
                _ => name.span,
            };
            let reason = match (&error, schema.keywords.get("type")) {
                (SchemaError::Invalid { pointer, .. }, Some(kind))
                    if pointer.starts_with("/type") =>
                {
                    format!("schema not valid: {kind} is not a valid type")
                }
                _ => error.to_string(),
            };
            let message = format!(
                "encountered an error while validating definition for {kind} \"{}\": {reason}",
                name.value
            );
            report.error(span, message, "");
            return;
        }
    };
    let Some(default) = schema.keywords.get("default") else {
        return;
    };
    if let Some(violation) = compiled.violations(default).into_iter().next() {
        let shown = if subject.sensitive {
            "***".to_owned()
        } else {
            porter_cnab::parameter::to_text(default)
        };
        let message = format!(
            "encountered an error validating the default value {shown} for {kind} \"{}\": {}",
            name.value, violation.message
        );
        let span = pointed(schema, &format!("/default{}", violation.pointer));
        report.error(span, message, &quote_hint(default, schema));
    }
}

/// The place of a keyword, or of the whole where the pointer leads nowhere.
fn pointed(schema: &Schema, pointer: &str) -> Span {
    schema.node.find(pointer).span
}

fn quote_hint(default: &Json, schema: &Schema) -> String {
    let wants_text = schema.keywords.get("type").and_then(Json::as_str) == Some("string");
    match default {
        Json::Number(_) | Json::Bool(_) if wants_text => format!("put it in quotes: \"{default}\""),
        _ => String::new(),
    }
}

fn base64_default(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(Json::String(text)) = subject.schema.keywords.get("default") else {
        return;
    };
    if subject.kind != "parameter" || text.is_empty() {
        return;
    }
    if let Err(error) = STANDARD.decode(text) {
        let message = format!(
            "parameter \"{}\" of type 'file' has a default value that is not valid base64: {error}",
            subject.name.value
        );
        report.error(
            pointed(subject.schema, "/default"),
            message,
            "encode the content: `base64 -w0 FILE`",
        );
    }
}

fn images(images: &BTreeMap<String, Image>, report: &mut Report<'_>) {
    for image in images.values() {
        let span = image.alias.span;
        if image.repository.is_empty() {
            let message = format!("the image `{}` has no repository", image.alias.value);
            report.error(span, message, "add `repository: REGISTRY/NAME`");
            continue;
        }
        if !image.digest.is_empty()
            && let Err(error) = check_digest(&image.digest)
        {
            report.error(
                span,
                error,
                &format!(
                    "the digest of image `{}` is `sha256:` and 64 hex digits",
                    image.alias.value
                ),
            );
            continue;
        }
        if let Err(error) = Reference::parse(&image.reference()) {
            let message = format!("the reference of image `{}`: {error}", image.alias.value);
            report.error(span, message, "");
        }
    }
}

/// Porter finds these only when the bundle is run.
fn credentials(manifest: &Manifest, report: &mut Report<'_>) {
    for credential in &manifest.credentials {
        let name = &credential.name;
        if name.is_empty() {
            report.error(name.span, "credential name is required", "add `name: …`");
        } else if let Some(variable) = &credential.env {
            check_variable(variable, name.span, report);
        } else if credential.path.is_none() {
            let message = format!(
                "credential env or path must be supplied for `{}`",
                name.value
            );
            report.error(name.span, message, "add `env: VARIABLE` or `path: FILE`");
        }
    }
}

fn apply_to(manifest: &Manifest, report: &mut Report<'_>) {
    let actions: HashSet<&str> = manifest
        .actions
        .iter()
        .map(|action| action.name.as_str())
        .collect();
    let lists = manifest
        .parameters
        .iter()
        .map(|parameter| &parameter.apply_to)
        .chain(
            manifest
                .credentials
                .iter()
                .map(|credential| &credential.apply_to),
        )
        .chain(manifest.outputs.iter().map(|output| &output.apply_to));
    for name in lists.flatten() {
        let common = matches!(name.as_str(), "install" | "upgrade" | "uninstall");
        if !common && !actions.contains(name.as_str()) {
            let hint = crate::suggest::did_you_mean(name, actions.iter().copied());
            report.warning(
                name.span,
                format!("there is no action `{}`", name.value),
                &hint,
            );
        }
    }
}

fn required(manifest: &Manifest, report: &mut Report<'_>) {
    let mut seen = HashSet::new();
    for extension in &manifest.required {
        if !seen.insert(extension.key.as_str()) {
            let message = format!(
                "required extension '{}' is already declared",
                extension.key.value
            );
            report.error(extension.key.span, message, "remove one of them");
        }
    }
}
