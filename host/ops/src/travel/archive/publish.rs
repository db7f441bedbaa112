//! `porter publish --archive`: a thick bundle into a registry. The archive is read twice: once to
//! check all of it, then for the blobs that the registry lacks.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use porter_cnab::bundle::Bundle;
use porter_cnab::cancel::CancellationToken;
use porter_mixin::escape::escape;
use porter_registry::client::BlobSource;
use porter_registry::{BundleReference, Descriptor, Registry};
use tokio::sync::mpsc;

use super::super::{Parts, TravelError, by_digest, push_bundle, refuse_existing, registry};
use super::BLOBS;
use super::check::{Checked, walk};
use super::content::Content;
use crate::Porter;
use crate::error::{Error, Usage};
use crate::publish::{PublishRequest, Published};

/// How many blobs are on their way at once.
const AT_ONCE: usize = 4;

impl Porter {
    /// Publishes an archive.
    pub(crate) async fn publish_archive(
        &self,
        request: &PublishRequest,
        path: &Path,
        cancel: &CancellationToken,
    ) -> Result<Published, Error> {
        std::fs::metadata(path).map_err(|source| Error::FlagFile {
            flag: "archive",
            path: path.to_path_buf(),
            source,
        })?;
        let to = request.reference.as_ref().ok_or(Usage::NoReference)?;
        let to: BundleReference = to.parse().map_err(Usage::Reference)?;
        if to.digest().is_some() {
            return Err(Usage::DigestedTarget(to.to_string()).into());
        }
        let to = to.with_default_tag();
        let registry = registry(request.insecure_registry)?;
        let work = async {
            if !request.force {
                refuse_existing(&registry, "Publish", &to).await?;
            }
            let published = publish(&registry, path, &to).await?;
            self.refresh(&registry, &to).await?;
            Ok(published)
        };
        tokio::select! {
            published = work => published,
            () = cancel.cancelled() => Err(Error::Stopped("publishing")),
        }
    }
}

async fn publish(
    registry: &Registry,
    path: &Path,
    to: &BundleReference,
) -> Result<Published, TravelError> {
    let place = path.to_path_buf();
    let checked = tokio::task::spawn_blocking(move || Checked::read(&place)).await;
    let checked = checked.map_err(|error| TravelError::Archive(error.to_string()))?;
    let checked = checked.map_err(|error| refused(&error))?;
    let bundle = read_bundle(&checked)?;
    let (parts, content) = gather(&checked, &bundle).await?;
    tracing::info!("Beginning bundle publish to {to}. This may take some time.");
    push_blobs(registry, path, to, &content).await?;
    for document in &content.documents {
        let target = by_digest(to, &document.descriptor.digest)?;
        registry.put_manifest(&target, document).await?;
    }
    let index = push_bundle(registry, to, &bundle, &parts).await?;
    let digest = &index.descriptor.digest;
    tracing::info!("Bundle {to} pushed successfully, with digest \"{digest}\"");
    Ok(Published::new(to, &index, &parts))
}

fn read_bundle(checked: &Checked) -> Result<Bundle, TravelError> {
    let text = std::str::from_utf8(&checked.bundle);
    let text = text.map_err(|_| TravelError::Archive("its bundle.json is not UTF-8".to_owned()))?;
    let bundle = crate::source::read(text);
    bundle.map_err(|error| TravelError::Unreadable(Box::new(error)))
}

/// What must be pushed, all of which must be in the archive, and as large as is said.
async fn gather(checked: &Checked, bundle: &Bundle) -> Result<(Parts, Content), TravelError> {
    let mut content = Content::default();
    let [invocation] = bundle.invocation_images.as_slice() else {
        let text = "it has not one bundle image".to_owned();
        return Err(TravelError::Bundle(text));
    };
    if invocation.content_digest.is_empty() {
        return Err(TravelError::NoDigest(escape(&invocation.image)));
    }
    let found = image(checked, &invocation.image, &invocation.content_digest)?;
    content.add(checked, &found, 0).await?;
    let mut components = BTreeMap::new();
    for (name, used) in &bundle.images {
        let found = image(checked, &used.image, &used.content_digest)?;
        content.add(checked, &found, 0).await?;
        components.insert(name.clone(), found);
    }
    for blob in content.blobs.values() {
        if checked.sizes.get(&blob.digest) != Some(&blob.size) {
            let text = format!("it lacks the blob {}", blob.digest);
            return Err(TravelError::Archive(text));
        }
    }
    let parts = Parts {
        invocation: found,
        components,
    };
    Ok((parts, content))
}

