//! The archive of an image, as `docker save` has it, taken apart: each layer compressed into a file
//! of its own, always to the same bytes.
//!
//! Read once, from front to back; nothing but small documents is kept in memory.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use porter_registry::{Descriptor, media};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tar::{Archive, Entry, EntryType};
use tokio::sync::mpsc;

/// Largest document of an image that is taken.
const MAX_DOCUMENT: u64 = 8 * 1024 * 1024;
/// Most files in an archive.
const MAX_ENTRIES: usize = 10_000;
/// How well layers are compressed.
const LEVEL: u32 = 6;
/// What a compressed file begins with.
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// A layer, compressed.
#[derive(Debug)]
pub(super) struct Layer {
    /// Its name in the archive.
    pub(super) name: String,
    /// Digest of what is in it, where it was compressed here.
    pub(super) diff: Option<String>,
    /// As it goes to the registry.
    pub(super) descriptor: Descriptor,
    /// Where it is.
    pub(super) file: PathBuf,
}

/// What an archive says of its image.
#[derive(Debug)]
pub(super) struct Image {
    /// The configuration.
    pub(super) config: Vec<u8>,
    /// Names of its layers in the archive and digests of what is in them, lowest first.
    pub(super) layers: Vec<(String, String)>,
}

/// Takes an archive apart. Layers go to `ready` as they are finished, except those that `skipped`
/// names by the digest of what is in them.
pub(super) fn unpack(
    archive: impl Read,
    folder: &Path,
    skipped: &HashSet<String>,
    ready: &mpsc::Sender<Layer>,
) -> io::Result<Image> {
    let mut archive = Archive::new(archive);
    let mut found = Found::default();
    for (number, entry) in archive.entries()?.enumerate() {
        if number >= MAX_ENTRIES {
            return Err(wrong("it has too many files"));
        }
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Symlink | EntryType::Link => {
                let target = entry.link_name_bytes().unwrap_or_default();
                let target = String::from_utf8_lossy(&target).into_owned();
                found.links.insert(name, target);
                continue;
            }
            _ => continue,
        }
        if digest_of(&name).is_some_and(|digest| skipped.contains(&digest)) {
            continue;
        }
        if let Some(layer) = found.take(&mut entry, name, folder, number)? {
            let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
            ready.blocking_send(layer).map_err(gone)?;
        }
    }
    found.image()
}

/// What was in the archive.
#[derive(Default)]
struct Found {
    documents: BTreeMap<String, Vec<u8>>,
    links: BTreeMap<String, String>,
    diffs: BTreeMap<String, Option<String>>,
}

impl Found {
    fn take<R: Read>(
        &mut self,
        entry: &mut Entry<'_, R>,
        name: String,
        folder: &Path,
        number: usize,
    ) -> io::Result<Option<Layer>> {
        let size = entry.size();
        let mut start = [0; 512];
        let length = fill(entry, &mut start)?;
        let start = &start[..length];
        let is_document = start.starts_with(b"{") || start.starts_with(b"[") || size < 512;
        let mut content = Read::chain(start, entry);
        if is_document {
            if size > MAX_DOCUMENT {
                return Err(wrong("one of its documents is too large"));
            }
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            self.documents.insert(name, bytes);
            return Ok(None);
        }
        if start.starts_with(ZSTD) {
            return Err(wrong("its layers are compressed with zstd"));
        }
        let file = folder.join(number.to_string());
        let (diff, descriptor) = if start.starts_with(GZIP) {
            (None, keep(&mut content, &file)?)
        } else {
            let (diff, descriptor) = compress(&mut content, &file)?;
            (Some(diff), descriptor)
        };
        self.diffs.insert(name.clone(), diff.clone());
        Ok(Some(Layer {
            name,
            diff,
            descriptor,
            file,
        }))
    }

    /// The image that the documents describe, checked against the layers.
    fn image(mut self) -> io::Result<Image> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Listed {
            config: String,
            #[serde(default)]
            layers: Vec<String>,
        }
        #[derive(Deserialize)]
        struct Config {
            rootfs: Root,
        }
        #[derive(Deserialize)]
        struct Root {
            #[serde(default)]
            diff_ids: Vec<String>,
        }
        let listed = self.documents.get("manifest.json");
        let listed = listed.ok_or_else(|| wrong("it has no manifest.json"))?;
        let listed: Vec<Listed> = serde_json::from_slice(listed)?;
        let [listed] = listed.as_slice() else {
            return Err(wrong("it does not hold one image"));
        };
        let config = self.documents.remove(&listed.config);
        let config = config.ok_or_else(|| wrong("it has no configuration"))?;
        let diffs = serde_json::from_slice::<Config>(&config)?.rootfs.diff_ids;
        if diffs.len() != listed.layers.len() {
            return Err(wrong("its configuration is about other layers"));
        }
        let mut layers = Vec::new();
        for (name, diff) in listed.layers.iter().zip(diffs) {
            let name = self.resolve(name);
            let known = match self.diffs.get(&name) {
                Some(known) => known.clone(),
                None => digest_of(&name),
            };
            if known.is_some_and(|known| known != diff) {
                return Err(wrong("a layer is not what its configuration says"));
            }
            layers.push((name, diff));
        }
        Ok(Image { config, layers })
    }

    /// The file behind a link: engines before 25 store a layer that occurs twice so.
    fn resolve(&self, name: &str) -> String {
        let Some(target) = self.links.get(name) else {
            return name.to_owned();
        };
        target.trim_start_matches("../").to_owned()
    }
}

