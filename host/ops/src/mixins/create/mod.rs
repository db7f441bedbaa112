//! `porter mixins create`: a project that builds.

mod error;
mod language;

pub use error::CreateMixinError;
pub use language::Language;

use std::fs;
use std::path::{Path, PathBuf};

use crate::replace::replace;

mod files {
    include!(concat!(env!("OUT_DIR"), "/mixin_files.rs"));

    /// What begins with `folder`, without it, and the content.
    pub(super) fn below(folder: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
        let named = FILES.iter();
        named.filter_map(move |(name, content)| Some((name.strip_prefix(folder)?, *content)))
    }
}

/// Bytes of a name: it is also a part of codes and of names in several languages.
const LONGEST: usize = 40;

/// A project to write.
#[derive(Debug, Clone)]
pub struct CreateMixin {
    /// Name of the mixin.
    pub name: String,
    /// What it is written in.
    pub language: Language,
    /// Folder in which the project's folder is made; the current one without it.
    pub directory: Option<PathBuf>,
    /// Who writes it.
    pub author: Option<String>,
    /// Whose repository it is on GitHub.
    pub username: Option<String>,
}

/// Writes a project into a folder with the name of the mixin, which must be new or empty, and gives
/// the path of that folder.
///
/// # Errors
/// When a name cannot be used or the folder cannot be written.
pub fn create(request: &CreateMixin) -> Result<PathBuf, CreateMixinError> {
    check_name(&request.name)?;
    for (flag, text) in [("author", &request.author), ("username", &request.username)] {
        check_text(flag, text.as_deref().unwrap_or_default())?;
    }
    let parent = request.directory.as_deref().unwrap_or(Path::new("."));
    let folder = parent.join(&request.name);
    refuse_used(&folder)?;
    let words = words(request);
    for (name, content) in of_language(request.language) {
        let path = folder.join(filled(&name, &words));
        write(&path, &filled(content, &words))?;
    }
    for (from, to) in request.language.copies() {
        for (name, content) in files::below(from) {
            write(&folder.join(format!("{to}{name}")), content)?;
        }
    }
    Ok(folder)
}

/// Files that have words in them: those of all languages, then those of one.
fn of_language(language: Language) -> impl Iterator<Item = (String, &'static str)> {
    let own = format!("templates/{}/", language.folder());
    let common = files::below("templates/common/").map(|(name, text)| (name.to_owned(), text));
    let own: Vec<_> = files::below(&own)
        .map(|(name, text)| (name.to_owned(), text))
        .collect();
    common.chain(own)
}

/// What stands for `{{…}}` in the templates.
fn words(request: &CreateMixin) -> Vec<(&'static str, String)> {
    let name = &request.name;
    let language = request.language;
    let author = match &request.author {
        Some(author) => author.clone(),
        None => format!("The authors of {name}"),
    };
    let source = match &request.username {
        Some(username) => format!("https://github.com/{username}/{name}"),
        None => String::new(),
    };
    let mut words = vec![
        ("snake", name.replace('-', "_")),
        ("type", camel(name)),
        ("author", author),
        ("source", source),
        ("name", name.clone()),
    ];
    // They may hold the words above.
    let own = [
        ("needs", language.needs()),
        ("files", language.files()),
        ("steps", language.steps()),
        ("image", language.image()),
        ("setup", language.setup()),
    ];
    let own = own.map(|(word, text)| (word, filled(text, &words)));
    words.extend(own);
    words
}

fn filled(text: &str, words: &[(&str, String)]) -> String {
    let mut text = text.to_owned();
    for (word, value) in words {
        text = text.replace(&format!("{{{{{word}}}}}"), value);
    }
    text
}

fn camel(name: &str) -> String {
    let mut text = String::new();
    for part in name.split('-') {
        let mut letters = part.chars();
        text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}

fn check_name(name: &str) -> Result<(), CreateMixinError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let good = name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.bytes().all(plain)
        && !name.ends_with('-')
        && !name.contains("--")
        && name.len() <= LONGEST;
    if good {
        Ok(())
    } else {
        Err(CreateMixinError::Name(name.to_owned()))
    }
}

/// What ends up inside quotes of several languages.
fn check_text(flag: &'static str, text: &str) -> Result<(), CreateMixinError> {
    let bad =
        |letter: char| porter_mixin::escape::is_hidden(letter) || "\"'\\$`{}".contains(letter);
    if text.contains(bad) || text.len() > 200 {
        let text = text.to_owned();
        return Err(CreateMixinError::Text { flag, text });
    }
    Ok(())
}

/// A project never overwrites anything.
fn refuse_used(folder: &Path) -> Result<(), CreateMixinError> {
    let used = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => folder.symlink_metadata().is_ok(),
    };
    if used {
        return Err(CreateMixinError::Used(folder.to_path_buf()));
    }
    Ok(())
}

fn write(path: &Path, content: &str) -> Result<(), CreateMixinError> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| replace(path, content.as_bytes(), 0o666))
        .map_err(|source| CreateMixinError::Write {
            path: path.to_path_buf(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(name: &str, directory: &Path) -> CreateMixin {
        CreateMixin {
            name: name.to_owned(),
            language: Language::Rust,
            directory: Some(directory.to_path_buf()),
            author: Some("Ada".to_owned()),
            username: Some("ada".to_owned()),
        }
    }

    fn texts(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                texts(&path, found);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }

    #[test]
    fn every_word_is_filled_in_every_language() {
        for language in Language::ALL {
            let folder = tempfile::tempdir().unwrap();
            let mut request = request("my-tool", folder.path());
            request.language = language;
            let project = create(&request).unwrap();
            let mut found = Vec::new();
            texts(&project, &mut found);
            assert!(found.len() > 8, "{language:?}");
            // The SDK has no words, and braces of its own.
            found.retain(|(path, _)| !path.starts_with(project.join("sdk")));
            for (path, text) in found {
                // A workflow has expressions of its own.
                let text = text.replace("${{ vars.PORTER_URL }}", "");
                assert!(!text.contains("{{"), "{}", path.display());
            }
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let request = request("mine", folder.path());
        create(&request).unwrap();
        assert!(matches!(create(&request), Err(CreateMixinError::Used(_))));
    }

    #[test]
    fn names_and_texts_that_would_break_a_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "",
            "A",
            "1a",
            "a_b",
            "a.b",
            "../a",
            "a--b",
            "a-",
            "a b",
            &"a".repeat(41),
        ] {
            let refused = create(&request(name, folder.path()));
            assert!(matches!(refused, Err(CreateMixinError::Name(_))), "{name}");
        }
        for author in ["\"", "a\nb", "$(x)", "`x`", "{{name}}"] {
            let mut request = request("mine", folder.path());
            request.author = Some(author.to_owned());
            let refused = create(&request);
            assert!(
                matches!(refused, Err(CreateMixinError::Text { .. })),
                "{author}"
            );
        }
    }
}
