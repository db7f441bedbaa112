//! `porter archive`: a published bundle into a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use porter_cnab::cancel::CancellationToken;
use porter_registry::{BundleReference, Descriptor, Document, Registry, document, media};
use tar::{Builder, EntryType, Header};
use tempfile::NamedTempFile;

use super::super::{PullOptions, Pulled, TravelError, by_digest, registry};
use super::content::{Content, Documents};
use super::{BLOBS, BUNDLE, LAYOUT, REF_NAME, RELOCATION};
use crate::Porter;
use crate::error::{Error, Usage};

/// What to archive, and where.
#[derive(Debug, Clone, Default)]
pub struct ArchiveRequest {
    /// The file.
    pub destination: Option<PathBuf>,
    /// `--reference`.
    pub reference: Option<String>,
    /// `--compression`.
    pub compression: String,
    /// How the bundle is pulled.
    pub pull: PullOptions,
}

impl Porter {
    /// Writes a published bundle with all its images into a file. The same bundle gives the same
    /// bytes.
    ///
    /// # Errors
    /// When the bundle cannot be pulled or the file not be written. There is no file then, or the
    /// one that was.
    pub async fn archive_bundle(
        &self,
        request: &ArchiveRequest,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let destination = request.destination.as_ref().ok_or(Usage::NoArchive)?;
        let reference = request.reference.as_ref().ok_or(Usage::NoReference)?;
        let parent = match destination.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if !parent.is_dir() {
            return Err(Usage::NoParent(parent.to_path_buf()).into());
        }
        let level = level(&request.compression)?;
        let work = async {
            let pulled = self.pull(reference, request.pull).await?;
            let registry = registry(request.pull.insecure_registry)?;
            Ok(pack(&registry, &pulled, destination, parent, level).await?)
        };
        tokio::select! {
            packed = work => packed,
            () = cancel.cancelled() => Err(Error::Stopped("archiving")),
        }
    }
}

fn level(text: &str) -> Result<Compression, Usage> {
    Ok(match text {
        "NoCompression" => Compression::none(),
        // No compressor of ours has a mode for Huffman codes alone; the fastest one comes nearest.
        "BestSpeed" | "HuffmanOnly" => Compression::fast(),
        "BestCompression" => Compression::best(),
        "DefaultCompression" | "" => Compression::default(),
        other => return Err(Usage::Compression(other.to_owned())),
    })
}

/// Documents of a repository.
struct Remote<'a> {
    registry: &'a Registry,
    repository: &'a BundleReference,
}

impl Documents for Remote<'_> {
    async fn get(&self, wanted: &Descriptor) -> Result<Document, TravelError> {
        let one = by_digest(self.repository, &wanted.digest)?;
        Ok(self.registry.manifest(&one).await?)
    }
}

async fn pack(
    registry: &Registry,
    pulled: &Pulled,
    destination: &Path,
    parent: &Path,
    level: Compression,
) -> Result<(), TravelError> {
    let remote = Remote {
        registry,
        repository: &pulled.reference,
    };
    let mut content = Content::default();
    let mut images = BTreeMap::new();
    for relocated in pulled.relocation.values() {
        let reference: BundleReference = relocated.parse()?;
        let digest = reference.digest().unwrap_or_default().to_owned();
        let wanted = Descriptor {
            digest: digest.clone(),
            ..Descriptor::default()
        };
        content.add(&remote, &wanted, 0).await?;
        images.insert(digest, relocated.clone());
    }
    let failed = |source| TravelError::File {
        path: destination.to_path_buf(),
        source,
    };
    let target = NamedTempFile::new_in(parent).map_err(failed)?;
    let mut writer = Writer::new(target.reopen().map_err(failed)?, level);
    writer.directories().map_err(failed)?;
    write_blobs(registry, pulled, &content, &mut writer, &failed).await?;
    let index = layout_index(&content, &images)?;
    let mut rest = || -> io::Result<()> {
        writer.file(&format!("{LAYOUT}/index.json"), &index.bytes)?;
        let layout = br#"{"imageLayoutVersion":"1.0.0"}"#;
        writer.file(&format!("{LAYOUT}/oci-layout"), layout)?;
        writer.file(BUNDLE, pulled.document.as_bytes())?;
        writer.file(RELOCATION, &serde_json::to_vec(&pulled.relocation)?)
    };
    rest().map_err(failed)?;
    writer.finish().map_err(failed)?;
    let persisted = target.persist(destination);
    persisted.map_err(|error| failed(error.error))?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(destination, mode).map_err(failed)
}

