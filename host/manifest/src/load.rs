//! Loading a manifest: from bytes to checked data.

use std::sync::Arc;

use porter_runbook::template::Position;

use crate::model::{Manifest, Spanned};
use crate::persistent;
use crate::problem::{Problem, Problems};
use crate::read::{Report, actions, metadata};
use crate::reference::{Reference, bundle_reference};
use crate::schema_version::{Features, SchemaCheck, Verdict, check, delimiters};
use crate::source::{Source, Span};
use crate::templates::Compiler;
use crate::version::parse_version;
use crate::{names, overrides, validate, yaml};

/// How a manifest is read.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// How strictly the version of the format is checked.
    pub schema_check: SchemaCheck,
    /// Experimental features that are on.
    pub features: Features,
    /// Another name for the bundle (`--name`).
    pub name: Option<String>,
    /// Another version for the bundle (`--version`).
    pub version: Option<String>,
    /// Another registry (`--registry`): the manifest's `reference` no longer counts.
    pub registry: Option<String>,
    /// Another reference (`--reference`).
    pub reference: Option<String>,
    /// Another tag (`--tag`).
    pub tag: Option<String>,
    /// Values for `custom` (`--custom`): dotted name and YAML scalar.
    pub custom: Vec<(String, String)>,
}

/// A manifest and what is remarkable about it.
#[derive(Debug)]
pub struct Loaded {
    /// The manifest.
    pub manifest: Manifest,
    /// Warnings, in the order of the text.
    pub warnings: Vec<Problem>,
}

impl Manifest {
    /// Reads and checks a manifest. `name` is how the user calls the file.
    ///
    /// # Errors
    /// Everything that is wrong, as far as one mistake does not hide another.
    pub fn load(name: &str, bytes: &[u8], options: &LoadOptions) -> Result<Loaded, Problems> {
        let source = Arc::new(Source::new(name, bytes)?);
        let root = yaml::load(&source)?;
        let mut report = Report::new(&source);
        let manifest = build(&source, &root, options, &mut report);
        match manifest {
            Some(manifest) if !report.has_errors() => Ok(Loaded {
                manifest,
                warnings: report.into_problems(),
            }),
            _ => Err(Problems(report.into_problems())),
        }
    }
}

/// The steps of loading, each of which may stop it.
fn build(
    source: &Arc<Source>,
    root: &Arc<yaml::Node>,
    options: &LoadOptions,
    report: &mut Report<'_>,
) -> Option<Manifest> {
    let draft = metadata::draft(root, &options.features, report)?;
    if report.has_errors() {
        return None;
    }
    let identity = identity(&draft, options, report)?;
    let mut draft = draft;
    persistent::expand(&mut draft, &options.features, report)?;
    let dockerfile = draft.dockerfile.take();
    check_dockerfile(dockerfile.as_ref(), report)?;
    let mut compiler = Compiler::new(source, delimiters(&identity.schema_version));
    let actions = check_actions(&draft, &mut compiler, report);
    compiler.scan(root, report);
    let mut manifest = Manifest {
        source: Arc::clone(source),
        schema_version: identity.schema_version,
        name: identity.name,
        description: draft.description,
        version: identity.version,
        reference: identity.reference,
        maintainers: draft.maintainers,
        dockerfile,
        mixins: draft.mixins,
        actions,
        custom_actions: draft.custom_actions,
        parameters: draft
            .parameters
            .into_iter()
            .map(|(parameter, _)| parameter)
            .collect(),
        credentials: draft.credentials,
        outputs: draft.outputs,
        state: draft.state,
        images: draft.images,
        required: draft.required,
        custom: draft.custom.members,
        grants: draft.custom.grants,
        lint: draft.custom.lint,
        wired_outputs: Vec::new(),
        dependencies: draft.sections.dependencies,
        files: draft.sections.files,
    };
    overrides::custom(&mut manifest.custom, &options.custom, report);
    let used = compiler.into_outputs();
    manifest.wired_outputs = used
        .into_iter()
        .filter(|name| manifest.output(name).is_some())
        .collect();
    for later in draft.sections.later {
        report.error(later.span, later.message, later.hint);
    }
    validate::check(&manifest, report);
    names::check(&manifest, report);
    Some(manifest)
}

/// What the bundle is called and where it is published.
struct Identity {
    schema_version: String,
    name: String,
    version: String,
    reference: Reference,
}

