//! Reading files, and dependencies, which are checked and then not supported yet.

use super::{Fields, Report};
use crate::model::{FileSource, Spanned};
use crate::reference::Reference;
use crate::schema_version::Features;
use crate::source::Span;
use crate::version::{Constraint, parse_version};

/// What the sections say, as far as later checks need it.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    /// Aliases of the dependencies.
    pub(crate) dependencies: Vec<Spanned<String>>,
    /// Files to download.
    pub(crate) files: Vec<FileSource>,
    /// Checks that Porter does only after everything could be read.
    pub(crate) later: Vec<Later>,
}

/// A message that is told with the accumulated ones.
#[derive(Debug)]
pub(crate) struct Later {
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) hint: &'static str,
}

const SHORTLY: &str = "build this bundle with Porter 1.x until then";

pub(crate) fn dependencies(top: &mut Fields<'_>, sections: &mut Sections, report: &mut Report<'_>) {
    let Some(node) = top.take("dependencies") else {
        return;
    };
    let Some(mut fields) = Fields::of(node, "`dependencies`", report) else {
        return;
    };
    if let Some(provides) = fields.take("provides")
        && let Some(mut inner) = Fields::of(provides, "`provides` of `dependencies`", report)
    {
        inner.take("interface");
        inner.finish(report);
    }
    for (index, item) in fields.list("requires", report).iter().enumerate() {
        let what = match item.get("name").and_then(|name| name.text()) {
            Some(name) => format!("dependency `{name}`"),
            None => format!("dependency {}", index + 1),
        };
        let Some(mut inner) = Fields::of(item, &what, report) else {
            continue;
        };
        let name = inner.text("name", report).unwrap_or(Spanned {
            value: String::new(),
            span: item.span,
        });
        let reference = bundle(&mut inner, &what, sections, report);
        for key in ["parameters", "credentials", "outputs"] {
            inner.text_map(key, report);
        }
        sharing(&mut inner, &what, report);
        inner.finish(report);
        check(&name, reference, sections);
        sections.dependencies.push(name);
    }
    fields.finish(report);
    if let Some(first) = sections.dependencies.first() {
        let message = "dependencies are not supported yet".to_owned();
        sections.later.push(Later {
            span: first.span,
            message,
            hint: SHORTLY,
        });
    }
}

/// The reference of a dependency.
fn bundle(
    fields: &mut Fields<'_>,
    what: &str,
    sections: &mut Sections,
    report: &mut Report<'_>,
) -> Option<(Spanned<String>, bool)> {
    let node = fields.take("bundle")?;
    let mut inner = Fields::of(node, &format!("`bundle` of {what}"), report)?;
    let reference = inner.text("reference", report);
    let version = inner.text("version", report);
    inner.take("interface");
    inner.finish(report);
    if let Some(version) = &version
        && let Err(message) = Constraint::parse(version)
    {
        sections.later.push(Later {
            span: version.span,
            message,
            hint: "give a range such as `1.x`",
        });
    }
    Some((
        reference?,
        version.is_some_and(|version| !version.is_empty()),
    ))
}

fn sharing(fields: &mut Fields<'_>, what: &str, report: &mut Report<'_>) {
    let Some(node) = fields.take("sharing") else {
        return;
    };
    let Some(mut inner) = Fields::of(node, &format!("`sharing` of {what}"), report) else {
        return;
    };
    inner.boolean("mode", report);
    inner.take("group");
    inner.finish(report);
}

fn check(
    name: &Spanned<String>,
    reference: Option<(Spanned<String>, bool)>,
    sections: &mut Sections,
) {
    let mut later = |span, message: String| {
        sections.later.push(Later {
            span,
            message,
            hint: "",
        })
    };
    if name.is_empty() {
        later(name.span, "dependency name is required".to_owned());
    }
    match reference.filter(|(reference, _)| !reference.is_empty()) {
        None => later(
            name.span,
            format!("reference is required for dependency \"{}\"", name.value),
        ),
        Some((reference, has_version)) => match Reference::parse(&reference) {
            Err(error) => later(
                reference.span,
                format!(
                    "invalid reference {} for dependency {}: {error}",
                    reference.value, name.value
                ),
            ),
            Ok(parsed) if parsed.tag().is_none() && parsed.digest().is_none() && !has_version => {
                later(
                    reference.span,
                    format!(
                        "reference for dependency \"{}\" can specify only a repository, without a \
                         digest or tag, when a version constraint is specified",
                        name.value
                    ),
                );
            }
            Ok(_) => {}
        },
    }
}

pub(crate) fn files(
    top: &mut Fields<'_>,
    schema_version: &str,
    features: &Features,
    sections: &mut Sections,
    report: &mut Report<'_>,
) {
    let list = top.list("files", report);
    let Some(first) = list.first() else { return };
    let mut found = Vec::new();
    let mut later = |span, message: String, hint| {
        sections.later.push(Later {
            span,
            message,
            hint,
        })
    };
    if !features.has("file-sources") {
        let message = "the files section requires the file-sources experimental feature";
        later(first.span, message.to_owned(), "");
    } else if parse_version(schema_version)
        .zip(parse_version("1.3.0"))
        .is_none_or(|(has, needs)| has < needs)
    {
        later(
            first.span,
            "the files section requires schemaVersion >= 1.3.0".to_owned(),
            "",
        );
    }
    for (index, item) in list.iter().enumerate() {
        let what = format!("files[{index}]");
        let Some(mut fields) = Fields::of(item, &what, report) else {
            continue;
        };
        let url = fields.text("url", report);
        let destination = fields.text("destination", report);
        fields.finish(report);
        for (span, problem) in [
            (
                url.as_ref().map_or(item.span, |url| url.span),
                url_problem(url.as_deref()),
            ),
            (
                destination.as_ref().map_or(item.span, |text| text.span),
                destination_problem(destination.as_deref()),
            ),
        ] {
            if let Some(problem) = problem {
                later(span, format!("{what}.{problem}"), "");
            }
        }
        if let (Some(url), Some(destination)) = (url, destination) {
            found.push(FileSource { url, destination });
        }
    }
    sections.files = found;
}

fn url_problem(url: Option<&String>) -> Option<String> {
    match url.map(String::as_str).unwrap_or_default() {
        "" => Some("url is required".to_owned()),
        url if url.starts_with("http://") || url.starts_with("https://") => None,
        url => Some(format!(
            "url must begin with http:// or https://, got \"{url}\""
        )),
    }
}

fn destination_problem(destination: Option<&String>) -> Option<String> {
    let text = destination.map(String::as_str).unwrap_or_default();
    let drive =
        text.len() > 1 && text.as_bytes()[1] == b':' && text.as_bytes()[0].is_ascii_alphabetic();
    let problem = match text {
        "" => return Some("destination is required".to_owned()),
        _ if text.contains('\\') => "must use forward slashes",
        _ if text.starts_with('/') || drive => "must be a relative path",
        _ if text.split('/').any(|part| part == "..") => "must not escape the bundle directory",
        _ => return None,
    };
    Some(format!("destination {problem}, got {text:?}"))
}
