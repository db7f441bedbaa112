//! What a mixin of tier reader may read: files of the bundle directory, as they were at one moment.
//!
//! The mixin asks for paths, the author of the bundle grants paths; what both name is read once,
//! through directory handles that follow no link, and kept in memory. The mixin sees that copy, so
//! nothing that happens to the folder afterwards matters, and its digest says what the result
//! depends on.

mod error;
mod path;
mod read;

pub use error::{FilesError, PathProblem};
pub use path::BundlePath;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::Digest;

/// A file, or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Directory,
    File(Bytes),
}

/// Files in memory, with their paths below the bundle directory. The default is none.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// Without the root. Every parent is there.
    entries: BTreeMap<String, Entry>,
    /// Names in each directory, the root being empty text. Sorted.
    names: BTreeMap<String, BTreeSet<String>>,
}

impl Files {
    /// Digest of all paths and contents.
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        for (path, entry) in &self.entries {
            let (kind, content): (u8, &[u8]) = match entry {
                Entry::Directory => (0, &[]),
                Entry::File(content) => (1, content),
            };
            hash.update([kind]);
            hash.update((path.len() as u64).to_le_bytes());
            hash.update(path.as_bytes());
            hash.update((content.len() as u64).to_le_bytes());
            hash.update(content);
        }
        Digest::from_bytes(hash.finalize().into())
    }

    /// Paths of the files, without directories, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries
            .iter()
            .filter(|(_, entry)| **entry != Entry::Directory)
            .map(|(path, _)| path.as_str())
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is at a path; the empty one is the root.
    pub(crate) fn get(&self, path: &str) -> Option<&Entry> {
        if path.is_empty() {
            return Some(&Entry::Directory);
        }
        self.entries.get(path)
    }

    /// The first name in a directory after `last`.
    pub(crate) fn next_name(&self, directory: &str, last: &str) -> Option<&str> {
        let after = (Bound::Excluded(last), Bound::Unbounded);
        let mut names = self.names.get(directory)?.range::<str, _>(after);
        names.next().map(String::as_str)
    }

    fn insert(&mut self, path: &str, entry: Entry) {
        let ends = path.match_indices('/').map(|(at, _)| at);
        for end in ends.chain([path.len()]) {
            let path = &path[..end];
            self.entries
                .entry(path.to_owned())
                .or_insert(Entry::Directory);
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
            let names = self.names.entry(directory.to_owned()).or_default();
            names.insert(name.to_owned());
        }
        self.entries.insert(path.to_owned(), entry);
    }
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.entries.keys()).finish()
    }
}