/// Checks the metadata in Porter's order; the first mistake stops.
fn identity(
    draft: &metadata::Draft<'_>,
    options: &LoadOptions,
    report: &mut Report<'_>,
) -> Option<Identity> {
    let start = Span {
        start: first(draft.top),
        end: first(draft.top),
    };
    let place = |key: &Option<Spanned<String>>| key.as_ref().map_or(start, |key| key.span);
    let text = |key: &Option<Spanned<String>>| {
        key.as_ref()
            .map(|key| key.value.clone())
            .unwrap_or_default()
    };

    let schema_type = text(&draft.schema_type);
    if !schema_type.is_empty() && !schema_type.eq_ignore_ascii_case("Bundle") {
        let message = format!("invalid schemaType {schema_type}, expected Bundle");
        report.error(place(&draft.schema_type), message, "");
        return None;
    }
    let schema_version = text(&draft.schema_version);
    match check(&schema_version, options.schema_check, &options.features) {
        Verdict::Supported => {}
        Verdict::Warning(message) => report.warning(place(&draft.schema_version), message, ""),
        Verdict::Error(message) => {
            let hint = format!("write `schemaVersion: {}`", crate::DEFAULT_SCHEMA_VERSION);
            report.error(place(&draft.schema_version), message, &hint);
            return None;
        }
    }
    let name = options.name.clone().unwrap_or_else(|| text(&draft.name));
    if name.is_empty() {
        report.error(
            place(&draft.name),
            "bundle name must be set",
            "add `name: NAME`",
        );
        return None;
    }
    let registry = options
        .registry
        .clone()
        .unwrap_or_else(|| text(&draft.registry));
    let discarded = options.registry.is_some() || options.tag.is_some();
    let own = if discarded && !registry.is_empty() {
        String::new()
    } else {
        text(&draft.reference)
    };
    let reference = options.reference.clone().unwrap_or(own);
    if reference.is_empty() && registry.is_empty() {
        let hint = "add `registry: REGISTRY/ORGANIZATION`";
        report.error(
            start,
            "a registry or reference value must be provided",
            hint,
        );
        return None;
    }
    if !reference.is_empty() && !registry.is_empty() && options.reference.is_none() {
        let message = format!(
            "WARNING: both registry and reference were provided; using the reference value of \
             {reference} for the bundle reference"
        );
        report.warning(place(&draft.reference), message, "remove one of them");
    }
    let version = version(draft, options, report)?;
    let tagged = match &options.tag {
        Some(tag) => {
            Reference::parse(&format!("{registry}/{name}")).and_then(|parsed| parsed.with_tag(tag))
        }
        None => bundle_reference(&reference, &registry, &name, &version),
    };
    match tagged {
        Ok(reference) => Some(Identity {
            schema_version,
            name,
            version,
            reference,
        }),
        Err(message) => {
            let at = [&draft.reference, &draft.registry, &draft.name];
            let used = if reference.is_empty() {
                &at[1..]
            } else {
                &at[..]
            };
            let span = used
                .iter()
                .find_map(|key| key.as_ref())
                .map_or(start, |key| key.span);
            let hint = if message.contains("invalid semantic version") {
                "add `version: 0.1.0`"
            } else {
                ""
            };
            report.error(span, message, hint);
            None
        }
    }
}

/// The version in full; empty where there is none.
fn version(
    draft: &metadata::Draft<'_>,
    options: &LoadOptions,
    report: &mut Report<'_>,
) -> Option<String> {
    if let Some(version) = &options.version {
        return match parse_version(version) {
            Some(version) => Some(version.to_string()),
            None => {
                let message = format!(
                    "invalid bundle version: \"{version}\" is not a valid semantic version"
                );
                report.error(draft.top, message, "give a version such as 0.1.0");
                None
            }
        };
    }
    let Some(version) = draft.version.as_ref().filter(|version| !version.is_empty()) else {
        return Some(String::new());
    };
    match parse_version(version) {
        Some(parsed) => Some(parsed.to_string()),
        None => {
            let message = format!(
                "version \"{}\" is not a valid semver value: invalid semantic version",
                version.value
            );
            report.error(version.span, message, "give a version such as 0.1.0");
            None
        }
    }
}

fn first(span: Span) -> Position {
    span.start
}

fn check_dockerfile(dockerfile: Option<&Spanned<String>>, report: &mut Report<'_>) -> Option<()> {
    if let Some(path) = dockerfile.filter(|path| path.eq_ignore_ascii_case("dockerfile")) {
        report.error(
            path.span,
            "Dockerfile template cannot be named 'Dockerfile' because that is the filename \
             generated during porter build",
            "rename it, to template.Dockerfile say",
        );
        return None;
    }
    Some(())
}

/// Checks that there are mixins and actions, and the steps of each.
fn check_actions(
    draft: &metadata::Draft<'_>,
    compiler: &mut Compiler<'_>,
    report: &mut Report<'_>,
) -> Vec<crate::model::Action> {
    let start = Span {
        start: first(draft.top),
        end: first(draft.top),
    };
    if draft.mixins.is_empty() {
        report.error(start, "no mixins declared", "add `mixins: [exec]`");
    }
    for (name, message) in [
        ("install", "no install action defined"),
        ("uninstall", "no uninstall action defined"),
    ] {
        if !draft.actions.iter().any(|action| action.name.value == name) {
            report.error(start, message, &format!("add `{name}:` with its steps"));
        }
    }
    let names: std::collections::HashSet<&str> = draft
        .mixins
        .iter()
        .map(|mixin| mixin.name.as_str())
        .collect();
    let mut declared: Vec<&str> = names.iter().copied().collect();
    declared.sort_unstable();
    let is_declared = |name: &str| names.contains(name);
    draft
        .actions
        .iter()
        .map(|action| actions::steps(action, &is_declared, &declared, compiler, report))
        .collect()
}
