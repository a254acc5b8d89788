//! Memory of pieces that were stored, for pieces that are begun.
//!
//! Allocators give memory of this size back to the system and ask for it anew, page by page, which
//! is a twentieth of all the work of a fast download.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes kept while no piece needs them: what is stored in one go.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// Shorter memory is not kept here: allocators keep it themselves.
const LENGTH_MIN: usize = 64 * 1024;

/// Memory for pieces that nobody uses at the moment. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct SparePieces {
    /// The one used last comes last.
    buffers: Arc<Mutex<VecDeque<Vec<u8>>>>,
}

impl SparePieces {
    /// An empty buffer with room for so many bytes.
    pub(super) fn take(&self, length: usize) -> Vec<u8> {
        // Nobody wants one that is far too large: what it holds too much counts nowhere.
        let fits = |buffer: &Vec<u8>| (length..=2 * length).contains(&buffer.capacity());
        let mut buffers = self.buffers();
        let place = (length >= LENGTH_MIN).then(|| buffers.iter().rposition(fits)).flatten();
        let buffer = place.and_then(|place| buffers.remove(place));
        drop(buffers);
        buffer.unwrap_or_else(|| Vec::with_capacity(length))
    }

    /// Keeps the memory of a piece that is stored.
    pub fn put(&self, mut piece: Vec<u8>) {
        if !(LENGTH_MIN..=BYTES_MAX).contains(&piece.capacity()) {
            return;
        }
        piece.clear();
        let mut buffers = self.buffers();
        buffers.push_back(piece);
        while buffers.iter().map(Vec::capacity).sum::<usize>() > BYTES_MAX {
            buffers.pop_front();
        }
    }

    /// Gives everything back to the system: nobody downloads any more.
    pub fn clear(&self) {
        self.buffers().clear();
    }

    fn buffers(&self) -> MutexGuard<'_, VecDeque<Vec<u8>>> {
        // Whatever a thread did before it panicked, these are buffers and nothing else.
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: usize = 1 << 20;

    #[test]
    fn the_memory_of_a_stored_piece_is_used_again() {
        let spare = SparePieces::default();
        let piece = vec![7; LENGTH];
        let place = piece.as_ptr();
        spare.clone().put(piece);
        let again = spare.take(LENGTH);
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        let other = spare.take(LENGTH);
        assert_ne!(other.as_ptr(), place);
    }

    #[test]
    fn a_piece_gets_neither_too_little_memory_nor_far_too_much() {
        for kept in [LENGTH - 1, 2 * LENGTH + 1] {
            let spare = SparePieces::default();
            let piece = vec![7; kept];
            let place = piece.as_ptr();
            spare.put(piece);
            let other = spare.take(LENGTH);
            assert!(other.as_ptr() != place && other.capacity() >= LENGTH);
        }
    }

    #[test]
    fn so_many_bytes_are_kept_and_no_more() {
        let spare = SparePieces::default();
        (0..20).for_each(|_| spare.put(vec![0; LENGTH]));
        spare.put(vec![0; LENGTH_MIN - 1]);
        spare.put(vec![0; BYTES_MAX + 1]);
        assert_eq!(spare.buffers().len(), BYTES_MAX / LENGTH);
        spare.clear();
        assert_eq!(spare.buffers().len(), 0);
    }
}
