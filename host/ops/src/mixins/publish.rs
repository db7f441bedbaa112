//! Making an Atom feed of the mixins in a folder: `porter mixins feed`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use porter_registry::feed::{self, Entry, Feed, File};
use porter_runbook::resolve::{Secrets, Value, resolve};
use porter_runbook::template::{Delimiters, Position, parse};
use porter_runbook::{Json, Node};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::install::InstallError;
use super::install::file as failed;
use crate::Porter;
use crate::error::Error;
use crate::replace::replace;

/// What published files look like, for messages.
const PATTERN: &str = r"VERSION/([a-z0-9-]+)(\.wasm|-(linux|windows|darwin)-(amd64|arm64)(\.exe)?)";
/// Name of the file that `feed template` writes.
const TEMPLATE_FILE: &str = "atom-template.xml";
/// What is in it.
const TEMPLATE: &str = include_str!("atom-template.xml");
/// Largest template that is read.
const MAX_TEMPLATE: u64 = 1 << 20;
/// How deep folders are searched.
const MAX_DEPTH: usize = 16;

/// What to make a feed of.
#[derive(Debug, Clone)]
pub struct FeedRequest {
    /// `--dir`: where the mixins are.
    pub directory: PathBuf,
    /// `--file`: the feed, extended when it is there.
    pub file: PathBuf,
    /// `--template`.
    pub template: PathBuf,
}

impl Porter {
    /// Writes an Atom feed of the mixins in a folder.
    ///
    /// # Errors
    /// When there are none, or template or feed cannot be used.
    pub fn generate_feed(&self, request: &FeedRequest) -> Result<(), Error> {
        let template = read_text(&request.template, MAX_TEMPLATE)?;
        let mut feed = match request.file.exists() {
            true => existing(&request.file)?,
            false => Feed::default(),
        };
        let found = find(&request.directory)?;
        if found.is_empty() {
            let directory = request.directory.clone();
            let pattern = PATTERN;
            return Err(InstallError::NothingToPublish { directory, pattern }.into());
        }
        for entry in found {
            feed.add(entry);
        }
        let text = render(&feed, &template, &request.template)?;
        // What we write must be what we read: a template can be anything.
        let reread = Feed::parse(text.as_bytes()).map_err(|source| InstallError::Feed {
            url: request.file.display().to_string(),
            source,
        })?;
        if reread.entries.len() != feed.entries.len() {
            tracing::warn!(
                "the template leaves out {} of {} versions",
                feed.entries.len().saturating_sub(reread.entries.len()),
                feed.entries.len()
            );
        }
        replace(&request.file, text.as_bytes(), 0o664)
            .map_err(|source| failed("write", &request.file, source))?;
        Ok(())
    }

    /// Writes the template of a feed into a folder, for the user to change. Returns its name.
    ///
    /// # Errors
    /// When there is one that was changed already, or it cannot be written.
    pub fn write_feed_template(&self, directory: &Path) -> Result<&'static str, Error> {
        let path = directory.join(TEMPLATE_FILE);
        if path.exists() && fs::read(&path).ok().as_deref() != Some(TEMPLATE.as_bytes()) {
            return Err(InstallError::Usage(format!(
                "`{TEMPLATE_FILE}` is there already and was changed: remove it first"
            ))
            .into());
        }
        replace(&path, TEMPLATE.as_bytes(), 0o664)
            .map_err(|source| failed("write", &path, source))?;
        Ok(TEMPLATE_FILE)
    }
}

fn read_text(path: &Path, limit: u64) -> Result<String, InstallError> {
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text));
    read.map_err(|source| failed("read", path, source))?;
    Ok(text)
}

/// The feed that is extended. Only the names of its files count: where they are, the template says.
fn existing(path: &Path) -> Result<Feed, InstallError> {
    let text = read_text(path, feed::MAX_BYTES)?;
    let mut feed = Feed::parse(text.as_bytes()).map_err(|source| InstallError::Feed {
        url: path.display().to_string(),
        source,
    })?;
    for file in feed.entries.iter_mut().flat_map(|entry| &mut entry.files) {
        file.url = file.name().to_owned();
    }
    Ok(feed)
}

