//! An open file, and what can be had of it without waiting for a disk.

use std::fs::File;
use std::ops::{Deref, Range};

/// Bytes brought at once. Of more than it thinks its disk likes, the system brings a part.
const STRETCH: u64 = 512 << 10;

/// A file that is open, with what is known of where it lies.
pub(super) struct OpenFile {
    file: File,
    /// Its file system is in memory altogether.
    in_memory: bool,
}

impl OpenFile {
    pub(super) fn new(file: File) -> Self {
        OpenFile { in_memory: system::is_in_memory(&file), file }
    }

    /// Fills the whole buffer from `offset` on if the system has those bytes in memory. False if it
    /// has not, cannot say or fails; then there is anything in the buffer.
    pub(super) fn read_at_once(&self, offset: u64, buffer: &mut [u8]) -> bool {
        system::read_at_once(&self.file, self.in_memory, offset, buffer)
    }

    /// Has the system bring these bytes into memory, where they are not there yet. Does not wait for
    /// them; where the system cannot be asked, nothing happens.
    pub(super) fn bring(&self, bytes: Range<u64>) {
        for start in bytes.clone().step_by(STRETCH as usize) {
            let end = bytes.end.min(start + STRETCH);
            // Of a stretch the beginning may be there, since the system reads on by itself. To have it
            // find that all of it is there would take twenty times as long.
            if !self.read_at_once(end - 1, &mut [0]) {
                system::bring(&self.file, start, end - start);
            }
        }
    }
}

impl Deref for OpenFile {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::io::IoSliceMut;
    use std::num::NonZero;
    use std::os::unix::fs::FileExt;

    use rustix::fs::{Advice, fadvise, fstatfs};
    use rustix::io::{ReadWriteFlags, preadv2};

    /// What the kernel calls `TMPFS_MAGIC` and `RAMFS_MAGIC`.
    const IN_MEMORY: [u32; 2] = [0x0102_1994, 0x8584_58f6];

    pub(super) fn is_in_memory(file: &File) -> bool {
        // The number has 32 bits, in a type that differs between processors.
        fstatfs(file).is_ok_and(|system| IN_MEMORY.contains(&(system.f_type as u32)))
    }

    /// File systems in memory do not know the flag that asks not to wait, and need none: only what was
    /// swapped out takes time there, as all memory does.
    pub(super) fn read_at_once(file: &File, in_memory: bool, at: u64, buffer: &mut [u8]) -> bool {
        if in_memory {
            return file.read_exact_at(buffer, at).is_ok();
        }
        let length = buffer.len();
        let read = preadv2(file, &mut [IoSliceMut::new(buffer)], at, ReadWriteFlags::NOWAIT);
        read.is_ok_and(|read| read == length)
    }

    pub(super) fn bring(file: &File, at: u64, length: u64) {
        // Who reads will be told what is wrong with the file.
        let _ = fadvise(file, at, NonZero::new(length), Advice::WillNeed);
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::fs::File;

    /// Nobody asks.
    pub(super) fn is_in_memory(_file: &File) -> bool {
        false
    }

    /// There is no way to ask for what is in memory only.
    pub(super) fn read_at_once(_: &File, _: bool, _at: u64, _buffer: &mut [u8]) -> bool {
        false
    }

    pub(super) fn bring(_: &File, _at: u64, _length: u64) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_was_just_written_is_there_at_once_or_nobody_can_say() {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(b"some bytes").expect("room");
        let file = OpenFile::new(file);
        let mut buffer = [0; 5];
        if file.read_at_once(5, &mut buffer) {
            assert_eq!(&buffer, b"bytes");
        }
    }

    #[test]
    fn nothing_is_read_at_once_beyond_the_end() {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(b"some bytes").expect("room");
        let file = OpenFile::new(file);
        assert!(!file.read_at_once(6, &mut [0; 5]));
        assert!(!file.read_at_once(10, &mut [0; 1]));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_system_in_memory_is_known_and_read_from() {
        let Ok(mut file) = tempfile::tempfile_in("/dev/shm") else { return };
        file.write_all(b"some bytes").expect("room");
        let file = OpenFile::new(file);
        let mut buffer = [0; 4];
        if file.in_memory {
            assert!(file.read_at_once(0, &mut buffer));
            assert_eq!(&buffer, b"some");
        }
    }
}
