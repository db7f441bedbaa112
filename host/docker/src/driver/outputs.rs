//! The outputs of a run, taken from the stopped container. Everything in the archive was written
//! by the container: nothing in it is trusted, nothing is unpacked to disk.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use bollard::Docker;
use bollard::errors::Error as EngineError;
use porter_cnab::Sensitive;

use super::archive_of;
use crate::archive;
use crate::error::is_absent;

/// Where a bundle leaves its outputs.
const FOLDER: &str = "/cnab/app/outputs";

/// What is taken at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Files.
    pub(super) files: usize,
    /// Bytes of one file.
    pub(super) file: u64,
    /// Bytes of all files.
    pub(super) total: u64,
    /// Bytes of the archive, files that nobody asked for included.
    pub(super) archive: u64,
}

/// The limits of a run.
pub(super) const LIMITS: Limits = Limits {
    files: 1000,
    file: 64 << 20,
    total: 256 << 20,
    archive: 1 << 30,
};

/// What came back.
#[derive(Debug, Default)]
pub(super) struct Collected {
    /// Outputs by path.
    pub(super) outputs: BTreeMap<String, Sensitive<Vec<u8>>>,
    /// Why there are not more.
    pub(super) problems: Vec<String>,
}

impl Collected {
    /// All problems as one text.
    pub(super) fn error(&self) -> Option<String> {
        (!self.problems.is_empty()).then(|| self.problems.join("; "))
    }
}

/// Brings back the outputs at the paths `wanted`, with one request.
pub(super) async fn collect(docker: &Docker, container: &str, wanted: &[String]) -> Collected {
    let names: BTreeSet<String> = wanted.iter().filter_map(|path| name_of(path)).collect();
    if names.is_empty() {
        return Collected::default();
    }
    let take = move |archive| unpack(archive, &names, LIMITS);
    let (collected, failure) = archive::read(archive_of(docker, container, FOLDER), take).await;
    let collected = collected.unwrap_or_else(|error| Collected {
        problems: vec![error.to_string()],
        ..Collected::default()
    });
    conclude(collected, failure)
}

fn conclude(mut collected: Collected, failure: Option<EngineError>) -> Collected {
    match failure {
        // Nothing was written: there is no folder.
        Some(error) if is_absent(&error) => Collected::default(),
        Some(error) => {
            collected.problems = vec![error.to_string()];
            collected
        }
        None => collected,
    }
}

/// The single component below the folder of outputs, if `path` is one.
fn name_of(path: &str) -> Option<String> {
    let name = path.strip_prefix(FOLDER)?.strip_prefix('/')?;
    let single = !name.is_empty() && name != "." && name != ".." && !name.contains('/');
    single.then(|| name.to_owned())
}

fn unpack(reader: impl Read, names: &BTreeSet<String>, limits: Limits) -> Collected {
    let mut collected = Collected::default();
    let mut seen = BTreeSet::new();
    let mut left = limits.total;
    let result = walk(reader, limits.archive, |name, entry| {
        if !names.contains(name) || !seen.insert(name.to_owned()) {
            return;
        }
        match take(entry, collected.outputs.len(), left, limits) {
            Ok(content) => {
                left = left.saturating_sub(content.len() as u64);
                let path = format!("{FOLDER}/{name}");
                collected.outputs.insert(path, Sensitive::new(content));
            }
            Err(problem) => collected
                .problems
                .push(format!("output {name:?} {problem}")),
        }
    });
    if let Err(error) = result {
        collected.problems.push(error.to_string());
    }
    collected
}

