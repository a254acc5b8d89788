//! Has the system bring what will be read soon, so that a disk can do it in one go.

use std::fs::File;
use std::ops::Range;

/// Brings these bytes of a file into the system's memory, where they are not there yet. Does not wait for
/// them. Where the system cannot be asked, nothing happens.
pub(super) fn bring(file: &File, bytes: Range<u64>) {
    #[cfg(target_os = "linux")]
    linux::bring(file, bytes);
    #[cfg(not(target_os = "linux"))]
    let _ = (file, bytes);
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;
    use rustix::fs::{Advice, fadvise};
    use rustix::io::{ReadWriteFlags, preadv2};
    use std::io::IoSliceMut;
    use std::num::NonZero;

    /// Bytes asked for at once. Of more than it thinks its disk likes, the system brings a part.
    const STRETCH: u64 = 512 << 10;

    pub(super) fn bring(file: &File, bytes: Range<u64>) {
        for start in bytes.clone().step_by(STRETCH as usize) {
            let length = STRETCH.min(bytes.end - start);
            // Reading on as the system does by itself ends somewhere in the beginning.
            if !is_there(file, start + length - 1) {
                // A hint: there is nothing to do if it is not taken.
                let _ = fadvise(file, start, NonZero::new(length), Advice::WillNeed);
            }
        }
    }

    /// Whether this byte can be read without the disk, as far as we can tell. It takes a fiftieth of what the
    /// system takes to find that nothing of a stretch is missing.
    fn is_there(file: &File, at: u64) -> bool {
        let mut byte = [0];
        let read = preadv2(file, &mut [IoSliceMut::new(&mut byte)], at, ReadWriteFlags::NOWAIT);
        read.is_ok()
    }
}
