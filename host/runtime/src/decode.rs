//! File parameters: the client injects base64 text, the bundle expects the file.

use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use porter_runbook::Runbook;
use porter_runbook::document::Parameter;

use crate::files;
use crate::root::{Root, STATE};

/// Largest injected file, as text.
const MAX_INJECTED: u64 = 512 << 20;
/// Name of the parameter that carries the state.
const STATE_PARAMETER: &str = "porter-state";

/// Why a file parameter cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// No path, and nothing else to find it by.
    #[error("destination path is not supplied for parameter {0}")]
    NoPath(String),
    /// Not base64.
    #[error("unable to decode parameter {parameter}: {reason}")]
    Base64 {
        /// Name of the parameter.
        parameter: String,
        /// What is wrong with the text.
        reason: String,
    },
    /// A file that cannot be read or written.
    #[error("unable to decode parameter {parameter} in {path}")]
    File {
        /// Name of the parameter.
        parameter: String,
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// Decodes the files of all file parameters that apply to the action, in place. `null` stands for
/// no value: that file is removed.
///
/// # Errors
/// For the first that cannot be decoded.
pub fn decode_files(root: &Root, runbook: &Runbook, action: &str) -> Result<(), DecodeError> {
    for (name, parameter) in &runbook.parameters {
        let is_state = name == STATE_PARAMETER;
        if is_state || parameter.kind != "file" || !applies(parameter, action) {
            continue;
        }
        match (&parameter.path, &parameter.env) {
            (Some(path), _) => decode(root, name, path)?,
            // An output of an earlier run travels in a variable.
            (None, Some(_)) if parameter.output.is_some() => {}
            (None, _) => return Err(DecodeError::NoPath(name.clone())),
        }
    }
    decode(root, STATE_PARAMETER, STATE)
}

/// Whether a parameter is there in this action.
pub fn applies(parameter: &Parameter, action: &str) -> bool {
    parameter.apply_to.is_empty() || parameter.apply_to.iter().any(|name| name == action)
}

fn decode(root: &Root, parameter: &str, inside: &str) -> Result<(), DecodeError> {
    let path = root.path(inside);
    let fault = |source| DecodeError::File {
        parameter: parameter.to_owned(),
        path: inside.to_owned(),
        source,
    };
    let content = match files::read_regular(&path, MAX_INJECTED) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        result => result.map_err(fault)?,
    };
    if content.bytes == b"null" {
        return std::fs::remove_file(&path).map_err(fault);
    }
    let decoded = text(&content.bytes).map_err(|reason| DecodeError::Base64 {
        parameter: parameter.to_owned(),
        reason,
    })?;
    overwrite(&path, &decoded).map_err(fault)
}

/// Standard base64; line ends are left out as Go does.
///
/// # Errors
/// What is wrong with the text.
pub fn text(text: &[u8]) -> Result<Vec<u8>, String> {
    let text: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    STANDARD
        .decode(text)
        .map_err(|error| format!("illegal base64 data: {error}"))
}

/// Keeps owner and mode: the file was put there by the client.
fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(path)?;
    io::Write::write_all(&mut file, bytes)
}