/// The mixins below a folder: `VERSION/NAME.wasm` and `VERSION/NAME-OS-ARCH`, links not followed.
fn find(directory: &Path) -> Result<Vec<Entry>, InstallError> {
    let mut entries: BTreeMap<(String, String), Entry> = BTreeMap::new();
    let mut folders = vec![(directory.to_path_buf(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let listed = fs::read_dir(&folder).map_err(|source| failed("read", &folder, source))?;
        for found in listed {
            let found = found.map_err(|source| failed("read", &folder, source))?;
            let path = found.path();
            let kind = found.file_type();
            let kind = kind.map_err(|source| failed("read", &path, source))?;
            if kind.is_dir() && depth < MAX_DEPTH {
                folders.push((path, depth + 1));
            } else if kind.is_file()
                && let Some((mixin, version)) = published(&path)
            {
                let (file, updated) = look(&path)?;
                let key = (mixin.clone(), version.clone());
                let entry = entries.entry(key).or_insert_with(|| Entry {
                    mixin,
                    version,
                    updated: None,
                    files: Vec::new(),
                });
                entry.updated = entry.updated.max(Some(updated));
                entry.files.push(file);
            }
        }
    }
    let mut entries: Vec<Entry> = entries.into_values().collect();
    for entry in &mut entries {
        entry.files.sort_by(|a, b| a.url.cmp(&b.url));
    }
    Ok(entries)
}

/// Mixin and version of a file, if it is one that is published.
fn published(path: &Path) -> Option<(String, String)> {
    let version = path.parent()?.file_name()?.to_str()?;
    let mixin = mixin_of(path.file_name()?.to_str()?)?;
    is_released(version).then(|| (mixin.to_owned(), version.to_owned()))
}

fn mixin_of(file: &str) -> Option<&str> {
    let name = match file.strip_suffix(".wasm") {
        Some(name) => name,
        None => {
            let program = file.strip_suffix(".exe").unwrap_or(file);
            let (rest, arch) = program.rsplit_once('-')?;
            let (name, os) = rest.rsplit_once('-')?;
            let is_known =
                ["amd64", "arm64"].contains(&arch) && ["linux", "windows", "darwin"].contains(&os);
            name.get(..if is_known { name.len() } else { 0 })?
        }
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (!name.is_empty() && name.bytes().all(plain)).then_some(name)
}

/// `canary` and versions, except those that `git describe` makes up between two releases.
fn is_released(version: &str) -> bool {
    if version == "canary" {
        return true;
    }
    feed::semantic(version).is_some_and(|version| !is_described(version.pre.as_str()))
}

/// Whether a pre-release holds `NUMBER-gCOMMIT`.
fn is_described(pre: &str) -> bool {
    let bytes = pre.as_bytes();
    let is_commit = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    bytes
        .windows(4)
        .any(|part| part[0].is_ascii_digit() && &part[1..3] == b"-g" && is_commit(&part[3]))
}

fn look(path: &Path) -> Result<(File, OffsetDateTime), InstallError> {
    let read = || -> io::Result<(String, OffsetDateTime)> {
        let mut file = fs::File::open(path)?;
        let modified = file.metadata()?.modified()?;
        let mut hash = Sha256::new();
        io::copy(&mut file, &mut hash)?;
        let modified = OffsetDateTime::from(modified);
        let seconds = modified.replace_nanosecond(0).unwrap_or(modified);
        Ok((format!("sha256:{:x}", hash.finalize()), seconds))
    };
    let (digest, updated) = read().map_err(|source| failed("read", path, source))?;
    let name = path.file_name().unwrap_or_default();
    let file = File {
        url: name.to_string_lossy().into_owned(),
        digest: Some(digest),
    };
    Ok((file, updated))
}

/// Fills the template: mustache with `Mixins`, `Entries` and `Updated`.
fn render(feed: &Feed, template: &str, path: &Path) -> Result<String, InstallError> {
    let place = |line, column, source| InstallError::Template {
        path: path.to_path_buf(),
        line,
        column,
        source,
    };
    let mut locate = |offset, _: &str| position(template, offset);
    let segments = parse(template, &Delimiters::braces(), &mut locate)
        .map_err(|error| place(error.at.line, error.at.column, Box::new(error.fault)))?;
    let data = data(feed);
    let text = resolve(&Node::Text(segments), &data, &mut Secrets::shown())
        .map_err(|error| place(error.line, error.column, Box::new(error.source)))?;
    match text {
        Json::String(text) => Ok(text),
        other => Ok(other.to_string()),
    }
}

/// Line and column of an offset.
fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Position {
        line: number(line),
        column: number(column),
    }
}

fn data(feed: &Feed) -> Value {
    let mut mixins: Vec<&str> = feed.entries.iter().map(|e| e.mixin.as_str()).collect();
    mixins.sort_unstable();
    mixins.dedup();
    let mixins: Vec<Json> = mixins.into_iter().map(|name| json!(xml(name))).collect();
    let mut entries: Vec<&Entry> = feed.entries.iter().collect();
    entries.sort_by(|a, b| {
        let key = |e: &Entry| (e.mixin.clone(), e.version.clone());
        b.updated.cmp(&a.updated).then_with(|| key(a).cmp(&key(b)))
    });
    let updated = entries.first().and_then(|entry| entry.updated);
    let entries: Vec<Json> = entries.into_iter().map(entry).collect();
    Value::names([
        ("Mixins", Value::Json(json!(mixins))),
        ("Entries", Value::Json(json!(entries))),
        ("Updated", Value::Json(json!(time(updated)))),
    ])
}

fn entry(entry: &Entry) -> Json {
    let files: Vec<Json> = entry
        .files
        .iter()
        .map(|file| {
            let digest = file.digest.as_deref().unwrap_or_default();
            json!({ "File": xml(&file.url), "Digest": xml(digest) })
        })
        .collect();
    json!({
        "Mixin": xml(&entry.mixin),
        "Version": xml(&entry.version),
        "Updated": time(entry.updated),
        "Files": files,
    })
}

fn time(time: Option<OffsetDateTime>) -> String {
    let time = time.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.to_offset(time::UtcOffset::UTC)
        .format(&Rfc3339)
        .unwrap_or_default()
}

/// Text for an element or an attribute.
fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_files_are_known_by_their_paths() {
        let table = [
            ("out/v1.0.0/greet.wasm", Some(("greet", "v1.0.0"))),
            ("v1.2.3/az-cli-linux-amd64", Some(("az-cli", "v1.2.3"))),
            ("canary/x-windows-amd64.exe", Some(("x", "canary"))),
            ("v1.0.0-beta.1/x-darwin-arm64", Some(("x", "v1.0.0-beta.1"))),
            ("v1.0.0-3-gabc123/x.wasm", None),
            ("v1.0.0-beta.1-12-gabc/x.wasm", None),
            ("latest/x.wasm", None),
            ("v1.0.0/X.wasm", None),
            ("v1.0.0/x-plan9-amd64", None),
            ("v1.0.0/linux-amd64", None),
            ("v1.0.0/x.wasm.sha256sum", None),
            ("x.wasm", None),
        ];
        for (path, expected) in table {
            let found = published(Path::new(path));
            let found = found.as_ref().map(|(a, b)| (a.as_str(), b.as_str()));
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn nothing_of_a_name_becomes_markup() {
        let mut feed = Feed::default();
        feed.add(Entry {
            mixin: "a\"/><x>&".to_owned(),
            version: "1 < 2".to_owned(),
            updated: Some(OffsetDateTime::UNIX_EPOCH),
            files: vec![File {
                url: "'x'".to_owned(),
                digest: None,
            }],
        });
        let text = render(&feed, TEMPLATE, Path::new("t")).unwrap();
        let mut read = Feed::parse(text.as_bytes()).unwrap();
        assert!(!text.contains("porter:digest="), "{text}");
        for file in &mut read.entries[0].files {
            file.url = file.name().to_owned();
        }
        assert_eq!(read, feed);
    }
}
