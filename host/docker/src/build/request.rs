//! What a build gives to BuildKit: its local sources, and the request itself.

use std::collections::HashMap;

use bollard_buildkit_proto::moby::buildkit::v1::SolveRequest;
use porter_cnab::ports::ImageBuild;
use porter_dockerfile::{CNAB_CONTEXT, USERFILES_CONTEXT};

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
    Ok(HashMap::from([
        (DOCKERFILE.to_owned(), dockerfile),
        (CONTEXT.to_owned(), Source::Folder(context)),
        (USERFILES_CONTEXT.to_owned(), Source::Folder(userfiles)),
        (CNAB_CONTEXT.to_owned(), Source::Folder(cnab)),
    ]))
}

/// The request to build an image and keep it in the engine.
pub(super) fn solve(build: &ImageBuild, reference: &str, session: &str) -> SolveRequest {
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
    let mut output: HashMap<_, _> = build.output.clone().into_iter().collect();
    output.insert("name".to_owned(), build.image.clone());
    SolveRequest {
        r#ref: reference.to_owned(),
        session: session.to_owned(),
        frontend: "dockerfile.v0".to_owned(),
        frontend_attrs: attributes,
        // The one exporter that all engines have; the newer field for several of them is not
        // known to the older ones.
        exporter_deprecated: "moby".to_owned(),
        exporter_attrs_deprecated: output,
        ..SolveRequest::default()
    }
}