/// The digest that a name of the OCI layout stands for.
fn digest_of(name: &str) -> Option<String> {
    let hex = name.strip_prefix("blobs/sha256/")?;
    Some(format!("sha256:{hex}"))
}

fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match reader.read(&mut buffer[length..])? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}

/// Compresses a layer: without a time and without a name, so that the same layer is always the same
/// bytes.
fn compress(content: &mut impl Read, file: &Path) -> io::Result<(String, Descriptor)> {
    let mut diff = Sha256::new();
    let target = Hashing::new(File::create_new(file)?);
    let mut target = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(target, Compression::new(LEVEL));
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match content.read(&mut buffer)? {
            0 => break,
            length => {
                diff.update(&buffer[..length]);
                target.write_all(&buffer[..length])?;
            }
        }
    }
    let descriptor = target.finish()?.descriptor()?;
    Ok((format!("sha256:{:x}", diff.finalize()), descriptor))
}

fn keep(content: &mut impl Read, file: &Path) -> io::Result<Descriptor> {
    let mut target = Hashing::new(File::create_new(file)?);
    io::copy(content, &mut target)?;
    target.descriptor()
}

/// A file whose digest is known when it is written.
struct Hashing {
    file: File,
    hash: Sha256,
    size: u64,
}

impl Hashing {
    fn new(file: File) -> Self {
        Self {
            file,
            hash: Sha256::new(),
            size: 0,
        }
    }

    fn descriptor(mut self) -> io::Result<Descriptor> {
        self.file.flush()?;
        Ok(Descriptor {
            media_type: media::DOCKER_LAYER.to_owned(),
            digest: format!("sha256:{:x}", self.hash.finalize()),
            size: self.size,
            ..Descriptor::default()
        })
    }
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.file.write(bytes)?;
        self.hash.update(&bytes[..length]);
        self.size += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, *content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn run(archive: &[u8], skipped: &[String]) -> (io::Result<Image>, Vec<Layer>) {
        let folder = tempfile::tempdir().unwrap();
        let (ready, mut layers) = mpsc::channel(100);
        let skipped = skipped.iter().cloned().collect();
        let image = unpack(archive, folder.path(), &skipped, &ready);
        drop(ready);
        let mut found = Vec::new();
        while let Some(layer) = layers.blocking_recv() {
            found.push(layer);
        }
        (image, found)
    }

    /// An archive of an image with one layer, and the digest of what is in the layer.
    fn image(claimed: Option<&str>) -> (Vec<u8>, String) {
        let layer = tar(&[("a", b"content")]);
        let diff = porter_registry::document::digest(&layer);
        let config = format!(
            r#"{{"rootfs":{{"diff_ids":["{}"]}}}}"#,
            claimed.unwrap_or(&diff)
        );
        let path = format!("blobs/sha256/{}", &diff[7..]);
        let listed = format!(r#"[{{"Config":"config","Layers":["{path}"]}}]"#);
        let archive = tar(&[
            (&path, &layer),
            ("config", config.as_bytes()),
            ("manifest.json", listed.as_bytes()),
        ]);
        (archive, diff)
    }

    #[test]
    fn a_layer_is_compressed_to_the_same_bytes_each_time() {
        let (archive, diff) = image(None);
        let (one, first) = run(&archive, &[]);
        let (_, second) = run(&archive, &[]);
        assert_eq!(first[0].descriptor, second[0].descriptor);
        assert_eq!(first[0].diff.as_ref(), Some(&diff));
        let one = one.unwrap();
        assert_eq!(one.layers, [(first[0].name.clone(), diff)]);
    }

    #[test]
    fn a_layer_that_is_known_is_not_compressed() {
        let (archive, diff) = image(None);
        let (image, layers) = run(&archive, std::slice::from_ref(&diff));
        assert!(layers.is_empty());
        assert_eq!(image.unwrap().layers[0].1, diff);
    }

    #[test]
    fn an_image_that_is_not_what_it_says_is_refused() {
        let (archive, _) = image(Some(&format!("sha256:{}", "0".repeat(64))));
        let error = run(&archive, &[]).0.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("not what its configuration says")
        );
        for archive in [tar(&[]), tar(&[("manifest.json", b"[]")])] {
            assert!(run(&archive, &[]).0.is_err());
        }
        let (archive, _) = image(None);
        assert!(run(&archive[..700], &[]).0.is_err());
    }
}
