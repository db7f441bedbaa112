//! Atom feeds of mixins, as Porter publishes them.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Largest feed that is read.
pub const MAX_BYTES: u64 = 16 << 20;
/// How deep elements may nest.
const MAX_DEPTH: usize = 64;
/// Most entries and files of a feed.
const MAX_ITEMS: usize = 100_000;

/// Why a feed cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// It is not well-formed.
    #[error("the feed is not well-formed XML, at byte {at}")]
    Xml {
        /// Where.
        at: u64,
        /// Why.
        source: quick_xml::Error,
    },
    /// It is XML, and no feed.
    #[error("the document is not an Atom feed: its root is `{0}`")]
    Root(String),
    /// It ends in the middle.
    #[error("the feed ends before it is complete")]
    Incomplete,
    /// It is larger than any feed.
    #[error("the feed has more elements than is taken")]
    TooMany,
}

/// A feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    /// Its entries, in the order of the document. Entries without a mixin or a version are left
    /// out; of several with the same the newest counts.
    pub entries: Vec<Entry>,
}

/// A version of a mixin. Texts are untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name of the mixin.
    pub mixin: String,
    /// Its version, as written.
    pub version: String,
    /// When it was published.
    pub updated: Option<OffsetDateTime>,
    /// Its files.
    pub files: Vec<File>,
}

/// A file of an entry. Texts are untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Address, possibly relative to that of the feed.
    pub url: String,
    /// `sha256:…`, where the feed says it.
    pub digest: Option<String>,
}

impl File {
    /// The last part of the address's path.
    pub fn name(&self) -> &str {
        path(&self.url).rsplit('/').next().unwrap_or_default()
    }
}

fn path(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

impl Entry {
    /// The component.
    pub fn component(&self) -> Option<&File> {
        let name = format!("{}.wasm", self.mixin);
        self.files.iter().find(|file| file.name() == name)
    }

    /// The native program for a system, in Go's names. An Intel program serves on an ARM Mac.
    pub fn native(&self, os: &str, arch: &str) -> Option<&File> {
        let find = |arch: &str| {
            let part = format!("{}-{os}-{arch}", self.mixin);
            let is_it = |file: &&File| path(&file.url).contains(&part);
            self.files.iter().find(is_it)
        };
        let fallback = || (os == "darwin" && arch == "arm64").then(|| find("amd64"));
        find(arch).or_else(|| fallback().flatten())
    }
}

impl Feed {
    /// Reads a feed.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &[u8]) -> Result<Self, FeedError> {
        Parser::default().run(text)
    }

    /// The entry of a version: with `latest`, the one that is called so, or else the highest that
    /// is no pre-release. Other versions must be written as in the feed.
    pub fn find(&self, mixin: &str, version: &str) -> Option<&Entry> {
        let mut all = self.entries.iter().filter(|entry| entry.mixin == mixin);
        let exact = all.clone().find(|entry| entry.version == version);
        if exact.is_some() || version != "latest" {
            return exact;
        }
        let mut best = None;
        for entry in all.by_ref() {
            let Some(found) = semantic(&entry.version).filter(|found| found.pre.is_empty()) else {
                continue;
            };
            match &best {
                Some((version, _)) if *version >= found => {}
                _ => best = Some((found, entry)),
            }
        }
        best.map(|(_, entry)| entry)
    }

    /// Adds an entry, or replaces an older one of the same mixin and version.
    pub fn add(&mut self, entry: Entry) {
        let same =
            |other: &&mut Entry| other.mixin == entry.mixin && other.version == entry.version;
        match self.entries.iter_mut().find(same) {
            Some(other) if other.updated <= entry.updated => *other = entry,
            Some(_) => {}
            None => self.entries.push(entry),
        }
    }
}

/// A version, with or without `v`, with one, two or three numbers.
pub fn semantic(text: &str) -> Option<semver::Version> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let missing = 2_usize.checked_sub(numbers.matches('.').count())?;
    semver::Version::parse(&format!("{numbers}{}{rest}", ".0".repeat(missing))).ok()
}

/// What of an entry was read so far.
#[derive(Default)]
struct Draft {
    mixin: Option<String>,
    version: String,
    updated: String,
    files: Vec<File>,
}

#[derive(Default)]
struct Parser {
    open: Vec<String>,
    draft: Draft,
    feed: std::collections::BTreeMap<(String, String), (usize, Entry)>,
    items: usize,
}

