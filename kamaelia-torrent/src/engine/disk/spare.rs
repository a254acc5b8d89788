//! Memory for blocks on their way from the disk to a socket, used again and again.
//!
//! One thread reads a block and another lets it go. Allocators give such memory back to the system
//! and ask for it anew, page by page, which is a quarter of all the work of seeding.

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::metainfo::BLOCK_LENGTH;

/// Buffers kept while nobody uses them: a mebibyte of blocks, about what two fast peers have
/// between disk and socket.
const SPARE_MAX: usize = 64;

/// Buffers that nobody uses at the moment. Clones share them.
#[derive(Clone, Debug)]
pub struct SpareBuffers {
    put: Sender<Vec<u8>>,
    take: Receiver<Vec<u8>>,
}

impl SpareBuffers {
    /// A buffer of this length, with anything in it. Never blocks.
    pub fn take(&self, length: usize) -> Vec<u8> {
        let mut buffer = self.take.try_recv().unwrap_or_default();
        buffer.resize(length, 0);
        buffer
    }

    /// Keeps a buffer for later if it has the size of a block and there is room. Never blocks.
    pub fn put(&self, buffer: Vec<u8>) {
        let block = BLOCK_LENGTH as usize;
        if (block..2 * block).contains(&buffer.capacity()) {
            // What is too many goes back to the system.
            let _ = self.put.try_send(buffer);
        }
    }
}

impl Default for SpareBuffers {
    fn default() -> Self {
        let (put, take) = bounded(SPARE_MAX);
        SpareBuffers { put, take }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back_and_has_the_length_that_is_asked_for() {
        let spare = SpareBuffers::default();
        let buffer = spare.take(BLOCK_LENGTH as usize);
        let place = buffer.as_ptr();
        spare.put(buffer);
        let again = spare.take(100);
        assert_eq!((again.as_ptr(), again.len()), (place, 100));
    }

    #[test]
    fn only_blocks_are_kept_and_only_so_many() {
        let spare = SpareBuffers::default();
        spare.put(vec![0; 13]);
        spare.put(vec![0; 1 << 20]);
        assert_eq!(spare.take.len(), 0);
        (0..2 * SPARE_MAX).for_each(|_| spare.put(vec![0; BLOCK_LENGTH as usize]));
        assert_eq!(spare.take.len(), SPARE_MAX);
    }
}
