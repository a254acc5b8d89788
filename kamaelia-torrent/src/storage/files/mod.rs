//! A torrent's bytes in real files.
//!
//! A file is made when its first byte is written and grows as far as its last one; what lies
//! between is left to the file system, which keeps holes for free where it can. Files have their
//! final names from the start. A file that is longer than the torrent says is refused, never cut.

mod place;

use super::error::{Action, StorageError};
use super::open_file::OpenFile;
use super::open_files::{OpenFiles, Owner};
use super::{Stamp, Storage, bytes_at};
use crate::metainfo::{Layout, Span};
use place::Place;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Real files, opened when needed. Their descriptors are closed when this is dropped.
pub struct FileStorage {
    layout: Arc<Layout>,
    place: Place,
    open_files: Arc<OpenFiles>,
    owner: Owner,
}

impl FileStorage {
    /// Files below `root`, which is made when needed, at the paths the layout gives them.
    ///
    /// Nothing is touched yet. A relative `root` means the working directory of this moment. Fails
    /// when a name would lead out of `root`; links below `root` are refused when they are met.
    pub fn download(
        open_files: &Arc<OpenFiles>,
        root: &Path,
        layout: Arc<Layout>,
    ) -> Result<Self, StorageError> {
        let place = Place::download(root, &layout)?;
        Ok(Self::new(open_files, place, layout))
    }

    /// Files that are seeded where they lie, in the order of the layout: read from, never written
    /// to, reached through whatever links lead to them.
    ///
    /// Nothing is touched yet. Relative paths mean the working directory of this moment.
    ///
    /// # Panics
    ///
    /// When there are not as many paths as the layout has files: both come from one list.
    pub fn in_place(
        open_files: &Arc<OpenFiles>,
        paths: Vec<PathBuf>,
        layout: Arc<Layout>,
    ) -> Result<Self, StorageError> {
        assert_eq!(paths.len(), layout.files().len(), "a path for each file");
        let place = Place::in_place(&paths)?;
        Ok(Self::new(open_files, place, layout))
    }

    fn new(open_files: &Arc<OpenFiles>, place: Place, layout: Arc<Layout>) -> Self {
        FileStorage {
            layout,
            place,
            owner: open_files.new_owner(),
            open_files: Arc::clone(open_files),
        }
    }

    /// An open file. `writable` also makes it.
    fn file(&self, file: usize, writable: bool) -> Result<Arc<OpenFile>, StorageError> {
        if let Some(open) = self.open_files.get(self.owner, file, writable) {
            return Ok(open);
        }
        let opened = self.with_descriptors(|| self.open(file, writable))?;
        self.check_length(file, &opened)?;
        Ok(self.open_files.keep(self.owner, file, writable, opened))
    }

    fn open(&self, file: usize, writable: bool) -> Result<File, StorageError> {
        self.place.open(&self.layout, file, writable)
    }

    /// Connections may have taken the descriptors we count on. Then ours are given back, and it is
    /// tried once more.
    fn with_descriptors<T>(
        &self,
        attempt: impl Fn() -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        match attempt() {
            Err(StorageError::TooManyOpen { .. }) => {
                self.open_files.close_all();
                attempt()
            }
            result => result,
        }
    }

    fn check_length(&self, file: usize, opened: &File) -> Result<(), StorageError> {
        let metadata = opened.metadata();
        let length = metadata.map_err(|error| self.error(Action::Examine, file, &error))?;
        self.place.refuse_longer(&self.layout, file, length.len())
    }

