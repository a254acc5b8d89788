//! An imaginary wire: bytes in order, and the time of those that abridged blocks omit.

use std::collections::VecDeque;

/// One direction of a link.
#[derive(Default)]
pub(crate) struct Pipe {
    /// What was sent, and how many bytes after it are omitted: they take their time all the same.
    parcels: VecDeque<(VecDeque<u8>, usize)>,
    length: usize,
}

impl Pipe {
    pub(crate) fn send(&mut self, bytes: Vec<u8>, omitted: u32) {
        self.length += bytes.len() + omitted as usize;
        self.parcels.push_back((bytes.into(), omitted as usize));
    }

    /// Bytes on their way, omitted ones included.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Moves up to `count` bytes.
    pub(crate) fn carry(&mut self, count: usize) -> Vec<u8> {
        let mut left = count.min(self.length);
        self.length -= left;
        let mut moved = Vec::new();
        while left > 0 {
            let (bytes, omitted) = self.parcels.front_mut().expect("there are so many");
            let here = left.min(bytes.len());
            moved.extend(bytes.drain(..here));
            let passed = (left - here).min(*omitted);
            *omitted -= passed;
            left -= here + passed;
            if bytes.is_empty() && *omitted == 0 {
                self.parcels.pop_front();
            }
        }
        moved
    }
}
