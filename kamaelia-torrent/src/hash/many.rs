//! SHA-1 of many messages side by side.

use super::kernel::{BLOCK_LENGTH, Block, INITIAL, Kernel, State, Stream, fastest, kernels};
use super::schedule::take_in;
use std::slice;

/// How many messages are worth gathering before they are hashed together. More do no harm; fewer
/// leave lanes of the processor empty, and cost more time each.
pub fn lanes() -> usize {
    fastest(kernels(), usize::MAX).lanes
}

/// The SHA-1 of each of these messages, in their order. Any number of them, each of any length;
/// equal lengths are fastest.
pub fn sha1_each(messages: &[&[u8]]) -> Vec<[u8; 20]> {
    hash(Lanes::new(messages.len()), messages)
}

fn hash(mut lanes: Lanes, messages: &[&[u8]]) -> Vec<[u8; 20]> {
    lanes.update(messages);
    lanes.finish()
}

/// One of the ways this processor has to hash several messages at once, for whoever compares them;
/// everybody else is best served by [`sha1_each`].
#[derive(Clone, Copy)]
pub struct Way(&'static Kernel);

impl Way {
    /// All there are here.
    pub fn all() -> impl Iterator<Item = Way> {
        kernels().iter().map(Way)
    }

    /// In a few words.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Messages it takes at once.
    pub fn lanes(self) -> usize {
        self.0.lanes
    }

    /// The same as [`sha1_each`], in this way only.
    pub fn sha1_each(self, messages: &[&[u8]]) -> Vec<[u8; 20]> {
        let kernels = slice::from_ref(self.0);
        hash(Lanes { kernels, ..Lanes::new(messages.len()) }, messages)
    }
}

/// The SHA-1s of several messages that arrive in parts, side by side.
#[derive(Clone)]
pub struct Lanes {
    lanes: Vec<Lane>,
    kernels: &'static [Kernel],
}

impl Lanes {
    /// So many messages, with nothing in them yet.
    pub fn new(count: usize) -> Self {
        Lanes { lanes: vec![Lane::default(); count], kernels: kernels() }
    }

    /// Takes in the next bytes of each message, the first ones of the first message. How they are
    /// split makes no difference to the hashes; parts of one length, and that a multiple of 64, are
    /// fastest. A message that has ended gets an empty part.
    ///
    /// # Panics
    ///
    /// When there are not as many parts as messages.
    pub fn update(&mut self, parts: &[&[u8]]) {
        assert_eq!(parts.len(), self.lanes.len(), "a part for each message");
        let mut parts = parts.to_vec();
        let lanes = self.lanes.iter_mut().zip(&mut parts);
        take_in(self.kernels, lanes.filter_map(|(lane, part)| lane.complete(part)));
        let lanes = self.lanes.iter_mut().zip(&mut parts);
        take_in(self.kernels, lanes.map(|(lane, part)| lane.whole_blocks(part)));
        self.lanes.iter_mut().zip(parts).for_each(|(lane, part)| lane.begin(part));
    }

    /// The hash of each message, in their order.
    pub fn finish(mut self) -> Vec<[u8; 20]> {
        let ends: Vec<_> = self.lanes.iter().map(Lane::end).collect();
        let lanes = self.lanes.iter_mut().zip(&ends);
        take_in(
            self.kernels,
            lanes.map(|(lane, end)| Stream { state: &mut lane.state, blocks: end }),
        );
        self.lanes.into_iter().map(Lane::hash).collect()
    }
}

/// One message.
#[derive(Clone)]
struct Lane {
    state: State,
    /// Bytes that do not make up a block yet: as many as [`Lane::begun`] says.
    block: Block,
    /// Bytes that came in so far.
    length: u64,
}

impl Default for Lane {
    fn default() -> Self {
        Lane { state: INITIAL, block: [0; BLOCK_LENGTH], length: 0 }
    }
}

impl Lane {
    /// How many bytes of the next block there are.
    fn begun(&self) -> usize {
        (self.length % BLOCK_LENGTH as u64) as usize
    }

    /// Fills up the block that was begun, from the front of what came in. `None` if there is none, or
    /// it does not become whole.
    fn complete(&mut self, part: &mut &[u8]) -> Option<Stream<'_>> {
        let begun = self.begun();
        if begun == 0 || begun + part.len() < BLOCK_LENGTH {
            return None;
        }
        let (missing, rest) = part.split_at(BLOCK_LENGTH - begun);
        *part = rest;
        self.begin(missing);
        Some(Stream { state: &mut self.state, blocks: slice::from_ref(&self.block) })
    }

    /// Takes whole blocks from the front of what came in. Nothing is taken where a block is begun:
    /// then the part did not even fill that one.
    fn whole_blocks<'a, 'p: 'a>(&'a mut self, part: &mut &'p [u8]) -> Stream<'a> {
        let (blocks, rest) = part.as_chunks();
        if self.begun() > 0 {
            return Stream { state: &mut self.state, blocks: &[] };
        }
        *part = rest;
        self.length += blocks.as_flattened().len() as u64;
        Stream { state: &mut self.state, blocks }
    }

    /// Keeps bytes that end within the next block.
    fn begin(&mut self, part: &[u8]) {
        let begun = self.begun();
        self.block[begun..][..part.len()].copy_from_slice(part);
        self.length += part.len() as u64;
    }

    /// What the standard has every message end with: the bytes of the last block, one bit, zeros,
    /// and the length in bits.
    fn end(&self) -> Vec<Block> {
        let mut end = self.block[..self.begun()].to_vec();
        end.push(0x80);
        let blocks = (end.len() + 8).div_ceil(BLOCK_LENGTH);
        end.resize(blocks * BLOCK_LENGTH - 8, 0);
        end.extend((self.length * 8).to_be_bytes());
        end.as_chunks().0.to_vec()
    }

    fn hash(self) -> [u8; 20] {
        let mut hash = [0; 20];
        for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(self.state) {
            *bytes = word.to_be_bytes();
        }
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// By somebody else, without any of our code.
    fn expected(message: &[u8]) -> [u8; 20] {
        sha1_smol::Sha1::from(message).digest().bytes()
    }

    fn bytes(length: usize, seed: u64) -> Vec<u8> {
        let mut chance = fastrand::Rng::with_seed(seed);
        (0..length).map(|_| chance.u8(..)).collect()
    }

    proptest! {
        #[test]
        fn any_number_of_messages_of_any_lengths_hash_as_each_alone(
            lengths in vec(0_usize..300, 0..40), seed: u64,
        ) {
            let messages: Vec<_> = lengths.iter().map(|length| bytes(*length, seed)).collect();
            let slices: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
            let alone: Vec<_> = slices.iter().map(|message| expected(message)).collect();
            prop_assert_eq!(&sha1_each(&slices), &alone);
            for way in Way::all() {
                prop_assert_eq!(&way.sha1_each(&slices), &alone, "{}", way.name());
            }
        }

        #[test]
        fn how_messages_are_split_makes_no_difference(
            parts in vec(vec(0_usize..150, 20), 0..6), seed: u64,
        ) {
            let mut messages = vec![Vec::new(); 20];
            let mut lanes = Lanes::new(20);
            for lengths in &parts {
                let parts: Vec<_> = lengths.iter().map(|length| bytes(*length, seed)).collect();
                lanes.update(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
                messages.iter_mut().zip(&parts).for_each(|(message, part)| message.extend(part));
            }
            let alone: Vec<_> = messages.iter().map(|message| expected(message)).collect();
            prop_assert_eq!(lanes.finish(), alone);
        }
    }

    #[test]
    fn every_length_up_to_three_blocks_ends_as_the_standard_says() {
        let message = bytes(3 * BLOCK_LENGTH, 1);
        let messages: Vec<&[u8]> = (0..=message.len()).map(|length| &message[..length]).collect();
        let alone: Vec<_> = messages.iter().map(|message| expected(message)).collect();
        assert_eq!(sha1_each(&messages), alone);
    }
}
