//! A torrent's bytes in memory, with faults to order.

use super::error::{Action, StorageError};
use super::{Stamp, Storage, bytes_at};
use crate::metainfo::{Layout, Span};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Files in memory: they exist, grow and can be taken away like real ones. Memory is taken as they
/// grow, up to what the torrent says they have.
pub struct MemoryStorage {
    layout: Arc<Layout>,
    state: RwLock<State>,
}

struct State {
    files: Vec<Option<Vec<u8>>>,
    /// When each file was last written to, by a clock that counts writes.
    modified: Vec<i64>,
    writes: i64,
    /// Bytes that can still be written before the disk counts as full.
    room: u64,
    reads_fail: bool,
}

impl MemoryStorage {
    /// No file exists yet.
    pub fn new(layout: Arc<Layout>) -> Self {
        let count = layout.files().len();
        let state = State {
            files: vec![None; count],
            modified: vec![0; count],
            writes: 0,
            room: u64::MAX,
            reads_fail: false,
        };
        MemoryStorage { layout, state: RwLock::new(state) }
    }

    /// From now on so many bytes can be written, new or over old ones, until the disk is full.
    pub fn set_room(&self, bytes: u64) {
        self.state_mut().room = bytes;
    }

    /// From now on reading fails, or works again.
    pub fn set_reads_fail(&self, fail: bool) {
        self.state_mut().reads_fail = fail;
    }

    /// Takes a file away (an index into [`Layout::files`]).
    ///
    /// # Panics
    ///
    /// When the layout has no such file.
    pub fn remove_file(&self, file: usize) {
        self.state_mut().files[file] = None;
    }

    /// Cuts a file short to this many bytes, if it exists and has more.
    ///
    /// # Panics
    ///
    /// When the layout has no such file.
    pub fn truncate_file(&self, file: usize, length: usize) {
        let mut state = self.state_mut();
        if let Some(bytes) = &mut state.files[file] {
            bytes.truncate(length);
            state.touch(file);
        }
    }

    fn read_span(&self, state: &State, span: Span, buffer: &mut [u8]) -> Result<(), StorageError> {
        let entry = &self.layout.files()[span.file];
        let path = || self.path(span.file);
        if entry.padding {
            buffer.fill(0);
            return Ok(());
        }
        if state.reads_fail {
            let reason = "this was ordered to fail".into();
            return Err(StorageError::Other { action: Action::Read, path: path(), reason });
        }
        let Some(file) = &state.files[span.file] else {
            return Err(StorageError::Missing { path: path() });
        };
        // It fits: a file that long would not be in memory.
        let start = span.offset as usize;
        let Some(bytes) = file.get(start..start + buffer.len()) else {
            let (length, expected) = (file.len() as u64, entry.length);
            return Err(StorageError::Truncated { path: path(), length, expected });
        };
        buffer.copy_from_slice(bytes);
        Ok(())
    }

    fn write_span(&self, state: &mut State, span: Span, bytes: &[u8]) -> Result<(), StorageError> {
        if self.layout.files()[span.file].padding {
            return Ok(());
        }
        let fits = bytes.len().min(usize::try_from(state.room).unwrap_or(usize::MAX));
        state.room -= fits as u64;
        state.touch(span.file);
        let file = state.files[span.file].get_or_insert_default();
        write(file, span.offset as usize, &bytes[..fits]);
        if fits < bytes.len() {
            let path = self.path(span.file);
            return Err(StorageError::DiskFull { action: Action::Write, path });
        }
        Ok(())
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        // Files in memory are as good after a panic elsewhere as real ones are.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for MemoryStorage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn prepare(&self) -> Result<(), StorageError> {
        let mut state = self.state_mut();
        for (file, entry) in state.files.iter_mut().zip(self.layout.files()) {
            if entry.length == 0 && !entry.padding {
                file.get_or_insert_default();
            }
        }
        Ok(())
    }

    fn stamp(&self, file: usize) -> Result<Option<Stamp>, StorageError> {
        let entry = &self.layout.files()[file];
        if entry.padding {
            return Ok(Some(Stamp { length: entry.length, modified: 0 }));
        }
        let state = self.state();
        let modified = state.modified[file];
        let stamp = |bytes: &Vec<u8>| Stamp { length: bytes.len() as u64, modified };
        Ok(state.files[file].as_ref().map(stamp))
    }

    fn read_at(&self, offset: u64, mut buffer: &mut [u8]) -> Result<(), StorageError> {
        let state = self.state();
        for span in self.layout.spans(bytes_at(offset, buffer.len())) {
            let (part, rest) = buffer.split_at_mut(span.length as usize);
            self.read_span(&state, span, part)?;
            buffer = rest;
        }
        Ok(())
    }

    fn write_at(&self, offset: u64, mut bytes: &[u8]) -> Result<(), StorageError> {
        let mut state = self.state_mut();
        for span in self.layout.spans(bytes_at(offset, bytes.len())) {
            let (part, rest) = bytes.split_at(span.length as usize);
            self.write_span(&mut state, span, part)?;
            bytes = rest;
        }
        Ok(())
    }

    fn sync(&self, _file: usize) -> Result<(), StorageError> {
        Ok(())
    }

    fn remove(&self, file: usize) -> Result<(), StorageError> {
        self.remove_file(file);
        Ok(())
    }
}

impl State {
    fn touch(&mut self, file: usize) {
        self.writes += 1;
        self.modified[file] = self.writes;
    }
}

/// Bytes of a file that were skipped over read as zeros.
fn write(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::conformance::{conformance, layout_of, stored_length};

    conformance!(&|layout| Box::new(MemoryStorage::new(layout)));

    #[test]
    fn a_full_disk_takes_what_fits_and_says_so() {
        let storage = MemoryStorage::new(Arc::new(layout_of(16, &[4, 10])));
        storage.set_room(6);
        let error = storage.write_at(0, b"abcdefgh").expect_err("two too many");
        assert!(error.is_disk_full(), "{error}");
        assert_eq!(error.to_string(), "the disk is full: cannot write 1");
        assert_eq!(stored_length(&storage, 1), Some(2));
        storage.set_room(u64::MAX);
        assert_eq!(storage.write_at(0, b"abcdefgh"), Ok(()));
    }
}
