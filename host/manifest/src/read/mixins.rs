//! Reading mixins and required extensions.

use std::sync::Arc;

use super::{Fields, Report};
use crate::Json;
use crate::model::{MixinDeclaration, RequiredExtension, Spanned};
use crate::version::Constraint;
use crate::yaml::Node;

/// How Porter begins the message of a value that it cannot read.
const UNREADABLE: &str = "error unmarshaling the typed manifest: ";

pub(crate) fn mixins(top: &mut Fields<'_>, report: &mut Report<'_>) -> Vec<MixinDeclaration> {
    let mut list = Vec::new();
    for item in top.list("mixins", report) {
        let single = match item.entries() {
            _ if item.is_null() => {
                fail(
                    item,
                    "mixin declaration was empty",
                    "remove the entry or name a mixin",
                    report,
                );
                continue;
            }
            None => item.text().map(|name| (name, item, None)),
            Some([]) => {
                fail(
                    item,
                    "mixin declaration was empty",
                    "name a mixin: `- exec`",
                    report,
                );
                continue;
            }
            Some([entry]) => {
                let config = (!entry.value.is_null()).then(|| Arc::clone(&entry.value));
                Some((entry.name(), &entry.key, config))
            }
            Some(_) => {
                let hint = "indent the configuration below the mixin's name";
                fail(
                    item,
                    "mixin declaration contained more than one mixin",
                    hint,
                    report,
                );
                continue;
            }
        };
        let Some((text, node, config)) = single else {
            report.wrong_type(
                item,
                "a mixin",
                "a name, or a name with its configuration",
                "",
            );
            continue;
        };
        list.extend(declaration(text, node, config, report));
    }
    list
}

fn declaration(
    text: &str,
    node: &Node,
    config: Option<Arc<Node>>,
    report: &mut Report<'_>,
) -> Option<MixinDeclaration> {
    let (name, constraint) = match text.split_once('@') {
        None => (text, None),
        Some((_, rest)) if rest.contains('@') => {
            let message = format!("invalid mixin name/version: expected name@version, got: {text}");
            fail(node, &message, "", report);
            return None;
        }
        Some((name, range)) => match Constraint::parse(range) {
            Ok(constraint) => (name, Some(constraint)),
            Err(error) => {
                let message = format!("invalid mixin name/version: {error}");
                fail(node, &message, "give a range such as `exec@^1.2`", report);
                return None;
            }
        },
    };
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(safe) || name.len() > 128 {
        let hint = "a name has letters, digits, `-`, `_` and `.`";
        fail(
            node,
            &format!("invalid mixin name/version: the name `{name}` is not allowed"),
            hint,
            report,
        );
        return None;
    }
    let name = Spanned {
        value: name.to_owned(),
        span: node.span,
    };
    Some(MixinDeclaration {
        name,
        constraint,
        config,
    })
}

pub(crate) fn required(top: &mut Fields<'_>, report: &mut Report<'_>) -> Vec<RequiredExtension> {
    let mut list = Vec::new();
    for item in top.list("required", report) {
        let (name, node, config) = match item.entries() {
            Some([]) => {
                fail(
                    item,
                    "required extension was empty",
                    "name an extension: `- docker`",
                    report,
                );
                continue;
            }
            Some([entry]) => (entry.name(), &entry.key, entry.value.to_json()),
            Some(_) => {
                let hint = "indent the configuration below the extension's name";
                fail(
                    item,
                    "required extension contained more than one extension",
                    hint,
                    report,
                );
                continue;
            }
            None => match item.text() {
                Some(name) if !name.is_empty() => (name, item, Json::Null),
                Some(_) => {
                    fail(
                        item,
                        "required extension was empty",
                        "remove the entry",
                        report,
                    );
                    continue;
                }
                None => {
                    report.wrong_type(
                        item,
                        "a required extension",
                        "a name, or a name with its configuration",
                        "",
                    );
                    continue;
                }
            },
        };
        let key = Spanned {
            value: long_name(name).to_owned(),
            span: node.span,
        };
        if key.value == "io.cnab.docker" {
            check_docker(item, report);
        }
        list.push(RequiredExtension { key, config });
    }
    list
}

/// The configuration of the docker extension: one boolean.
fn check_docker(item: &Node, report: &mut Report<'_>) {
    let Some([entry]) = item.entries() else {
        return;
    };
    if entry.value.is_null() {
        return;
    }
    if let Some(mut fields) = Fields::of(&entry.value, "the extension `docker`", report) {
        fields.boolean("privileged", report);
        fields.finish(report);
    }
}

/// The key of an extension that has a short name.
fn long_name(name: &str) -> &str {
    match name {
        "docker" => "io.cnab.docker",
        "dependencies" => "io.cnab.dependencies",
        "dependencies@v2" => "org.getporter.dependencies@v2",
        "parameter-sources" => "io.cnab.parameter-sources",
        "file-parameters" => "sh.porter.file-parameters",
        other => other,
    }
}

fn fail(node: &Node, message: &str, hint: &str, report: &mut Report<'_>) {
    report.error(node.span, format!("{UNREADABLE}{message}"), hint);
}