    fn read_span(&self, span: Span, buffer: &mut [u8]) -> Result<(), StorageError> {
        if self.layout.files()[span.file].padding {
            buffer.fill(0);
            return Ok(());
        }
        let file = self.file(span.file, false)?;
        file.read_exact_at(buffer, span.offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.truncated(span.file, &file),
            _ => self.error(Action::Read, span.file, &error),
        })
    }

    /// Opens no file, since that can take long.
    fn read_span_at_once(&self, span: Span, buffer: &mut [u8]) -> bool {
        if self.layout.files()[span.file].padding {
            buffer.fill(0);
            return true;
        }
        let file = self.open_files.get(self.owner, span.file, false);
        file.is_some_and(|file| file.read_at_once(span.offset, buffer))
    }

    fn write_span(&self, span: Span, bytes: &[u8]) -> Result<(), StorageError> {
        if self.layout.files()[span.file].padding {
            return Ok(());
        }
        let file = self.file(span.file, true)?;
        file.write_all_at(bytes, span.offset)
            .map_err(|error| self.error(Action::Write, span.file, &error))
    }

    fn truncated(&self, file: usize, open: &File) -> StorageError {
        StorageError::Truncated {
            path: self.path(file),
            length: open.metadata().map_or(0, |metadata| metadata.len()),
            expected: self.layout.files()[file].length,
        }
    }

    fn error(&self, action: Action, file: usize, error: &io::Error) -> StorageError {
        StorageError::from_io(action, &self.path(file), error)
    }

    /// Makes the files without bytes, once nothing is known to stand in the way of any file.
    fn prepare_download(&self) -> Result<(), StorageError> {
        let mut to_make = Vec::new();
        for (index, file) in self.layout.files().iter().enumerate() {
            if self.stamp(index)?.is_none() && file.length == 0 {
                to_make.push(index);
            }
        }
        to_make
            .into_iter()
            .try_for_each(|file| self.with_descriptors(|| self.open(file, true)).map(drop))
    }

    fn prepare_in_place(&self) -> Result<(), StorageError> {
        for (index, file) in self.layout.files().iter().enumerate() {
            if file.padding {
                continue;
            }
            let path = self.path(index);
            let length = match self.stamp(index)? {
                Some(stamp) => stamp.length,
                None => return Err(StorageError::Missing { path }),
            };
            if length != file.length {
                return Err(StorageError::Changed { path, length, expected: file.length });
            }
        }
        Ok(())
    }
}

impl Storage for FileStorage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn path(&self, file: usize) -> PathBuf {
        self.place.path(&self.layout, file)
    }

    fn prepare(&self) -> Result<(), StorageError> {
        // What is open may have been exchanged under its name since.
        self.open_files.forget(self.owner);
        match self.place {
            Place::Download { .. } => self.prepare_download(),
            Place::InPlace(_) => self.prepare_in_place(),
        }
    }

    fn stamp(&self, file: usize) -> Result<Option<Stamp>, StorageError> {
        let entry = &self.layout.files()[file];
        if entry.padding {
            return Ok(Some(Stamp { length: entry.length, modified: 0 }));
        }
        let stamp = self.with_descriptors(|| self.place.stamp(&self.layout, file))?;
        if let Some(stamp) = stamp {
            self.place.refuse_longer(&self.layout, file, stamp.length)?;
        }
        Ok(stamp)
    }

    fn read_at(&self, offset: u64, mut buffer: &mut [u8]) -> Result<(), StorageError> {
        for span in self.layout.spans(bytes_at(offset, buffer.len())) {
            // Not longer than the buffer, so it fits a usize.
            let (part, rest) = buffer.split_at_mut(span.length as usize);
            self.read_span(span, part)?;
            buffer = rest;
        }
        Ok(())
    }

    fn will_read(&self, bytes: Range<u64>) {
        for span in self.layout.spans(bytes) {
            // Whoever reads will be told what is wrong with the file.
            if !self.layout.files()[span.file].padding
                && let Ok(file) = self.file(span.file, false)
            {
                file.bring(span.offset..span.offset + span.length);
            }
        }
    }

    fn read_at_once(&self, offset: u64, mut buffer: &mut [u8]) -> bool {
        self.layout.spans(bytes_at(offset, buffer.len())).all(|span| {
            let (part, rest) = std::mem::take(&mut buffer).split_at_mut(span.length as usize);
            buffer = rest;
            self.read_span_at_once(span, part)
        })
    }

    fn write_at(&self, offset: u64, mut bytes: &[u8]) -> Result<(), StorageError> {
        for span in self.layout.spans(bytes_at(offset, bytes.len())) {
            let (part, rest) = bytes.split_at(span.length as usize);
            self.write_span(span, part)?;
            bytes = rest;
        }
        Ok(())
    }

    fn sync(&self, file: usize) -> Result<(), StorageError> {
        // Files that lie in place were never written to.
        if self.layout.files()[file].padding || matches!(self.place, Place::InPlace(_)) {
            return Ok(());
        }
        let open = self.file(file, false)?;
        open.sync_data().map_err(|error| self.error(Action::Sync, file, &error))
    }

    fn remove(&self, file: usize) -> Result<(), StorageError> {
        self.open_files.forget(self.owner);
        self.place.remove(&self.layout, file)
    }
}

impl Drop for FileStorage {
    fn drop(&mut self) {
        self.open_files.forget(self.owner);
    }
}

#[cfg(test)]
mod tests;
