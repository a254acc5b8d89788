//! The files that are kept open, for all torrents together.
//!
//! Opening a file for every block would cost more than reading the block; keeping every file open
//! would use up the descriptors that connections need. So the ones used last stay open.

use super::open_file::OpenFile;
use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many files stay open unless told otherwise: half of the 64 descriptors we promise to live
/// with. Each disk thread may hold one more for as long as it uses it.
pub const OPEN_FILES_MAX: usize = 32;

/// A bounded set of open files, shared by storages.
pub struct OpenFiles {
    limit: usize,
    owners: AtomicU64,
    /// The one used last comes last. Few enough that looking through them is quick.
    entries: Mutex<Vec<Entry>>,
}

/// Whose files: storages do not see each other's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Owner(u64);

struct Entry {
    owner: Owner,
    index: usize,
    writable: bool,
    file: Arc<OpenFile>,
}

impl Default for OpenFiles {
    fn default() -> Self {
        OpenFiles::new(OPEN_FILES_MAX)
    }
}

impl OpenFiles {
    /// Keeps at most so many files open.
    pub fn new(limit: usize) -> Self {
        OpenFiles { limit, owners: AtomicU64::new(0), entries: Mutex::default() }
    }

    pub(super) fn new_owner(&self) -> Owner {
        Owner(self.owners.fetch_add(1, Ordering::Relaxed))
    }

    /// The file, if it is open, and open for writing if that is wanted.
    pub(super) fn get(&self, owner: Owner, index: usize, writable: bool) -> Option<Arc<OpenFile>> {
        let mut entries = self.entries();
        let at = entries
            .iter()
            .rposition(|entry| entry.is(owner, index) && (entry.writable || !writable))?;
        entries[at..].rotate_left(1);
        entries.last().map(|entry| Arc::clone(&entry.file))
    }

    /// Keeps this file open, instead of the one that was not used for longest.
    pub(super) fn keep(
        &self,
        owner: Owner,
        index: usize,
        writable: bool,
        file: File,
    ) -> Arc<OpenFile> {
        let file = Arc::new(OpenFile::new(file));
        let entry = Entry { owner, index, writable, file: Arc::clone(&file) };
        // Closing can take as long as a disk does, so it happens after the lock is given back.
        let _closed = {
            let mut entries = self.entries();
            let mut closed: Vec<Entry> =
                entries.extract_if(.., |entry| entry.is(owner, index)).collect();
            entries.push(entry);
            let over = entries.len().saturating_sub(self.limit);
            closed.extend(entries.drain(..over));
            closed
        };
        file
    }

    /// Closes all files of this owner.
    pub(super) fn forget(&self, owner: Owner) {
        let _closed: Vec<Entry> = {
            let mut entries = self.entries();
            entries.extract_if(.., |entry| entry.owner == owner).collect()
        };
    }

    /// Closes everything: someone needs descriptors more than we do.
    pub(super) fn close_all(&self) {
        let _closed = std::mem::take(&mut *self.entries());
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        // Whatever a thread did before it panicked, the list holds open files and nothing else.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is(&self, owner: Owner, index: usize) -> bool {
        self.owner == owner && self.index == index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn null() -> File {
        File::open("/dev/null").expect("every system has it")
    }

    #[test]
    fn the_file_not_used_for_longest_is_closed() {
        let files = OpenFiles::new(2);
        let owner = files.new_owner();
        files.keep(owner, 0, false, null());
        files.keep(owner, 1, false, null());
        files.get(owner, 0, false).expect("still open");
        files.keep(owner, 2, false, null());
        let open: Vec<bool> =
            (0..3).map(|index| files.get(owner, index, false).is_some()).collect();
        assert_eq!(open, [true, false, true]);
    }

    #[test]
    fn a_file_opened_for_reading_is_not_handed_out_for_writing() {
        let files = OpenFiles::new(2);
        let owner = files.new_owner();
        files.keep(owner, 0, false, null());
        assert!(files.get(owner, 0, true).is_none());
        files.keep(owner, 0, true, null());
        assert!(files.get(owner, 0, true).is_some());
        assert!(files.get(owner, 0, false).is_some());
        assert_eq!(files.entries().len(), 1);
    }

    #[test]
    fn an_owner_sees_and_closes_only_its_own() {
        let files = OpenFiles::new(4);
        let (one, other) = (files.new_owner(), files.new_owner());
        files.keep(one, 0, false, null());
        files.keep(other, 0, false, null());
        files.forget(one);
        assert!(files.get(one, 0, false).is_none());
        assert!(files.get(other, 0, false).is_some());
    }

    #[test]
    fn with_no_room_at_all_the_file_still_works() {
        let files = OpenFiles::new(0);
        let owner = files.new_owner();
        let file = files.keep(owner, 0, false, null());
        assert!(file.metadata().is_ok());
        assert!(files.get(owner, 0, false).is_none());
    }
}