/// All blobs, in the order of their digests. Each is checked before it goes into the archive.
async fn write_blobs(
    registry: &Registry,
    pulled: &Pulled,
    content: &Content,
    writer: &mut Writer,
    failed: &impl Fn(io::Error) -> TravelError,
) -> Result<(), TravelError> {
    let documents = content.documents.iter();
    let documents: BTreeMap<&str, &Document> = documents
        .map(|one| (one.descriptor.digest.as_str(), one))
        .collect();
    let blobs = content.blobs.keys().map(String::as_str);
    let mut digests: Vec<&str> = documents.keys().copied().chain(blobs).collect();
    digests.sort_unstable();
    digests.dedup();
    for digest in digests {
        let name = format!("{BLOBS}{}", digest.trim_start_matches("sha256:"));
        if let Some(document) = documents.get(digest) {
            writer.file(&name, &document.bytes).map_err(failed)?;
        } else if let Some(blob) = content.blobs.get(digest) {
            let mut file = tempfile::tempfile().map_err(failed)?;
            registry
                .read_blob(&pulled.reference, blob, &mut file)
                .await?;
            io::Seek::rewind(&mut file).map_err(failed)?;
            writer.stream(&name, blob.size, &mut file).map_err(failed)?;
        }
    }
    Ok(())
}

/// The index of the layout names the images as they were relocated.
fn layout_index(
    content: &Content,
    images: &BTreeMap<String, String>,
) -> Result<Document, TravelError> {
    let documents = content.documents.iter();
    let entries: Vec<Descriptor> = documents
        .filter_map(|one| {
            let name = images.get(&one.descriptor.digest)?;
            let mut entry = one.descriptor.clone();
            entry.annotations = BTreeMap::from([(REF_NAME.to_owned(), name.clone())]);
            Some(entry)
        })
        .collect();
    let none = BTreeMap::new();
    Ok(document::index(media::OCI_INDEX, &entries, &none)?)
}

/// An archive in which nothing depends on when, where and by whom it is written.
struct Writer {
    archive: Builder<GzEncoder<BufWriter<File>>>,
}

impl Writer {
    fn new(file: File, level: Compression) -> Self {
        let stream = GzBuilder::new()
            .mtime(0)
            .operating_system(255)
            .write(BufWriter::new(file), level);
        Self {
            archive: Builder::new(stream),
        }
    }

    fn directories(&mut self) -> io::Result<()> {
        let names = [
            "",
            "artifacts/",
            "artifacts/layout/",
            "artifacts/layout/blobs/",
            BLOBS,
        ];
        for name in names {
            self.entry(name, EntryType::Directory, 0o755, 0, &mut io::empty())?;
        }
        Ok(())
    }

    fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.stream(name, bytes.len() as u64, &mut &*bytes)
    }

    fn stream(&mut self, name: &str, size: u64, content: &mut dyn io::Read) -> io::Result<()> {
        self.entry(name, EntryType::Regular, 0o644, size, content)
    }

    /// The library would take the `./` off that Porter's names have.
    fn entry(
        &mut self,
        name: &str,
        kind: EntryType,
        mode: u32,
        size: u64,
        content: &mut dyn io::Read,
    ) -> io::Result<()> {
        let mut header = Header::new_ustar();
        let full = format!("./{name}");
        let field = &mut header.as_old_mut().name;
        let room = field.get_mut(..full.len());
        let room = room.ok_or_else(|| io::Error::other("the name is too long"))?;
        room.copy_from_slice(full.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(size);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_cksum();
        self.archive.append(&header, content)
    }

    fn finish(self) -> io::Result<()> {
        let mut file = self.archive.into_inner()?.finish()?;
        file.flush()?;
        file.get_ref().sync_all()
    }
}
