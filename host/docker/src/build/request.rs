//! What a build gives to BuildKit: its local sources, and the request itself.

use std::collections::HashMap;

use bollard_buildkit_proto::moby::buildkit::v1::{CacheOptions, CacheOptionsEntry, SolveRequest};
use porter_cnab::ports::{BuildCache, BuildContext, ImageBuild};
use porter_dockerfile::{CNAB_CONTEXT, USERFILES_CONTEXT};
use serde_json::Value;

use crate::DockerError;
use crate::session::{Folder, Permissions, Source};

/// Names that the Dockerfile frontend gives to its own two sources.
const DOCKERFILE: &str = "dockerfile";
const CONTEXT: &str = "context";

/// Porter's folder in a bundle directory, never part of the author's files.
const PORTERS_FOLDER: &str = ".cnab";

/// Porter's notes about the build in that folder: no part of the image.
const NOTES: [&str; 2] = ["Dockerfile", "build.json"];

/// Images are for this platform in the first release.
const PLATFORM: &str = "linux/amd64";

/// The local sources, by the names under which they are asked for.
pub(super) fn sources(build: &ImageBuild) -> Result<HashMap<String, Source>, DockerError> {
    let dockerfile = Source::Text {
        name: "Dockerfile".to_owned(),
        content: build.dockerfile.as_bytes().into(),
    };
    let context = Folder::open(&build.context, [], Permissions::Kept)?;
    let hidden = build
        .excluded
        .iter()
        .cloned()
        .chain([PORTERS_FOLDER.to_owned()]);
    let userfiles = Folder::open(&build.context, hidden, Permissions::GroupAsOwner)?;
    let notes = NOTES.map(str::to_owned);
    let cnab = Folder::open(&build.cnab, notes, Permissions::GroupAsOwner)?;
    let mut sources = HashMap::from([
        (DOCKERFILE.to_owned(), dockerfile),
        (CONTEXT.to_owned(), Source::Folder(context)),
        (USERFILES_CONTEXT.to_owned(), Source::Folder(userfiles)),
        (CNAB_CONTEXT.to_owned(), Source::Folder(cnab)),
    ]);
    for (name, context) in &build.options.contexts {
        if let BuildContext::Folder(path) = context {
            let folder = Folder::open(path, [], Permissions::Kept)?;
            sources.insert(local(name), Source::Folder(folder));
        }
    }
    Ok(sources)
}

/// Name of the local source that is a context of this name: never that of one of porter's own.
fn local(name: &str) -> String {
    format!("named:{name}")
}

/// A cache as BuildKit takes it.
fn cache(cache: &BuildCache) -> CacheOptionsEntry {
    CacheOptionsEntry {
        r#type: cache.kind.clone(),
        attrs: cache.attributes.clone().into_iter().collect(),
    }
}

/// Caches as the frontend takes them.
fn cache_imports(caches: &[BuildCache]) -> String {
    let imports = caches
        .iter()
        .map(|cache| serde_json::json!({ "Type": cache.kind, "Attrs": cache.attributes }));
    Value::from_iter(imports).to_string()
}

/// The request to build an image and keep it in the engine.
pub(super) fn solve(build: &ImageBuild, session: &str) -> SolveRequest {
    let options = &build.options;
    let mut attributes = HashMap::from([
        ("filename".to_owned(), "Dockerfile".to_owned()),
        ("platform".to_owned(), PLATFORM.to_owned()),
    ]);
    for name in [USERFILES_CONTEXT, CNAB_CONTEXT] {
        attributes.insert(format!("context:{name}"), format!("local:{name}"));
    }
    for (name, value) in &build.build_args {
        attributes.insert(format!("build-arg:{name}"), value.clone());
    }
    for (name, value) in &build.labels {
        attributes.insert(format!("label:{name}"), value.clone());
    }
    if build.no_cache {
        attributes.insert("no-cache".to_owned(), String::new());
    }
    for (name, context) in &options.contexts {
        let at = match context {
            BuildContext::Folder(_) => format!("local:{}", local(name)),
            BuildContext::Address(address) => address.clone(),
        };
        attributes.insert(format!("context:{name}"), at);
    }
    if !options.cache_from.is_empty() {
        attributes.insert(
            "cache-imports".to_owned(),
            cache_imports(&options.cache_from),
        );
    }
    let mut output: HashMap<_, _> = options.output.clone().into_iter().collect();
    output.insert("name".to_owned(), build.image.clone());
    SolveRequest {
        r#ref: ulid::Ulid::new().to_string().to_lowercase(),
        session: session.to_owned(),
        frontend: "dockerfile.v0".to_owned(),
        frontend_attrs: attributes,
        // The one exporter that all engines have; the newer field for several of them is not
        // known to the older ones.
        exporter_deprecated: "moby".to_owned(),
        exporter_attrs_deprecated: output,
        cache: Some(CacheOptions {
            exports: options.cache_to.iter().map(cache).collect(),
            imports: options.cache_from.iter().map(cache).collect(),
            ..CacheOptions::default()
        }),
        ..SolveRequest::default()
    }
}
