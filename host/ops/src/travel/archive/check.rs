//! An archive looked at from front to back, before anything of it is used.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use porter_cnab::bundle::MAX_BYTES;
use porter_mixin::escape::escape;
use porter_registry::document::{MAX_MANIFEST, digest};
use porter_registry::{Descriptor, Document, media};
use sha2::{Digest as _, Sha256};
use tar::{Archive, Entry, EntryType};

use super::super::TravelError;
use super::content::Documents;
use super::{BLOBS, BUNDLE, LAYOUT, RELOCATION};

/// Most files in an archive.
const MAX_ENTRIES: usize = 100_000;
/// Most bytes of documents in an archive.
const MAX_DOCUMENTS: u64 = 64 * 1024 * 1024;

/// What is in an archive whose blobs are what their names say.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// `bundle.json`.
    pub(super) bundle: Vec<u8>,
    /// Where the images were: original to relocated.
    pub(super) relocation: BTreeMap<String, String>,
    /// What the index of the layout says of its images, by digest.
    pub(super) images: BTreeMap<String, Descriptor>,
    /// Sizes of all blobs, by digest.
    pub(super) sizes: BTreeMap<String, u64>,
    documents: BTreeMap<String, Vec<u8>>,
}

/// The entries of an archive, each under its path in it. Whatever is neither a directory nor a
/// regular file has no place in one.
pub(super) fn walk(
    path: &Path,
    mut visit: impl FnMut(&str, u64, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    let file = BufReader::with_capacity(256 * 1024, File::open(path)?);
    let mut stream = GzDecoder::new(file);
    {
        let mut archive = Archive::new(&mut stream);
        let mut seen = BTreeSet::new();
        for (number, entry) in archive.entries()?.enumerate() {
            let mut entry = entry?;
            if number >= MAX_ENTRIES {
                return Err(wrong("it has too many files"));
            }
            let name = name(&entry)?;
            match entry.header().entry_type() {
                EntryType::Directory => continue,
                EntryType::Regular => {}
                _ => return Err(wrong(&format!("`{name}` is no regular file"))),
            }
            if !seen.insert(name.clone()) {
                return Err(wrong(&format!("it has `{name}` twice")));
            }
            let size = entry.size();
            visit(&name, size, &mut entry)?;
        }
    }
    // What comes after the archive, so that the checksum of the whole is checked.
    let rest = io::copy(
        &mut Read::by_ref(&mut stream).take(1024 * 1024),
        &mut io::sink(),
    )?;
    if rest >= 1024 * 1024 {
        return Err(wrong("it goes on after its end"));
    }
    Ok(())
}

fn name<R: Read>(entry: &Entry<'_, R>) -> io::Result<String> {
    let bytes = entry.path_bytes();
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong("a name is not UTF-8"))?;
    let text = text.trim_start_matches("./");
    let is_bad = |part: &str| part == "..";
    if text.starts_with('/') || text.split('/').any(is_bad) {
        return Err(wrong(&format!("`{}` leads out of it", escape(text))));
    }
    // Archives of older tools have a folder around everything.
    let known = ["artifacts", BUNDLE, RELOCATION];
    let (first, rest) = text.split_once('/').unwrap_or((text, ""));
    let inner = if known.contains(&first) { text } else { rest };
    Ok(escape(inner))
}

pub(super) fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

