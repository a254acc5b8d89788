//! What waits to be sent.

use std::collections::VecDeque;

/// Empty rings kept for the next that need one.
const SPARE_MAX: usize = 4_096;
/// A ring that has grown longer is not kept.
const RING_MOST: usize = 64;

/// Bytes of which a receiver hears when the last has arrived.
struct Chunk {
    bytes: Vec<u8>,
    /// How many bytes it is on the wire.
    length: u32,
}

/// The chunks of one flow, first to last. With none it holds no memory.
#[derive(Default)]
pub(super) struct Backlog {
    chunks: VecDeque<Chunk>,
    /// How much of the first is not sent yet. It is here, so that one looks at a chunk only when it
    /// is sent.
    first_left: u32,
}

/// Room for chunks that no flow needs now.
#[derive(Default)]
pub(super) struct Rings {
    spare: Vec<VecDeque<Chunk>>,
}

impl Backlog {
    pub(super) fn push(&mut self, bytes: Vec<u8>, length: u32, rings: &mut Rings) {
        if self.chunks.is_empty() {
            self.chunks = rings.spare.pop().unwrap_or_default();
            self.first_left = length;
        }
        self.chunks.push_back(Chunk { bytes, length });
    }

    /// Sends from the first chunk, at most so much, and says how much it was; with the chunk if this
    /// was the end of it. The backlog must not be empty.
    pub(super) fn send(&mut self, most: u32, rings: &mut Rings) -> (u32, Option<Vec<u8>>) {
        let left = self.first_left;
        if most < left {
            self.first_left -= most;
            return (most, None);
        }
        let chunk = self.chunks.pop_front().expect("what is sent has waited");
        match self.chunks.front() {
            Some(next) => self.first_left = next.length,
            None => self.clear(rings),
        }
        (left, Some(chunk.bytes))
    }

    /// Forgets all that waits.
    pub(super) fn clear(&mut self, rings: &mut Rings) {
        let mut ring = std::mem::take(&mut self.chunks);
        ring.clear();
        if (1..=RING_MOST).contains(&ring.capacity()) && rings.spare.len() < SPARE_MAX {
            rings.spare.push(ring);
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.chunks.capacity()
    }
}
