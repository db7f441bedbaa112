//! What can be done with a file or a directory: everything that reads.

use sha2::{Digest as _, Sha256};
use wasmtime::component::Resource;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use super::generated::wasi::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, HostDescriptor,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use super::resolve::resolve;
use super::{Descriptor, Listing, Outcome, View};
use crate::files::Entry;

/// Bytes that one reading gives.
const READ: usize = 256 << 10;

type This = Resource<Descriptor>;

impl View<'_> {
    fn path(&self, this: &This) -> Outcome<&str> {
        Ok(&self.table.get(this)?.path)
    }

    fn entry(&self, path: &str) -> Outcome<&Entry> {
        Ok(self.files.get(path).ok_or(ErrorCode::NoEntry)?)
    }

    fn below(&self, this: &This, path: &str) -> Outcome<String> {
        Ok(resolve(self.files, self.path(this)?, path)?)
    }

    fn content(&self, this: &This) -> Outcome<&bytes::Bytes> {
        match self.entry(self.path(this)?)? {
            Entry::File(content) => Ok(content),
            Entry::Directory => Err(ErrorCode::IsDirectory.into()),
        }
    }

    fn stat_of(&self, path: &str) -> Outcome<DescriptorStat> {
        let entry = self.entry(path)?;
        let size = match entry {
            Entry::File(content) => content.len() as u64,
            Entry::Directory => 0,
        };
        Ok(DescriptorStat {
            type_: kind(entry),
            link_count: 1,
            size,
            data_access_timestamp: None,
            data_modification_timestamp: None,
            status_change_timestamp: None,
        })
    }

    fn hash_of(&self, path: &str) -> Outcome<MetadataHashValue> {
        self.entry(path)?;
        let digest = Sha256::digest(path.as_bytes());
        let number = |from: usize| {
            let bytes = digest.iter().skip(from).take(8);
            bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        Ok(MetadataHashValue {
            lower: number(0),
            upper: number(8),
        })
    }
}

pub(super) fn kind(entry: &Entry) -> DescriptorType {
    match entry {
        Entry::Directory => DescriptorType::Directory,
        Entry::File(_) => DescriptorType::RegularFile,
    }
}

/// The answer to everything that would change something.
fn refused<T>() -> Outcome<T> {
    Err(ErrorCode::ReadOnly.into())
}

impl HostDescriptor for View<'_> {
    fn read_via_stream(&mut self, this: This, offset: u64) -> Outcome<Resource<DynInputStream>> {
        let content = self.content(&this)?;
        let start = usize::try_from(offset).map_or(content.len(), |at| at.min(content.len()));
        let stream = MemoryInputPipe::new(content.slice(start..));
        let stream: DynInputStream = Box::new(stream);
        Ok(self.table.push(stream)?)
    }

    fn write_via_stream(&mut self, _: This, _: u64) -> Outcome<Resource<DynOutputStream>> {
        refused()
    }

    fn append_via_stream(&mut self, _: This) -> Outcome<Resource<DynOutputStream>> {
        refused()
    }

    fn advise(&mut self, _: This, _: u64, _: u64, _: Advice) -> Outcome {
        Ok(())
    }

    fn sync_data(&mut self, _: This) -> Outcome {
        Ok(())
    }

    fn get_flags(&mut self, _: This) -> Outcome<DescriptorFlags> {
        Ok(DescriptorFlags::READ)
    }

    fn get_type(&mut self, this: This) -> Outcome<DescriptorType> {
        Ok(kind(self.entry(self.path(&this)?)?))
    }

    fn set_size(&mut self, _: This, _: u64) -> Outcome {
        refused()
    }

    fn set_times(&mut self, _: This, _: NewTimestamp, _: NewTimestamp) -> Outcome {
        refused()
    }

    fn read(&mut self, this: This, length: u64, offset: u64) -> Outcome<(Vec<u8>, bool)> {
        let content = self.content(&this)?;
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|at| content.get(at..))
            .unwrap_or_default();
        let length = usize::try_from(length).map_or(READ, |length| length.min(READ));
        let taken = &rest[..length.min(rest.len())];
        Ok((taken.to_vec(), taken.len() == rest.len()))
    }

    fn write(&mut self, _: This, _: Vec<u8>, _: u64) -> Outcome<u64> {
        refused()
    }

    fn read_directory(&mut self, this: This) -> Outcome<Resource<Listing>> {
        let path = self.path(&this)?.to_owned();
        if let Entry::File(_) = self.entry(&path)? {
            return Err(ErrorCode::NotDirectory.into());
        }
        let last = String::new();
        Ok(self.table.push(Listing { path, last })?)
    }

    fn sync(&mut self, _: This) -> Outcome {
        Ok(())
    }

    fn create_directory_at(&mut self, _: This, _: String) -> Outcome {
        refused()
    }

    fn stat(&mut self, this: This) -> Outcome<DescriptorStat> {
        self.stat_of(self.path(&this)?)
    }

    fn stat_at(&mut self, this: This, _: PathFlags, path: String) -> Outcome<DescriptorStat> {
        self.stat_of(&self.below(&this, &path)?)
    }

    fn set_times_at(
        &mut self,
        _: This,
        _: PathFlags,
        _: String,
        _: NewTimestamp,
        _: NewTimestamp,
    ) -> Outcome {
        refused()
    }

    fn link_at(&mut self, _: This, _: PathFlags, _: String, _: This, _: String) -> Outcome {
        refused()
    }

    fn open_at(
        &mut self,
        this: This,
        _: PathFlags,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> Outcome<This> {
        let changing = OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE;
        let writing = DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY;
        if open.intersects(changing) || flags.intersects(writing) {
            return refused();
        }
        let slash = path.ends_with('/');
        let path = self.below(&this, &path)?;
        let entry = self.entry(&path)?;
        let directory = slash || open.contains(OpenFlags::DIRECTORY);
        if directory && *entry != Entry::Directory {
            return Err(ErrorCode::NotDirectory.into());
        }
        Ok(self.table.push(Descriptor { path })?)
    }

    fn readlink_at(&mut self, this: This, path: String) -> Outcome<String> {
        self.entry(&self.below(&this, &path)?)?;
        Err(ErrorCode::Invalid.into())
    }

    fn remove_directory_at(&mut self, _: This, _: String) -> Outcome {
        refused()
    }

    fn rename_at(&mut self, _: This, _: String, _: This, _: String) -> Outcome {
        refused()
    }

    fn symlink_at(&mut self, _: This, _: String, _: String) -> Outcome {
        refused()
    }

    fn unlink_file_at(&mut self, _: This, _: String) -> Outcome {
        refused()
    }

    fn is_same_object(&mut self, this: This, other: This) -> wasmtime::Result<bool> {
        Ok(self.table.get(&this)?.path == self.table.get(&other)?.path)
    }

    fn metadata_hash(&mut self, this: This) -> Outcome<MetadataHashValue> {
        self.hash_of(self.path(&this)?)
    }

    fn metadata_hash_at(
        &mut self,
        this: This,
        _: PathFlags,
        path: String,
    ) -> Outcome<MetadataHashValue> {
        self.hash_of(&self.below(&this, &path)?)
    }

    fn drop(&mut self, this: This) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}