impl Checked {
    /// Reads an archive to its end and checks every blob against its name.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let mut checked = Self::default();
        let mut kept = 0;
        walk(path, |name, size, content| {
            if let Some(hex) = name.strip_prefix(BLOBS) {
                return checked.blob(hex, size, content, &mut kept);
            }
            let index = format!("{LAYOUT}/index.json");
            if name == BUNDLE {
                checked.bundle = bounded(content, MAX_BYTES as u64)?;
            } else if name == RELOCATION {
                let bytes = bounded(content, MAX_MANIFEST)?;
                checked.relocation = serde_json::from_slice(&bytes)?;
            } else if *name == index {
                let index = Document::new(media::OCI_INDEX, bounded(content, MAX_MANIFEST)?);
                let index = index.index().map_err(io::Error::other)?;
                let entries = index.manifests.into_iter();
                checked.images = entries.map(|one| (one.digest.clone(), one)).collect();
            }
            Ok(())
        })?;
        if checked.bundle.is_empty() {
            return Err(wrong("it has no bundle.json"));
        }
        Ok(checked)
    }

    fn blob(
        &mut self,
        hex: &str,
        size: u64,
        content: &mut dyn Read,
        kept: &mut u64,
    ) -> io::Result<()> {
        let named = format!("sha256:{hex}");
        let mut start = Vec::new();
        (&mut *content).take(MAX_MANIFEST).read_to_end(&mut start)?;
        let mut hash = Sha256::new();
        hash.update(&start);
        let rest = copy(content, &mut hash)?;
        let actual = format!("sha256:{:x}", hash.finalize());
        if start.len() as u64 + rest != size {
            return Err(wrong("it is cut short"));
        }
        if actual != named {
            return Err(wrong(&format!("the blob {named} has the digest {actual}")));
        }
        if rest == 0 && start.first() == Some(&b'{') {
            *kept += size;
            if *kept > MAX_DOCUMENTS {
                return Err(wrong("it has too many documents"));
            }
            self.documents.insert(named.clone(), start);
        }
        self.sizes.insert(named, size);
        Ok(())
    }
}

impl Documents for Checked {
    async fn get(&self, wanted: &Descriptor) -> Result<Document, TravelError> {
        let missing = || TravelError::Archive(format!("it lacks the manifest {}", wanted.digest));
        let bytes = self.documents.get(&wanted.digest).ok_or_else(missing)?;
        debug_assert_eq!(digest(bytes), wanted.digest);
        Ok(Document::new(&wanted.media_type, bytes.clone()))
    }
}

fn bounded(content: &mut dyn Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    content.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(wrong("one of its documents is too large"));
    }
    Ok(bytes)
}

fn copy(content: &mut dyn Read, hash: &mut Sha256) -> io::Result<u64> {
    let mut buffer = vec![0; 128 * 1024];
    let mut size = 0;
    loop {
        match content.read(&mut buffer)? {
            0 => return Ok(size),
            length => {
                hash.update(&buffer[..length]);
                size += length as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// Names, kinds and contents.
    type Entries<'a> = &'a [(&'a str, EntryType, &'a [u8])];

    fn archive(entries: Entries<'_>) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let stream = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut builder = tar::Builder::new(stream);
        for (name, kind, content) in entries {
            let mut header = tar::Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        let bytes = builder.into_inner().unwrap().finish().unwrap();
        file.write_all(&bytes).unwrap();
        file
    }

    fn blob(content: &[u8]) -> String {
        format!("./{BLOBS}{}", &digest(content)[7..])
    }

    #[test]
    fn what_is_not_an_honest_archive_is_refused() {
        const FILE: EntryType = EntryType::Regular;
        let good = blob(b"content");
        let bundle = ("./bundle.json", FILE, &b"{}"[..]);
        let table: &[(Entries<'_>, &str)] = &[
            (&[], "no bundle.json"),
            (&[bundle, (&good, FILE, b"changed")], "has the digest"),
            (&[bundle, bundle], "twice"),
            (&[bundle, ("../x", FILE, b"")], "leads out"),
            (&[bundle, ("/x", FILE, b"")], "leads out"),
            (&[bundle, ("./a/../../x", FILE, b"")], "leads out"),
            (
                &[bundle, ("./x", EntryType::Symlink, b"")],
                "no regular file",
            ),
            (&[bundle, ("./x", EntryType::Link, b"")], "no regular file"),
            (&[bundle, ("./x", EntryType::Block, b"")], "no regular file"),
            (&[bundle, ("./x", EntryType::Fifo, b"")], "no regular file"),
        ];
        for (entries, expected) in table {
            let file = archive(entries);
            let error = Checked::read(file.path()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let file = archive(&[bundle, (&good, FILE, b"content")]);
        let checked = Checked::read(file.path()).unwrap();
        assert_eq!(checked.sizes.len(), 1);
        let bytes = std::fs::read(file.path()).unwrap();
        for length in [0, 10, bytes.len() / 2, bytes.len() - 4] {
            std::fs::write(file.path(), &bytes[..length]).unwrap();
            assert!(Checked::read(file.path()).is_err(), "{length}");
        }
    }
}
