//! The state of a bundle: files that are kept from one run to the next.

use std::io::{self, Read};
use std::path::{Component, Path};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use porter_runbook::document::StateVariable;
use tar::{Archive, Builder, EntryType, Header};

use crate::console::{Channel, Console};
use crate::files;
use crate::root::{OUTPUTS, Root, STATE};

/// Folder of the entries in the archive.
const FOLDER: &str = "porter-state";
/// Most files of an archive.
const MAX_COUNT: usize = 1_000;
/// Most bytes of an archive, unpacked.
const MAX_TOTAL: u64 = 256 << 20;

/// Why state cannot be kept or restored.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// What the client injected is no archive.
    #[error("could not create a new gzip reader for the statefile")]
    Gzip(#[source] io::Error),
    /// An archive that is damaged or that nobody made in good faith.
    #[error("could not read the statefile: {reason}")]
    Archive {
        /// What is wrong.
        reason: String,
    },
    /// A file that cannot be written.
    #[error("error creating state file {path}")]
    Create {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file that cannot be kept.
    #[error("unable to keep state `{name}` of {path}")]
    Keep {
        /// Name of the variable.
        name: String,
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The archive cannot be written.
    #[error("unable to write the state of the bundle")]
    Write(#[source] io::Error),
    /// Too much.
    #[error("the state of a bundle may be 1,000 files of 64 MiB each and 256 MiB in all")]
    TooLarge,
}

/// Restores the files of the run before. Entries of variables that the bundle does not know any
/// more are left out, with a warning.
///
/// # Errors
/// When the archive is damaged or a file cannot be written.
pub fn unpack(
    root: &Root,
    variables: &[StateVariable],
    console: &mut Console,
) -> Result<(), StateError> {
    let archive = match files::read_regular(&root.path(STATE), MAX_TOTAL) {
        Ok(content) if content.bytes.is_empty() => return Ok(()),
        Ok(content) => content.bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(StateError::Archive {
                reason: error.to_string(),
            });
        }
    };
    let decoder = GzDecoder::new(archive.as_slice());
    if decoder.header().is_none() {
        return Err(StateError::Gzip(io::Error::other("invalid header")));
    }
    // One more than allowed for headers and padding: 1 KiB for each file, and the end.
    let limit = MAX_TOTAL + (MAX_COUNT as u64 + 16) * 1024;
    let mut archive = Archive::new(decoder.take(limit));
    let mut count = 0;
    let mut total = 0;
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let size = entry.size();
        (count, total) = (count + 1, total + size);
        if count > MAX_COUNT || size > files::MAX_FILE || total > MAX_TOTAL {
            return Err(StateError::TooLarge);
        }
        let path = entry.path().map_err(damaged)?.into_owned();
        let Some(name) = variable_name(&path) else {
            if entry.header().entry_type() == EntryType::Directory {
                continue;
            }
            return Err(StateError::Archive {
                reason: "it holds an entry with a name of another kind".to_owned(),
            });
        };
        if entry.header().entry_type() != EntryType::Regular {
            return Err(StateError::Archive {
                reason: format!("`{name}` is no regular file"),
            });
        }
        let Some(variable) = variables.iter().find(|variable| variable.name == name) else {
            console.say(Channel::Err, &format!("warning: the state `{name}` of an earlier run is dropped: the bundle does not declare it"));
            continue;
        };
        let mode = entry.header().mode().map_err(damaged)? & 0o777;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(damaged)?;
        files::write(&root.path(&variable.path), &bytes, mode).map_err(|source| {
            StateError::Create {
                path: variable.path.clone(),
                source,
            }
        })?;
    }
    Ok(())
}

fn damaged(error: io::Error) -> StateError {
    StateError::Archive {
        reason: error.to_string(),
    }
}

/// The name in `porter-state/NAME`, with or without `./` in front.
fn variable_name(path: &Path) -> Option<String> {
    let mut parts = path.components().filter(|part| *part != Component::CurDir);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Component::Normal(folder)), Some(Component::Normal(name)), None)
            if folder == FOLDER =>
        {
            name.to_str().map(str::to_owned)
        }
        _ => None,
    }
}

/// Packs the files that exist to `/cnab/app/outputs/porter-state`. The same files give the same
/// archive.
///
/// Returns what went wrong; the other files are kept all the same.
pub fn pack(root: &Root, variables: &[StateVariable]) -> Vec<StateError> {
    let mut errors = Vec::new();
    let encoder = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::default());
    let mut builder = Builder::new(encoder);
    let mut total = 0;
    for variable in variables.iter().take(MAX_COUNT) {
        let content = match files::read_regular(&root.path(&variable.path), files::MAX_FILE) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => {
                let (name, path) = (variable.name.clone(), variable.path.clone());
                errors.push(StateError::Keep { name, path, source });
                continue;
            }
        };
        total += content.bytes.len() as u64;
        if total > MAX_TOTAL {
            errors.push(StateError::TooLarge);
            break;
        }
        if let Err(source) = append(&mut builder, &variable.name, &content) {
            let (name, path) = (variable.name.clone(), variable.path.clone());
            errors.push(StateError::Keep { name, path, source });
        }
    }
    let written = builder
        .into_inner()
        .and_then(flate2::write::GzEncoder::finish)
        .and_then(|bytes| files::write(&root.path(OUTPUTS).join("porter-state"), &bytes, 0o644));
    errors.extend(written.err().map(StateError::Write));
    errors
}

fn append<W: io::Write>(
    builder: &mut Builder<W>,
    name: &str,
    content: &files::Content,
) -> io::Result<()> {
    if name.is_empty() || name.contains('/') || name == "." || name == ".." {
        return Err(io::Error::other(
            "the name of the variable is not one of a file",
        ));
    }
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(content.bytes.len() as u64);
    header.set_mode(content.mode);
    header.set_uid(content.owner.0.into());
    header.set_gid(content.owner.1.into());
    header.set_mtime(0);
    builder.append_data(
        &mut header,
        format!("{FOLDER}/{name}"),
        content.bytes.as_slice(),
    )
}
