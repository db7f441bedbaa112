//! `porter publish`.

use std::path::PathBuf;

use porter_ops::{BuildRequest, PublishRequest};

use super::{Session, document, format};
use crate::arguments::{Format, PublishArguments};
use crate::failure::Failure;
use crate::progress::Progress;

/// Publishes a bundle.
pub(crate) async fn run(session: &Session, arguments: PublishArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    session.interrupt.listen(session.printer);
    let request = PublishRequest {
        build: BuildRequest {
            directory: directory(&arguments),
            file: arguments.file,
            lint: true,
            experimental: session.experimental.clone(),
            download_mirrors: arguments.building.download_mirror,
            ..BuildRequest::default()
        },
        autobuild: !arguments.autobuild_disabled,
        tag: arguments.tag,
        registry: arguments.registry,
        reference: arguments.reference,
        force: arguments.force,
        insecure_registry: arguments.insecure_registry,
        archive: arguments.archive,
    };
    let progress = Progress::new(session.printer);
    let cancel = session.interrupt.token();
    let published = session.porter.publish(&request, &progress, cancel).await?;
    drop(progress);
    if format == Format::Plaintext {
        return Ok(());
    }
    document(session, format, &published)
}

/// The bundle directory: the one that is named, else that of the manifest.
fn directory(arguments: &PublishArguments) -> Option<PathBuf> {
    let of_file = || {
        let parent = arguments.file.as_ref()?.parent()?;
        (!parent.as_os_str().is_empty()).then(|| parent.to_path_buf())
    };
    arguments.dir.clone().or_else(of_file)
}
