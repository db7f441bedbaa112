//! `.cnab/app/porter.yaml`: the author's manifest with what the flags of the build change in it.
//!
//! Source: `build.md` §4 of the compatibility reference. The text is edited in place, so comments
//! stay. Where that would change anything else (a section with anchors that others use, for
//! example), the values are written anew.

use porter_cnab::Json;
use porter_manifest::source::Source;
use porter_manifest::yaml::{self, Entry};
use porter_manifest::{Manifest, Problems};

use super::BuildRequest;
use crate::error::Error;
use crate::manifest::ReadManifest;

/// The manifest as it is packaged.
///
/// # Errors
/// When the author's text, which was read before, cannot be read again.
pub(super) fn canonical(read: &ReadManifest, request: &BuildRequest) -> Result<Vec<u8>, Error> {
    let changes = changes(&read.manifest, request);
    if changes.is_empty() {
        return Ok(read.text.clone());
    }
    let source = Source::new("porter.yaml", &read.text).map_err(Problems::from)?;
    let root = yaml::load(&source).map_err(Problems::from)?;
    let mut wanted = root.to_json();
    if let Json::Object(members) = &mut wanted {
        for (key, value) in &changes {
            members.insert((*key).to_owned(), value.clone());
        }
    }
    let entries = root.entries().unwrap_or_default();
    let edited = edited(&source, entries, &changes)?;
    let is_sound = Source::new("porter.yaml", edited.as_bytes())
        .and_then(|source| yaml::load(&source))
        .is_ok_and(|root| root.to_json() == wanted);
    if is_sound {
        return Ok(edited.into_bytes());
    }
    Ok(porter_config::to_yaml(&wanted)?.into_bytes())
}

/// Top-level members that differ from what the author wrote.
fn changes(manifest: &Manifest, request: &BuildRequest) -> Vec<(&'static str, Json)> {
    let mut changes = Vec::new();
    if request.name.is_some() {
        changes.push(("name", Json::String(manifest.name.clone())));
    }
    if request.version.is_some() {
        changes.push(("version", Json::String(manifest.version.clone())));
    }
    if !request.custom.is_empty() {
        changes.push(("custom", Json::Object(manifest.custom.clone())));
    }
    changes
}

fn edited(
    source: &Source,
    entries: &[Entry],
    changes: &[(&'static str, Json)],
) -> Result<String, Error> {
    let mut text = source.text().to_owned();
    let mut appended = String::new();
    let mut edits = Vec::new();
    for (key, value) in changes {
        // Not by `json!`, which respells numbers.
        let member =
            porter_cnab::Json::Object([((*key).to_owned(), value.clone())].into_iter().collect());
        let member = porter_config::to_yaml(&member)?;
        match entries.iter().find(|entry| entry.name() == *key) {
            None => appended.push_str(&member),
            Some(entry) => {
                let start = source.offset(entry.key.span.start);
                let end = source.offset(entry.value.span.end);
                // A mapping in lines of its own ends where the next member begins.
                let is_block = end == 0 || source.text()[..end].ends_with('\n');
                let ending = if is_block { "\n" } else { "" };
                edits.push((start, end, format!("{}{ending}", member.trim_end())));
            }
        }
    }
    edits.sort();
    for (start, end, replacement) in edits.into_iter().rev() {
        text.replace_range(start..end, &replacement);
    }
    if !appended.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&appended);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use porter_manifest::{LoadOptions, Loaded};

    use super::*;

    const REST: &str = "registry: localhost:5000/a\nmixins: [exec]\n\
                        install: &steps\n  - exec: {command: a}\nuninstall: *steps\n";

    /// The manifest that begins with `head`, as a build with these flags packages it.
    fn packaged(head: &str, request: &BuildRequest) -> String {
        let text = format!("schemaVersion: 1.0.1\n{head}{REST}");
        let options = crate::manifest::options(request).unwrap();
        let loaded = Manifest::load("porter.yaml", text.as_bytes(), &options);
        let Loaded { manifest, .. } = loaded.unwrap_or_else(|error| panic!("{error}"));
        let read = ReadManifest {
            manifest,
            text: text.into_bytes(),
        };
        let packaged = canonical(&read, request).unwrap();
        let options = LoadOptions::default();
        assert!(Manifest::load("porter.yaml", &packaged, &options).is_ok());
        String::from_utf8(packaged).unwrap()
    }

    fn flags() -> BuildRequest {
        BuildRequest {
            name: Some("b".to_owned()),
            version: Some("0.2.0".to_owned()),
            custom: vec!["x.k=1".to_owned()],
            ..BuildRequest::default()
        }
    }

    #[test]
    fn without_flags_it_is_what_the_author_wrote() {
        let head = "# hello\nname: a # the name\r\nversion: 0.1.0\n";
        let text = packaged(head, &BuildRequest::default());
        assert_eq!(text, format!("schemaVersion: 1.0.1\n{head}{REST}"));
    }

    #[test]
    fn flags_change_what_they_name_and_comments_stay() {
        let head = "name: a # the name\nversion: 0.1.0\ncustom:\n    z: w\n# more\n";
        let text = packaged(head, &flags());
        let expected = "name: b # the name\nversion: 0.2.0\ncustom:\n  x:\n    k: 1\n  z: w\n";
        assert!(text.contains(expected), "{text}");
        assert!(text.ends_with(REST), "{text}");
    }

    #[test]
    fn what_is_not_there_comes_last() {
        let text = packaged("name: a\nversion: 0.1.0\n", &flags());
        assert!(
            text.ends_with(&format!("{REST}custom:\n  x:\n    k: 1\n")),
            "{text}"
        );
    }

    #[test]
    fn anchors_that_would_be_lost_are_written_out() {
        let head = "name: a\nversion: 0.1.0\ncustom:\n  z: &z w\ndescription: *z\n";
        let text = packaged(head, &flags());
        assert!(text.contains("description: w\n"), "{text}");
        assert!(text.contains("name: b\n"), "{text}");
    }
}
