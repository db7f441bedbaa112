//! A mixin as one program: the adapter, and behind it what describes the mixin, its component and
//! its native code.
//!
//! ```text
//! program | header (JSON) | component | native code | three lengths | MAGIC
//! ```
//!
//! Whoever can change such a file can change the program in it, too: the digest of the code finds
//! damage, not malice.

use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

/// The last bytes of a packaged mixin.
const MAGIC: &[u8; 8] = b"PTRMXN1\n";
/// Three lengths and [`MAGIC`].
const TRAILER: usize = 32;
/// Largest header.
const MAX_HEADER: u64 = 8 << 20;
/// Largest component, and largest code.
const MAX_PART: u64 = 256 << 20;

/// What a packaged mixin says about itself without being evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// Name, as bundles use it.
    pub name: String,
    /// Version of the component, without a `v`.
    pub version: String,
    /// Revision of its source, or nothing.
    pub commit: String,
    /// Who made it, or nothing.
    pub author: String,
    /// JSON schema of its steps, as text.
    pub schema: String,
    /// Names of the environment variables that it must know.
    pub environment: Vec<String>,
    /// Tier of the component.
    pub tier: String,
    /// `sha256:…` of the component.
    pub component_digest: String,
    /// `sha256:…` of the native code.
    pub code_digest: String,
}

/// Why a file is no packaged mixin.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// Nothing is behind the program.
    #[error("there is no mixin in this program; `porter mixins adapt NAME` makes one with a mixin")]
    Missing,
    /// Its parts do not fit together.
    #[error("the mixin in this program is damaged; run `porter mixins adapt NAME` again")]
    Damaged,
    /// Its header is not one.
    #[error(
        "the description of the mixin in this program is damaged; run `porter mixins adapt NAME` again"
    )]
    Header(#[source] serde_json::Error),
    /// It cannot be read.
    #[error("cannot read the mixin in this program")]
    Read(#[from] io::Error),
}

/// Puts a mixin behind `program`.
///
/// # Errors
/// When the header cannot be written as JSON.
pub fn pack(
    program: &[u8],
    header: &Header,
    component: &[u8],
    code: &[u8],
) -> Result<Vec<u8>, serde_json::Error> {
    let header = serde_json::to_vec(header)?;
    let parts = [header.as_slice(), component, code];
    let length = program.len() + parts.map(<[u8]>::len).iter().sum::<usize>() + TRAILER;
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(program);
    for part in parts {
        bytes.extend_from_slice(part);
    }
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
    }
    bytes.extend_from_slice(MAGIC);
    Ok(bytes)
}

/// A packaged mixin whose component and code are read when they are needed.
#[derive(Debug)]
pub struct Packaged<R> {
    file: R,
    header: Header,
    component: (u64, u64),
    code: (u64, u64),
}

impl<R: Read + Seek> Packaged<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When `file` ends with no packaged mixin.
    pub fn read(mut file: R) -> Result<Self, PackageError> {
        let end = file.seek(SeekFrom::End(0))?;
        let Some(end) = end.checked_sub(TRAILER as u64) else {
            return Err(PackageError::Missing);
        };
        let mut trailer = [0; TRAILER];
        file.seek(SeekFrom::Start(end))?;
        file.read_exact(&mut trailer)?;
        let (lengths, magic) = trailer.split_at(TRAILER - MAGIC.len());
        if magic != MAGIC {
            return Err(PackageError::Missing);
        }
        let mut at = end;
        let mut part = |index: usize, limit: u64| {
            let mut length = [0; 8];
            length.copy_from_slice(&lengths[index * 8..index * 8 + 8]);
            let length = u64::from_le_bytes(length);
            let start = at.checked_sub(length).filter(|_| length <= limit);
            at = start.ok_or(PackageError::Damaged)?;
            Ok::<_, PackageError>((at, length))
        };
        let code = part(2, MAX_PART)?;
        let component = part(1, MAX_PART)?;
        let header = part(0, MAX_HEADER)?;
        let header = serde_json::from_slice(&section(&mut file, header)?);
        Ok(Self {
            header: header.map_err(PackageError::Header)?,
            file,
            component,
            code,
        })
    }

    /// What it says about itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Its component.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn component(&mut self) -> io::Result<Vec<u8>> {
        section(&mut self.file, self.component)
    }

    /// Its native code.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn code(&mut self) -> io::Result<Vec<u8>> {
        section(&mut self.file, self.code)
    }
}

fn section(file: &mut (impl Read + Seek), (start, length): (u64, u64)) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
