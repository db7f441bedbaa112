//! `porter build`.

use porter_ops::{BuildRequest, EngineFlags};

use super::{Session, document, format};
use crate::arguments::{BuildArguments, Format};
use crate::failure::Failure;
use crate::progress::Progress;

/// Builds the bundle.
pub(crate) async fn run(session: &Session, arguments: &BuildArguments) -> Result<(), Failure> {
    let (attributes, formats): (Vec<_>, Vec<_>) = arguments
        .output
        .iter()
        .cloned()
        .partition(|text| text.contains('='));
    let format = format(session, formats.last().map_or("", String::as_str))?;
    if !matches!(arguments.driver.as_str(), "" | "buildkit") {
        let message = format!("invalid --driver value {}", arguments.driver);
        return Err(Failure::usage(message));
    }
    session.interrupt.listen(session.printer);
    let request = BuildRequest {
        file: arguments.file.clone(),
        directory: arguments.dir.clone(),
        name: arguments.name.clone(),
        version: arguments.version.clone(),
        lint: !arguments.no_lint,
        build_arguments: arguments.build_arg.clone(),
        custom: arguments.custom.clone(),
        download_mirrors: arguments.building.download_mirror.clone(),
        engine: EngineFlags {
            output: attributes,
            build_context: arguments.build_context.clone(),
            secret: arguments.secret.clone(),
            ssh: arguments.ssh.clone(),
            cache_from: arguments.cache_from.clone(),
            cache_to: arguments.cache_to.clone(),
        },
        no_cache: arguments.no_cache,
        force: arguments.force,
        no_image: arguments.no_image,
        allow_file_downloads: arguments.allow_file_downloads,
        builder: arguments.builder.clone(),
        experimental: session.experimental.clone(),
        locked: arguments.locked,
    };
    let progress = Progress::new(session.printer);
    let outcome = session
        .porter
        .build(&request, &progress, session.interrupt.token())
        .await?;
    match format {
        Format::Plaintext => Ok(()),
        format => document(session, format, &outcome),
    }
}