/// Calls `visit` for every entry directly below the folder.
fn walk<R: Read>(
    reader: R,
    limit: u64,
    mut visit: impl FnMut(&str, &mut tar::Entry<'_, io::Take<R>>),
) -> io::Result<()> {
    let mut archive = tar::Archive::new(reader.take(limit));
    let result = visit_all(&mut archive, &mut visit);
    if archive.into_inner().limit() == 0 {
        let text = format!("`{FOLDER}` holds more than {} MiB", limit >> 20);
        return Err(io::Error::other(text));
    }
    result
}

fn visit_all<R: Read>(
    archive: &mut tar::Archive<R>,
    visit: &mut impl FnMut(&str, &mut tar::Entry<'_, R>),
) -> io::Result<()> {
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path_bytes().into_owned();
        let Ok(path) = std::str::from_utf8(&path) else {
            continue;
        };
        let mut parts = path.trim_end_matches('/').split('/');
        if let (Some("outputs"), Some(name), None) = (parts.next(), parts.next(), parts.next()) {
            visit(name, &mut entry);
        }
    }
    Ok(())
}

fn take(
    entry: &mut tar::Entry<'_, impl Read>,
    count: usize,
    left: u64,
    limits: Limits,
) -> Result<Vec<u8>, String> {
    if entry.header().entry_type() != tar::EntryType::Regular {
        return Err("is not a regular file".to_owned());
    }
    let size = entry.size();
    if size > limits.file {
        return Err(format!("is larger than {} MiB", limits.file >> 20));
    }
    if count >= limits.files {
        return Err(format!("is beyond the limit of {} outputs", limits.files));
    }
    if size > left {
        return Err(format!("is beyond {} MiB in all", limits.total >> 20));
    }
    let mut content = Vec::new();
    match entry.read_to_end(&mut content) {
        Ok(read) if read as u64 == size => Ok(content),
        Ok(_) => Err("was cut off".to_owned()),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Limits, name_of, unpack};

    const SMALL: Limits = Limits {
        files: 3,
        file: 100,
        total: 150,
        archive: 20_000,
    };

    fn entry(archive: &mut tar::Builder<Vec<u8>>, name: &str, kind: tar::EntryType, size: usize) {
        let mut header = tar::Header::new_gnu();
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(size as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive
            .append(&header, vec![b'x'; size].as_slice())
            .unwrap();
    }

    fn run(entries: &[(&str, tar::EntryType, usize)]) -> (Vec<String>, String) {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, kind, size) in entries {
            entry(&mut archive, name, *kind, *size);
        }
        let bytes = archive.into_inner().unwrap();
        let names: BTreeSet<String> = ["a", "b", "c", "d", ".."].map(String::from).into();
        let collected = unpack(bytes.as_slice(), &names, SMALL);
        let error = collected.error().unwrap_or_default();
        (collected.outputs.into_keys().collect(), error)
    }

    use tar::EntryType::{Block, Char, Directory, Fifo, Link, Regular, Symlink};

    #[test]
    fn what_is_taken() {
        let (found, error) = run(&[
            ("outputs/", Directory, 0),
            ("outputs/a", Regular, 10),
            ("outputs/other", Regular, 10),
            ("outputs/a", Regular, 11),
            ("outputs/b/c", Regular, 10),
            ("b", Regular, 10),
            ("../b", Regular, 10),
            ("/outputs/c", Regular, 10),
            ("outputs/./d", Regular, 10),
        ]);
        assert_eq!(found, ["/cnab/app/outputs/a"]);
        assert_eq!(error, "");
        assert_eq!(name_of("/cnab/app/outputs/.."), None);
        assert_eq!(name_of("/cnab/app/outputs/a/b"), None);
        assert_eq!(name_of("/etc/passwd"), None);
    }

    #[test]
    fn what_is_no_file() {
        for kind in [Directory, Symlink, Link, Fifo, Char, Block] {
            let (found, error) = run(&[("outputs/a", kind, 0), ("outputs/b", Regular, 1)]);
            assert_eq!(found, ["/cnab/app/outputs/b"], "{kind:?}");
            assert_eq!(error, "output \"a\" is not a regular file", "{kind:?}");
        }
    }

    #[test]
    fn what_is_too_much() {
        let (found, error) = run(&[
            ("outputs/a", Regular, 101),
            ("outputs/b", Regular, 100),
            ("outputs/c", Regular, 51),
            ("outputs/d", Regular, 50),
        ]);
        assert_eq!(found, ["/cnab/app/outputs/b", "/cnab/app/outputs/d"]);
        assert!(
            error.contains("\"a\" is larger") && error.contains("\"c\" is beyond"),
            "{error}"
        );
        let (found, error) = run(&[("outputs/x", Regular, 30_000), ("outputs/a", Regular, 1)]);
        assert!(found.is_empty());
        assert!(error.contains("holds more than"), "{error}");
    }

    #[test]
    fn a_cut_archive_keeps_what_was_whole() {
        let mut archive = tar::Builder::new(Vec::new());
        entry(&mut archive, "outputs/a", Regular, 10);
        entry(&mut archive, "outputs/b", Regular, 100);
        let bytes = archive.into_inner().unwrap();
        let names: BTreeSet<String> = ["a", "b"].map(String::from).into();
        let collected = unpack(&bytes[..1600], &names, SMALL);
        assert!(collected.outputs.contains_key("/cnab/app/outputs/a"));
        assert!(collected.error().is_some());
    }
}
