//! `PORTER_HOME/mixins/cache.json`: where packages came from, as Porter keeps it.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::replace::replace;

/// File name, beside the mixins.
const FILE_NAME: &str = "cache.json";
/// Largest file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// Notes where a mixin came from: its feed, or its address.
pub(super) fn note(mixins: &Path, name: &str, feed: Option<&str>, url: Option<&str>) {
    change(mixins, |packages| {
        packages.retain(|package| package["name"] != name);
        let mut package = Map::new();
        package.insert("name".to_owned(), json!(name));
        // Two keys that differ only in case: that is the format.
        for (key, value) in [("URL", feed), ("url", url)] {
            if let Some(value) = value {
                package.insert(key.to_owned(), json!(value));
            }
        }
        packages.push(Value::Object(package));
    });
}

/// Forgets a mixin.
pub(super) fn forget(mixins: &Path, name: &str) {
    if mixins.join(FILE_NAME).exists() {
        change(mixins, |packages| {
            packages.retain(|package| package["name"] != name);
        });
    }
}

/// A file that cannot be read is left alone: it only informs.
fn change(mixins: &Path, edit: impl FnOnce(&mut Vec<Value>)) {
    let path = mixins.join(FILE_NAME);
    let size = fs::metadata(&path).map_or(0, |metadata| metadata.len());
    let text = match fs::read(&path) {
        Ok(text) if size <= MAX_BYTES => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => b"{}".to_vec(),
        _ => return,
    };
    let Ok(Value::Object(mut document)) = serde_json::from_slice(&text) else {
        tracing::debug!(
            "`{}` is not what it should be and stays as it is",
            path.display()
        );
        return;
    };
    let packages = document.entry("packages").or_insert_with(|| json!([]));
    let Some(packages) = packages.as_array_mut() else {
        return;
    };
    edit(packages);
    let written = serde_json::to_vec(&document)
        .map_err(std::io::Error::other)
        .and_then(|text| replace(&path, &text, 0o660));
    if let Err(error) = written {
        tracing::debug!("cannot write `{}`: {error}", path.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_porters_format() {
        let folder = tempfile::tempdir().unwrap();
        note(folder.path(), "a", None, Some("https://x/a.wasm"));
        note(
            folder.path(),
            "b",
            Some("https://x/atom.xml"),
            Some("https://x/b.wasm"),
        );
        note(folder.path(), "a", None, Some("https://y/a.wasm"));
        let text = fs::read(folder.path().join(FILE_NAME)).unwrap();
        let found: Value = serde_json::from_slice(&text).unwrap();
        let expected = json!({"packages": [
            {"name": "b", "URL": "https://x/atom.xml", "url": "https://x/b.wasm"},
            {"name": "a", "url": "https://y/a.wasm"},
        ]});
        assert_eq!(found, expected);
        forget(folder.path(), "b");
        forget(folder.path(), "a");
        let text = fs::read_to_string(folder.path().join(FILE_NAME)).unwrap();
        assert_eq!(text, r#"{"packages":[]}"#);
    }

    #[test]
    fn a_damaged_file_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NAME), "[").unwrap();
        note(folder.path(), "a", None, None);
        assert_eq!(
            fs::read_to_string(folder.path().join(FILE_NAME)).unwrap(),
            "["
        );
    }
}
