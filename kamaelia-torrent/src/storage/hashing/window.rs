//! The hashes of several pieces side by side, as they are read.

use crate::hash::{Lanes, lanes};
use crate::metainfo::Layout;
use crate::storage::{Storage, StorageError};
use std::ops::{ControlFlow, Range};

/// Bytes read before they are hashed: what a core's second cache holds, so that hashing finds there
/// what reading has just put there. Larger buffers are read and hashed from memory, at half the speed.
pub(super) const BUFFER_LENGTH: usize = 1 << 20;

/// Lanes whose bytes lie a power of two apart share the same few places of the first cache. These
/// bytes more keep them apart.
const STAGGER: usize = 192;

/// Bytes of each piece that the disk is asked for ahead. Side by side means a slice of one piece, then one
/// of the next: on a disk that turns that would be a seek for each. Asked beforehand for so much of
/// each piece in the order in which they lie, it reads long stretches, and slices come from memory.
const AHEAD: u64 = 2 << 20;

/// Called after each read with the number of bytes; what it answers ends the work or lets it go on.
pub(super) type AfterRead<'a> = &'a mut dyn FnMut(u64) -> ControlFlow<()>;

/// A piece's hash, or why its bytes are not there.
pub(super) type Hashed = Result<[u8; 20], StorageError>;

/// Where pieces are hashed: a buffer with a place for a slice of each.
pub(super) struct Window<'a> {
    storage: &'a dyn Storage,
    buffer: Vec<u8>,
    /// Bytes of a piece that are read at once: all of a small one.
    slice: usize,
    /// From the place of one piece to that of the next.
    stride: usize,
}

/// How many pieces are hashed side by side: a buffer full of small ones, and at least as many as keep
/// the processor busy.
pub(super) fn pieces_at_once(layout: &Layout) -> usize {
    lanes().max(BUFFER_LENGTH / layout.piece_length() as usize)
}

impl<'a> Window<'a> {
    pub(super) fn new(storage: &'a dyn Storage) -> Self {
        let layout = storage.layout();
        let (piece, pieces) = (layout.piece_length() as usize, pieces_at_once(layout));
        let (slice, stride) = match piece * pieces <= BUFFER_LENGTH {
            // Without gaps, neighbours can be read at once.
            true => (piece, piece),
            false => {
                let slice = (BUFFER_LENGTH / pieces).next_multiple_of(64);
                (slice, slice + STAGGER)
            }
        };
        let pieces = pieces.min(layout.piece_count() as usize);
        Window { storage, buffer: vec![0; pieces * stride], slice, stride }
    }

    /// The hashes of these pieces, at most [`pieces_at_once`] of them. A piece whose bytes are not
    /// there does no harm to the others; what else goes wrong ends it all.
    pub(super) fn hash(
        &mut self,
        pieces: &[u32],
        after_read: AfterRead<'_>,
    ) -> Result<ControlFlow<(), Vec<Hashed>>, StorageError> {
        let layout = self.storage.layout();
        let mut absent = vec![None; pieces.len()];
        let mut hashes = Lanes::new(pieces.len());
        let mut whole: Vec<_> = pieces.iter().map(|piece| bytes_of(layout, *piece)).collect();
        let length = whole.iter().map(|bytes| bytes.end - bytes.start).max().unwrap_or(0);
        for from in (0..length).step_by(self.slice) {
            self.ask_ahead(&whole, from);
            let slices = slices(&whole, from, self.slice as u64);
            self.read(&slices, &mut absent)?;
            for (bytes, _) in whole.iter_mut().zip(&absent).filter(|(_, absent)| absent.is_some()) {
                bytes.end = bytes.start;
            }
            let places = self.buffer.chunks(self.stride).zip(&slices);
            let parts: Vec<_> = places.map(|(place, slice)| &place[..length_of(slice)]).collect();
            hashes.update(&parts);
            let read = parts.iter().map(|part| part.len() as u64).sum();
            if after_read(read).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let hashes = hashes.finish().into_iter().zip(absent);
        let hashed = hashes.map(|(hash, absent)| absent.map_or(Ok(hash), Err));
        Ok(ControlFlow::Continue(hashed.collect()))
    }

    /// Has the next stretch of each piece brought, where one begins.
    fn ask_ahead(&self, pieces: &[Range<u64>], from: u64) {
        // Pieces read as a whole lie one after the other, which disks are good at.
        let begins = from.is_multiple_of(AHEAD.next_multiple_of(self.slice as u64));
        if self.slice < self.stride && begins {
            for stretch in slices(pieces, from, AHEAD) {
                self.storage.will_read(stretch);
            }
        }
    }

    /// Reads slices into their places, and notes which are not there.
    fn read(
        &mut self,
        slices: &[Range<u64>],
        absent: &mut [Option<StorageError>],
    ) -> Result<(), StorageError> {
        let gapless = self.slice == self.stride;
        let mut place = 0;
        for run in slices.chunk_by(|one, next| gapless && one.end == next.start) {
            match self.read_run(place, run) {
                Err(error) if error.is_absence() => self.read_each(place, run, absent)?,
                result => result?,
            }
            place += run.len();
        }
        Ok(())
    }

    /// Reads slices one by one: some are not there, and those beside them may be.
    fn read_each(
        &mut self,
        place: usize,
        run: &[Range<u64>],
        absent: &mut [Option<StorageError>],
    ) -> Result<(), StorageError> {
        for (place, slice) in (place..).zip(run) {
            match self.read_run(place, std::slice::from_ref(slice)) {
                Err(error) if error.is_absence() => absent[place] = Some(error),
                result => result?,
            }
        }
        Ok(())
    }

    /// Reads slices that lie one after the other.
    fn read_run(&mut self, place: usize, run: &[Range<u64>]) -> Result<(), StorageError> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return Ok(()) };
        let bytes = first.start..last.end;
        let buffer = &mut self.buffer[place * self.stride..][..length_of(&bytes)];
        if buffer.is_empty() { Ok(()) } else { self.storage.read_at(bytes.start, buffer) }
    }
}

/// The same part of each of these stretches, as far as each reaches.
fn slices(stretches: &[Range<u64>], from: u64, length: u64) -> Vec<Range<u64>> {
    let within = |bytes: &Range<u64>, at: u64| bytes.end.min(bytes.start.saturating_add(at));
    let slice = |bytes| within(bytes, from)..within(bytes, from.saturating_add(length));
    stretches.iter().map(slice).collect()
}

/// Bytes of a slice, which is not longer than the buffer.
fn length_of(slice: &Range<u64>) -> usize {
    (slice.end - slice.start) as usize
}

/// Where a piece lies.
pub(in crate::storage) fn bytes_of(layout: &Layout, piece: u32) -> Range<u64> {
    let piece_length = u64::from(layout.piece_length());
    let start = u64::from(piece) * piece_length;
    start..layout.total_length().min(start + piece_length)
}
