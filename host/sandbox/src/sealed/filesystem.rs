//! The files of a bundle, to be read and nothing else.
//!
//! They are in memory, see [`Files`], so what a mixin sees of them is the same on every machine:
//! no times, no owners, names in order. wasmtime's own implementation, which has the machine's
//! files behind it, is not linked.

mod generated {
    #![allow(missing_docs, unreachable_pub, reason = "documented in wit/")]

    wasmtime::component::bindgen!({
        path: "wit/wasi",
        world: "files",
        imports: { default: trappable },
        trappable_error_type: {
            "wasi:filesystem/types.error-code" => super::FileError,
        },
        with: {
            "wasi:io": wasmtime_wasi::p2::bindings::io,
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
            "wasi:filesystem/types.descriptor": super::Descriptor,
            "wasi:filesystem/types.directory-entry-stream": super::Listing,
        },
        require_store_data_send: true,
    });
}

mod descriptor;
mod resolve;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable, ResourceTableError};

use self::generated::wasi::filesystem::types::{DirectoryEntry, ErrorCode};
use self::generated::wasi::filesystem::{preopens, types};
use super::Sealed;
use crate::files::Files;

/// An opened file or directory.
#[expect(unreachable_pub, reason = "generated code re-exports it")]
pub struct Descriptor {
    /// Below the bundle directory; empty for that itself.
    path: String,
}

/// A directory that is being listed. Holds no names: a guest may have many of these.
#[expect(unreachable_pub, reason = "generated code re-exports it")]
pub struct Listing {
    path: String,
    last: String,
}

/// What a function of the guest's fails with, or what ends its call.
#[derive(Debug)]
pub(crate) enum FileError {
    Code(ErrorCode),
    Trap(wasmtime::Error),
}

impl From<ErrorCode> for FileError {
    fn from(code: ErrorCode) -> Self {
        Self::Code(code)
    }
}

impl From<ResourceTableError> for FileError {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}

type Outcome<T = ()> = Result<T, FileError>;

/// Implements `wasi:filesystem`.
pub(super) struct View<'a> {
    files: &'a Files,
    table: &'a mut ResourceTable,
}

/// Names [`View`] to a linker.
struct Filesystem;

impl HasData for Filesystem {
    type Data<'a> = View<'a>;
}

/// Adds the files to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<Sealed>) -> wasmtime::Result<()> {
    let view: fn(&mut Sealed) -> View<'_> = |state| View {
        files: &state.files,
        table: &mut state.table,
    };
    types::add_to_linker::<_, Filesystem>(linker, view)?;
    preopens::add_to_linker::<_, Filesystem>(linker, view)
}

impl preopens::Host for View<'_> {
    /// The bundle directory is the guest's `/`, where there is anything in it.
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        if self.files.is_empty() {
            return Ok(Vec::new());
        }
        let root = self.table.push(Descriptor {
            path: String::new(),
        })?;
        Ok(vec![(root, "/".to_owned())])
    }
}

impl types::Host for View<'_> {
    fn convert_error_code(&mut self, error: FileError) -> wasmtime::Result<ErrorCode> {
        match error {
            FileError::Code(code) => Ok(code),
            FileError::Trap(error) => Err(error),
        }
    }

    fn filesystem_error_code(
        &mut self,
        _: Resource<wasmtime_wasi::p2::IoError>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        // Reading from memory does not fail.
        Ok(None)
    }
}

impl types::HostDirectoryEntryStream for View<'_> {
    fn read_directory_entry(
        &mut self,
        listing: Resource<Listing>,
    ) -> Outcome<Option<DirectoryEntry>> {
        let listing = self.table.get_mut(&listing)?;
        let Some(name) = self.files.next_name(&listing.path, &listing.last) else {
            return Ok(None);
        };
        listing.last = name.to_owned();
        let path = match listing.path.as_str() {
            "" => name.to_owned(),
            directory => format!("{directory}/{name}"),
        };
        let entry = self.files.get(&path).ok_or(ErrorCode::NoEntry)?;
        Ok(Some(DirectoryEntry {
            type_: descriptor::kind(entry),
            name: name.to_owned(),
        }))
    }

    fn drop(&mut self, listing: Resource<Listing>) -> wasmtime::Result<()> {
        self.table.delete(listing)?;
        Ok(())
    }
}