/// What the layout says of an image of the bundle.
fn image(checked: &Checked, image: &str, digest: &str) -> Result<Descriptor, TravelError> {
    let missing = || TravelError::NoRelocation(escape(image));
    let relocated = checked.relocation.get(image).ok_or_else(missing)?;
    let relocated: BundleReference = relocated.parse()?;
    let actual = relocated.digest().ok_or_else(missing)?;
    if !digest.is_empty() && digest != actual {
        return Err(TravelError::Replaced {
            image: escape(image),
            actual: actual.to_owned(),
            expected: escape(digest),
        });
    }
    let found = checked.images.get(actual).ok_or_else(missing)?;
    let size = checked.sizes.get(actual).copied();
    Ok(Descriptor {
        media_type: found.media_type.clone(),
        digest: actual.to_owned(),
        size: size.ok_or_else(missing)?,
        annotations: BTreeMap::new(),
    })
}

async fn push_blobs(
    registry: &Registry,
    path: &Path,
    to: &BundleReference,
    content: &Content,
) -> Result<(), TravelError> {
    let asked = stream::iter(content.blobs.keys()).map(|digest| async move {
        let has = registry.has_blob(to, digest).await?;
        Ok::<_, TravelError>((!has).then(|| digest.clone()))
    });
    let missing: Vec<_> = asked.buffer_unordered(2 * AT_ONCE).try_collect().await?;
    let missing: HashSet<String> = missing.into_iter().flatten().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let folder = tempfile::tempdir().map_err(|source| TravelError::File {
        path: std::env::temp_dir(),
        source,
    })?;
    let (ready, taken) = mpsc::channel(1);
    let (place, inside) = (path.to_path_buf(), folder.path().to_path_buf());
    let reading = tokio::task::spawn_blocking(move || spool(&place, &inside, &missing, &ready));
    let blobs = stream::unfold(taken, |mut taken| async move {
        let blob: (String, PathBuf) = taken.recv().await?;
        Some((blob, taken))
    });
    let pushes = blobs.map(|(digest, file)| async move {
        let Some(blob) = content.blobs.get(&digest) else {
            return Ok(());
        };
        let source = BlobSource::File(file.clone());
        registry.push_blob(to, blob, &source).await?;
        // It takes room that the next one needs; the folder goes in any case.
        let _ = tokio::fs::remove_file(&file).await;
        Ok::<_, TravelError>(())
    });
    let pushes = pushes.buffer_unordered(AT_ONCE);
    let pushed = pushes.try_for_each(|()| async { Ok(()) }).await;
    pushed?;
    let read = reading.await;
    let read = read.map_err(|error| TravelError::Archive(error.to_string()))?;
    read.map_err(|error| refused(&error))
}

/// Takes the wanted blobs out of an archive, one file each.
fn spool(
    path: &Path,
    folder: &Path,
    wanted: &HashSet<String>,
    ready: &mpsc::Sender<(String, PathBuf)>,
) -> io::Result<()> {
    walk(path, |name, _, content| {
        let Some(hex) = name.strip_prefix(BLOBS) else {
            return Ok(());
        };
        let digest = format!("sha256:{hex}");
        if !wanted.contains(&digest) {
            return Ok(());
        }
        let file = folder.join(hex);
        io::copy(content, &mut std::fs::File::create_new(&file)?)?;
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        ready.blocking_send((digest, file)).map_err(gone)
    })
}

fn refused(error: &io::Error) -> TravelError {
    TravelError::Archive(escape(&error.to_string()))
}
