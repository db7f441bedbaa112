//! Reading the YAML that Porter gives to a mixin.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use porter_manifest::source::{MAX_BYTES, Source};
use porter_manifest::yaml;
use porter_mixin::Json;

use crate::command::Input;

/// Why the input is not one of the protocol.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It cannot be read.
    #[error("cannot read {name}")]
    Read {
        /// `standard input` or a path.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// It is too large, or no text.
    #[error("{name} is not UTF-8 text of at most {MAX_BYTES} bytes")]
    Text {
        /// `standard input` or a path.
        name: String,
    },
    /// It is no YAML that we read.
    #[error("{place}: {message}")]
    Yaml {
        /// `standard input` or a path, line and column.
        place: String,
        /// What is wrong there.
        message: String,
    },
    /// It is YAML of another form.
    #[error("{0}")]
    Form(String),
}

/// The document; `null` when there is none.
pub(crate) fn read(input: Input) -> Result<Json, InputError> {
    let (name, text) = text(input)?;
    let is_nothing = |line: &str| line.is_empty() || line.starts_with('#');
    if text.lines().all(|line| is_nothing(line.trim_start())) {
        return Ok(Json::Null);
    }
    let read = Source::new(&name, text.as_bytes()).and_then(|source| yaml::load(&source));
    let node = read.map_err(|problem| InputError::Yaml {
        place: problem.location().unwrap_or(name),
        // How Porter begins the same about a manifest.
        message: problem
            .message
            .trim_start_matches("error unmarshaling the typed manifest: ")
            .to_owned(),
    })?;
    Ok(node.to_json())
}

fn text(input: Input) -> Result<(String, String), InputError> {
    let (name, bytes) = match input {
        Input::Standard => ("standard input".to_owned(), bytes(io::stdin())),
        Input::File(path) => (name_of(&path), File::open(&path).and_then(bytes)),
    };
    let bytes = bytes.map_err(|source| InputError::Read {
        name: name.clone(),
        source,
    })?;
    let is_text = bytes.len() <= MAX_BYTES && !bytes.contains(&0);
    match String::from_utf8(bytes) {
        Ok(text) if is_text => Ok((name, text)),
        _ => Err(InputError::Text { name }),
    }
}

fn name_of(path: &Path) -> String {
    format!("`{}`", path.display())
}

fn bytes(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
