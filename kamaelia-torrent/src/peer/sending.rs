//! What waits to be sent to one peer.
//!
//! Small messages are collected into one buffer; a block goes out in the buffer the disk brought it
//! in, with its header at the end of the buffer before it. Of an abridged block only the mark is
//! here, but all is counted.

use std::collections::VecDeque;

use crate::metainfo::Block;
use crate::peer::allowed_fast::Grant;
use crate::wire::{BlockForm, MARK_LENGTH, Message, PIECE_HEADER_LENGTH, piece_header};

/// A peer that lets more than this wait is not reading: most of it is small messages that it could
/// have taken at any speed, since blocks are paced.
pub(crate) const WAITING_MAX: usize = 1024 * 1024;

/// Bytes of a few small messages, which often go together.
const FEW: usize = 64;

/// What goes to the driver at a time.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Parcel {
    pub(crate) bytes: Vec<u8>,
    /// How many more there would be if blocks were whole.
    pub(crate) omitted: u32,
}

impl Parcel {
    /// Bytes that it stands for.
    fn weight(&self) -> usize {
        self.bytes.len() + self.omitted as usize
    }
}

/// Bytes on their way to one peer's socket.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    full: VecDeque<Parcel>,
    /// Messages still being collected, after everything in `full`.
    open: Vec<u8>,
    /// Bytes in `full` and `open`, those omitted included.
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
    pub(crate) fn poll(&mut self) -> Option<Parcel> {
        let parcel = match self.full.pop_front() {
            Some(parcel) => parcel,
            None if self.open.is_empty() => return None,
            None => Parcel { bytes: std::mem::take(&mut self.open), omitted: 0 },
        };
        self.here -= parcel.weight();
        self.at_driver += parcel.weight();
        Some(parcel)
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
        if self.open.is_empty() {
            self.open.reserve(FEW);
        }
        let before = self.open.len();
        message.encode(&mut self.open);
        self.here += self.open.len() - before;
    }

    pub(crate) fn add_bytes(&mut self, bytes: &[u8]) {
        self.open.extend_from_slice(bytes);
        self.here += bytes.len();
    }

    pub(super) fn add_block(&mut self, form: BlockForm, block: Block, data: Vec<u8>) {
        self.open.reserve(PIECE_HEADER_LENGTH + MARK_LENGTH);
        self.add_bytes(&piece_header(block));
        match form {
            BlockForm::Whole => {
                self.close(0);
                self.here += data.len();
                self.full.push_back(Parcel { bytes: data, omitted: 0 });
            }
            BlockForm::Abridged => {
                self.add_bytes(&data);
                self.close(form.omitted(block.length()));
            }
        }
    }

    /// What is collected goes out by itself, and stands for so many bytes more.
    fn close(&mut self, omitted: u32) {
        self.here += omitted as usize;
        let bytes = std::mem::take(&mut self.open);
        self.full.push_back(Parcel { bytes, omitted });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{FileEntry, Layout};

    fn block(length: u32) -> Block {
        let path = vec!["f".into()];
        let layout = Layout::new(1_000, vec![FileEntry { path, length: 1_000, padding: false }]);
        let layout = layout.expect("sizes of a torrent");
        layout.block(0, 0, length).expect("a block")
    }

    fn whole(bytes: impl Into<Vec<u8>>) -> Option<Parcel> {
        Some(Parcel { bytes: bytes.into(), omitted: 0 })
    }

    #[test]
    fn a_block_travels_in_its_own_buffer_behind_its_header() {
        let block = block(4);
        let data = b"data".to_vec();
        let address = data.as_ptr();

        let mut sending = Sending::default();
        sending.add(Message::Unchoke);
        sending.add_block(BlockForm::Whole, block, data);
        sending.add(Message::Choke);
        assert_eq!(sending.waiting(), 5 + 13 + 4 + 5);

        let header = [&[0, 0, 0, 1, 1][..], &piece_header(block)].concat();
        assert_eq!(sending.poll(), whole(header));
        let sent = sending.poll().expect("the block");
        assert_eq!(sent.bytes.as_ptr(), address);
        assert_eq!(Some(sent), whole(*b"data"));
        assert_eq!(sending.poll(), whole([0, 0, 0, 1, 0]));
        assert_eq!(sending.poll(), None);

        assert_eq!((sending.waiting(), sending.is_empty()), (27, true));
        sending.on_drained(5);
        assert_eq!(sending.waiting(), 5);
    }

    #[test]
    fn an_abridged_block_travels_with_its_header_and_counts_whole() {
        let block = block(1_000);
        let mut sending = Sending::default();
        sending.add(Message::Unchoke);
        sending.add_block(BlockForm::Abridged, block, b"the mark".to_vec());
        sending.add(Message::Choke);
        assert_eq!(sending.waiting(), 5 + 13 + 1_000 + 5);

        let bytes = [&[0, 0, 0, 1, 1][..], &piece_header(block), b"the mark"].concat();
        assert_eq!(sending.poll(), Some(Parcel { bytes, omitted: 992 }));
        assert_eq!(sending.poll(), whole([0, 0, 0, 1, 0]));
        assert_eq!((sending.waiting(), sending.is_empty()), (1_023, true));
    }
}
