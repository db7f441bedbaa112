//! The formats of files, and where in them something is wrong.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::ConfigError;

/// No configuration file or document is larger.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The format of a file, as its ending says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Yaml,
    Json,
    Toml,
}

/// What a parser complained about.
#[derive(Debug)]
pub(crate) struct Complaint {
    pub(crate) message: String,
    pub(crate) position: Option<(usize, usize)>,
}

impl Format {
    pub(crate) fn of(path: &Path) -> Result<Self, ConfigError> {
        let extension = path
            .extension()
            .map(|text| text.to_string_lossy().into_owned());
        match extension.as_deref() {
            Some("yaml" | "yml") => Ok(Self::Yaml),
            Some("json") => Ok(Self::Json),
            Some("toml") => Ok(Self::Toml),
            other => Err(ConfigError::UnsupportedFormat {
                path: path.to_path_buf(),
                extension: other.unwrap_or_default().to_owned(),
            }),
        }
    }

    pub(crate) fn parse<T: DeserializeOwned>(self, text: &str) -> Result<T, Complaint> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match self {
            // Only as a value of its own kind does it complain of members that are there twice.
            Self::Yaml => serde_yaml::from_str::<serde_yaml::Value>(text)
                .and_then(|_| serde_yaml::from_str(text))
                .map_err(|error| {
                    let place = error.location();
                    complaint(
                        &error.to_string(),
                        place.map(|place| (place.line(), place.column())),
                    )
                }),
            Self::Json => serde_json::from_str(text).map_err(|error| {
                complaint(&error.to_string(), Some((error.line(), error.column())))
            }),
            Self::Toml => toml::from_str(text).map_err(|error| Complaint {
                position: error.span().map(|span| position(text, span.start)),
                message: error.message().to_owned(),
            }),
        }
    }
}

/// Reads a file of text.
pub(crate) fn read(path: &Path) -> Result<String, ConfigError> {
    let failed = |cause| ConfigError::Access {
        path: path.to_path_buf(),
        cause,
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ConfigError::TooLarge {
            path: path.to_path_buf(),
            limit: MAX_BYTES,
        });
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..valid).unwrap_or_default();
        let text = String::from_utf8_lossy(before);
        ConfigError::Syntax {
            place: crate::Place::new(path, Some(position(&text, valid))),
            message: "the file is not UTF-8 text".into(),
        }
    })
}

/// Line and column of a byte, both from 1.
pub(crate) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The parsers put the place into their message; ours is in front of it.
fn complaint(message: &str, position: Option<(usize, usize)>) -> Complaint {
    let place = position.map(|(line, column)| format!(" at line {line} column {column}"));
    let message = match place {
        Some(place) => message.replacen(&place, "", 1),
        None => message.to_owned(),
    };
    Complaint { message, position }
}
