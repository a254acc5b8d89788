//! What waits to be sent to one peer.
//!
//! Small messages are collected into one buffer; a block goes out in the buffer the disk brought it
//! in, with its header at the end of the buffer before it.

use std::collections::VecDeque;

use crate::metainfo::Block;
use crate::peer::allowed_fast::Grant;
use crate::wire::{Message, piece_header};

/// A peer that lets more than this wait is not reading: most of it is small messages that it could
/// have taken at any speed, since blocks are paced.
pub(crate) const WAITING_MAX: usize = 1024 * 1024;

/// Bytes on their way to one peer's socket.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    full: VecDeque<Vec<u8>>,
    /// Messages still being collected, after everything in `full`.
    open: Vec<u8>,
    /// Bytes in `full` and `open`.
    here: usize,
    /// Bytes the driver holds and the socket has not taken.
    at_driver: usize,
    /// They expect an answer to each request (BEP 6).
    rejects: bool,
}

impl Sending {
    /// Bytes the peer has not been able to take yet, here and at the driver.
    pub(crate) fn waiting(&self) -> usize {
        self.here + self.at_driver
    }

    /// Whether there is something to hand to the driver.
    pub(crate) fn is_empty(&self) -> bool {
        self.here == 0
    }

    /// Lets go of what waits here: it has been sent in another way.
    pub(crate) fn forget(&mut self) {
        *self = Sending { at_driver: self.at_driver, ..Sending::default() };
    }

    /// The driver's own count of what it holds.
    pub(crate) fn on_drained(&mut self, at_driver: usize) {
        self.at_driver = at_driver;
    }

    /// The next buffer for the driver.
    pub(crate) fn poll(&mut self) -> Option<Vec<u8>> {
        let bytes = match self.full.pop_front() {
            Some(bytes) => bytes,
            None if self.open.is_empty() => return None,
            None => std::mem::take(&mut self.open),
        };
        self.here -= bytes.len();
        self.at_driver += bytes.len();
        Some(bytes)
    }

    /// Whether they are to hear of requests that we do not answer with a block.
    pub(super) fn tell_rejects(&mut self, rejects: bool) {
        self.rejects = rejects;
    }

    /// A request will not be answered with its block.
    pub(super) fn add_reject(&mut self, block: Block) {
        if self.rejects {
            self.add(Message::Reject(block.into()));
        }
    }

    /// They may ask for these pieces at once.
    pub(super) fn add_grant(&mut self, grant: &Grant) {
        for piece in grant.pieces() {
            self.add(Message::AllowedFast(piece.get()));
        }
    }

    pub(crate) fn add(&mut self, message: Message<'_>) {
        let before = self.open.len();
        message.encode(&mut self.open);
        self.here += self.open.len() - before;
    }

    pub(crate) fn add_bytes(&mut self, bytes: &[u8]) {
        self.open.extend_from_slice(bytes);
        self.here += bytes.len();
    }

    pub(super) fn add_block(&mut self, block: Block, data: Vec<u8>) {
        self.add_bytes(&piece_header(block));
        self.here += data.len();
        self.full.push_back(std::mem::take(&mut self.open));
        self.full.push_back(data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{FileEntry, Layout};

    #[test]
    fn a_block_travels_in_its_own_buffer_behind_its_header() {
        let path = vec!["f".into()];
        let layout = Layout::new(16, vec![FileEntry { path, length: 16, padding: false }]);
        let layout = layout.expect("sizes of a torrent");
        let block = layout.block(0, 0, 4).expect("a block");
        let data = b"data".to_vec();
        let address = data.as_ptr();

        let mut sending = Sending::default();
        sending.add(Message::Unchoke);
        sending.add_block(block, data);
        sending.add(Message::Choke);
        assert_eq!(sending.waiting(), 5 + 13 + 4 + 5);

        let header = [&[0, 0, 0, 1, 1][..], &piece_header(block)].concat();
        assert_eq!(sending.poll(), Some(header));
        let sent = sending.poll().expect("the block");
        assert_eq!((sent.as_ptr(), &sent[..]), (address, &b"data"[..]));
        assert_eq!(sending.poll(), Some(vec![0, 0, 0, 1, 0]));
        assert_eq!(sending.poll(), None);

        assert_eq!((sending.waiting(), sending.is_empty()), (27, true));
        sending.on_drained(5);
        assert_eq!(sending.waiting(), 5);
    }
}