impl Parser {
    fn run(mut self, text: &[u8]) -> Result<Feed, FeedError> {
        let mut reader = Reader::from_reader(text);
        loop {
            let at = reader.buffer_position();
            let xml = |source| FeedError::Xml { at, source };
            match reader.read_event().map_err(xml)? {
                Event::Start(element) => self.start(&element).map_err(|e| e.or(at))?,
                Event::Empty(element) => {
                    self.start(&element).map_err(|e| e.or(at))?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(text) => {
                    let text = text.decode().map_err(|e| xml(e.into()))?;
                    self.text(&text);
                }
                Event::CData(text) => {
                    let text = text.decode().map_err(|e| xml(e.into()))?;
                    self.text(&text);
                }
                Event::GeneralRef(name) => {
                    let resolved = name.resolve_char_ref().map_err(xml)?;
                    let known = match name.as_ref() {
                        b"amp" => Some('&'),
                        b"lt" => Some('<'),
                        b"gt" => Some('>'),
                        b"quot" => Some('"'),
                        b"apos" => Some('\''),
                        _ => None,
                    };
                    // Entities that a document type would define are not looked up.
                    if let Some(character) = resolved.or(known) {
                        self.text(character.encode_utf8(&mut [0; 4]));
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        if !self.open.is_empty() || self.items == 0 {
            return Err(FeedError::Incomplete);
        }
        let mut entries: Vec<(usize, Entry)> = self.feed.into_values().collect();
        entries.sort_by_key(|(place, _)| *place);
        Ok(Feed {
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
        })
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), Fault> {
        let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
        self.items += 1;
        if self.open.len() >= MAX_DEPTH || self.items > MAX_ITEMS {
            return Err(Fault::Is(FeedError::TooMany));
        }
        if self.open.is_empty() && name != "feed" {
            return Err(Fault::Is(FeedError::Root(name)));
        }
        self.open.push(name);
        match self.place()[..] {
            ["feed", "entry"] => self.draft = Draft::default(),
            ["feed", "entry", "category"] => {
                let term = attribute(element, b"term")?;
                self.draft.mixin = self.draft.mixin.take().or(term);
            }
            ["feed", "entry", "link"] => {
                if attribute(element, b"rel")?.as_deref() == Some("download")
                    && let Some(url) = attribute(element, b"href")?
                {
                    let digest = attribute(element, b"digest")?;
                    self.draft.files.push(File { url, digest });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        if self.place() == ["feed", "entry"] {
            self.keep();
        }
        self.open.pop();
    }

    fn text(&mut self, text: &str) {
        let target = match self.place()[..] {
            ["feed", "entry", "content"] => Some(true),
            ["feed", "entry", "updated"] => Some(false),
            _ => None,
        };
        match target {
            Some(true) => self.draft.version.push_str(text),
            Some(false) => self.draft.updated.push_str(text),
            None => {}
        }
    }

    fn place(&self) -> Vec<&str> {
        self.open.iter().map(String::as_str).collect()
    }

    /// Keeps the entry that ends, if it is one of a mixin.
    fn keep(&mut self) {
        let draft = std::mem::take(&mut self.draft);
        let (mixin, version) = (
            draft.mixin.unwrap_or_default(),
            draft.version.trim().to_owned(),
        );
        if mixin.is_empty() || version.is_empty() {
            return;
        }
        let updated = OffsetDateTime::parse(draft.updated.trim(), &Rfc3339).ok();
        let entry = Entry {
            // Without a date the files do not count: that is how Porter reads it.
            files: if updated.is_some() {
                draft.files
            } else {
                Vec::new()
            },
            mixin,
            version,
            updated,
        };
        let key = (entry.mixin.clone(), entry.version.clone());
        let place = self.feed.len();
        match self.feed.get_mut(&key) {
            Some((_, older)) if older.updated < entry.updated => *older = entry,
            Some(_) => {}
            None => {
                self.feed.insert(key, (place, entry));
            }
        }
    }
}

/// An error whose place may still be to be told.
enum Fault {
    Is(FeedError),
    Xml(quick_xml::Error),
}

impl Fault {
    fn or(self, at: u64) -> FeedError {
        match self {
            Self::Is(error) => error,
            Self::Xml(source) => FeedError::Xml { at, source },
        }
    }
}

/// The value of an attribute, whatever its namespace is called.
fn attribute(element: &BytesStart<'_>, name: &[u8]) -> Result<Option<String>, Fault> {
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| Fault::Xml(error.into()))?;
        if attribute.key.local_name().as_ref() == name {
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(Fault::Xml)?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}
