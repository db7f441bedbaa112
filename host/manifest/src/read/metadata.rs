//! Reading the whole manifest.

use std::sync::Arc;

use super::dependencies::Sections;
use super::{Fields, Report, actions, dependencies, grants, images, lint, mixins, values};
use crate::Json;
use crate::lint::levels::Levels;
use crate::model::{
    Credential, CustomAction, Grant, Image, Maintainer, MixinDeclaration, Output, Parameter,
    RequiredExtension, Spanned, StateVariable,
};
use crate::schema_version::Features;
use crate::source::Span;
use crate::yaml::{Entry, Node};

/// A manifest whose types are right and whose rules are not checked yet.
pub(crate) struct Draft<'n> {
    pub(crate) top: Span,
    pub(crate) schema_type: Option<Spanned<String>>,
    pub(crate) schema_version: Option<Spanned<String>>,
    pub(crate) name: Option<Spanned<String>>,
    pub(crate) description: String,
    pub(crate) version: Option<Spanned<String>>,
    pub(crate) registry: Option<Spanned<String>>,
    pub(crate) reference: Option<Spanned<String>>,
    pub(crate) dockerfile: Option<Spanned<String>>,
    pub(crate) maintainers: Vec<Maintainer>,
    pub(crate) mixins: Vec<MixinDeclaration>,
    pub(crate) actions: Vec<actions::RawAction<'n>>,
    pub(crate) custom_actions: std::collections::BTreeMap<String, CustomAction>,
    pub(crate) parameters: Vec<(Parameter, Option<Span>)>,
    pub(crate) credentials: Vec<Credential>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) state: Vec<StateVariable>,
    pub(crate) images: std::collections::BTreeMap<String, Image>,
    pub(crate) required: Vec<RequiredExtension>,
    pub(crate) custom: Custom,
    pub(crate) sections: Sections,
}

/// Reads the tree. What cannot be read is in the report.
pub(crate) fn draft<'n>(
    root: &'n Arc<Node>,
    features: &Features,
    report: &mut Report<'_>,
) -> Option<Draft<'n>> {
    let entries: &[Entry] = match root.entries() {
        Some(entries) => entries,
        None if root.is_null() => {
            report.error(
                root.span,
                "the manifest is empty",
                "`porter create` writes one to start from",
            );
            return None;
        }
        None => {
            report.wrong_type(root, "the manifest", "a mapping", "");
            return None;
        }
    };
    let mut top = Fields::of(root, "", report)?;
    let schema_version = top.text("schemaVersion", report);
    let mut sections = Sections::default();
    dependencies::dependencies(&mut top, &mut sections, report);
    let version = schema_version
        .as_ref()
        .map(|version| version.value.clone())
        .unwrap_or_default();
    dependencies::files(&mut top, &version, features, &mut sections, report);
    deprecated(entries, report);
    Some(Draft {
        top: root.span,
        schema_type: top.text("schemaType", report),
        schema_version,
        name: top.text("name", report),
        description: top
            .text("description", report)
            .map(|text| text.value)
            .unwrap_or_default(),
        version: top.text("version", report),
        registry: top.text("registry", report),
        reference: top.text("reference", report),
        dockerfile: top
            .text("dockerfile", report)
            .filter(|path| !path.is_empty()),
        maintainers: maintainers(&mut top, report),
        mixins: mixins::mixins(&mut top, report),
        actions: actions::raw_actions(entries, report),
        custom_actions: actions::custom_actions(&mut top, report),
        parameters: values::parameters(&mut top, report),
        credentials: values::credentials(&mut top, report),
        outputs: values::outputs(&mut top, report),
        state: values::state(&mut top, report),
        images: images::images(&mut top, report),
        required: mixins::required(&mut top, report),
        custom: custom(&mut top, report),
        sections,
    })
}

fn deprecated(entries: &[Entry], report: &mut Report<'_>) {
    for entry in entries {
        let name = entry.name();
        if matches!(name, "invocationImage" | "tag") {
            let message = format!(
                "WARNING: The \"{name}\" field has been deprecated and can no longer be \
                 user-specified; ignoring."
            );
            report.warning(entry.key.span, message, "remove it");
        }
    }
}

fn maintainers(top: &mut Fields<'_>, report: &mut Report<'_>) -> Vec<Maintainer> {
    let mut list = Vec::new();
    for (index, item) in top.list("maintainers", report).iter().enumerate() {
        let what = format!("maintainer {}", index + 1);
        let Some(mut fields) = Fields::of(item, &what, report) else {
            continue;
        };
        let mut text = |key| {
            fields
                .text(key, report)
                .map(|text| text.value)
                .unwrap_or_default()
        };
        list.push(Maintainer {
            name: text("name"),
            email: text("email"),
            url: text("url"),
        });
        fields.finish(report);
    }
    list
}

/// The author's own data, and what of it is for porter.
#[derive(Default)]
pub(crate) struct Custom {
    pub(crate) members: serde_json::Map<String, Json>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) lint: Levels,
}

fn custom(top: &mut Fields<'_>, report: &mut Report<'_>) -> Custom {
    let Some(node) = top.take("custom") else {
        return Custom::default();
    };
    match node.to_json() {
        Json::Object(members) => Custom {
            members,
            grants: grants::grants(node, report),
            lint: lint::levels(node, report),
        },
        _ => {
            report.wrong_type(node, "`custom`", "a mapping", "");
            Custom::default()
        }
    }
}
