//! Which streams are taken in together, and by which kernel.
//!
//! Those with most left go first, for a bounded number of blocks, and are then compared again. So
//! streams of any lengths end as nearly together as they can, and lanes stay in use until the end.

use super::kernel::{Kernel, Stream, fastest};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Blocks taken in before it is looked again who has most left: 16 KiB, against which the looking
/// costs nothing.
const STEPS_MAX: usize = 256;

/// Takes in all blocks of all streams with these kernels.
pub(super) fn take_in<'a>(kernels: &[Kernel], streams: impl IntoIterator<Item = Stream<'a>>) {
    let streams = streams.into_iter().filter(|stream| !stream.blocks.is_empty());
    let mut waiting: BinaryHeap<Longest<'_>> = streams.map(Longest).collect();
    let mut taken = Vec::new();
    while !waiting.is_empty() {
        let kernel = fastest(kernels, waiting.len());
        taken.extend((0..kernel.lanes).map_while(|_| waiting.pop()).map(|Longest(stream)| stream));
        let shortest = taken.last().map_or(0, |stream| stream.blocks.len());
        let steps = if waiting.is_empty() { shortest } else { shortest.min(STEPS_MAX) };
        (kernel.run)(&mut taken, steps);
        for Stream { state, blocks } in taken.drain(..) {
            let blocks = &blocks[steps..];
            if !blocks.is_empty() {
                waiting.push(Longest(Stream { state, blocks }));
            }
        }
    }
}

/// A stream, compared with others by how much of it is left.
struct Longest<'a>(Stream<'a>);

impl Ord for Longest<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.blocks.len().cmp(&other.0.blocks.len())
    }
}

impl PartialOrd for Longest<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Longest<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Longest<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::kernel::{Block, INITIAL, PLAIN, State, kernels};
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn messages(blocks: &[usize], seed: u64) -> Vec<Vec<Block>> {
        let mut chance = fastrand::Rng::with_seed(seed);
        let mut block = || std::array::from_fn(|_| chance.u8(..));
        blocks.iter().map(|count| (0..*count).map(|_| block()).collect()).collect()
    }

    fn hashed(kernels: &[Kernel], messages: &[Vec<Block>]) -> Vec<State> {
        let mut states = vec![INITIAL; messages.len()];
        let streams = states.iter_mut().zip(messages);
        take_in(kernels, streams.map(|(state, blocks)| Stream { state, blocks }));
        states
    }

    proptest! {
        #[test]
        fn every_kernel_of_this_processor_agrees_with_the_plain_one(
            lengths in vec(0_usize..9, 0..40), seed: u64,
        ) {
            let messages = messages(&lengths, seed);
            let expected = hashed(&[PLAIN], &messages);
            for kernel in kernels() {
                let alone = std::slice::from_ref(kernel);
                prop_assert_eq!(&hashed(alone, &messages), &expected, "{}", kernel.name);
            }
            prop_assert_eq!(hashed(kernels(), &messages), expected);
        }
    }

    #[test]
    fn long_streams_of_any_lengths_are_taken_in_to_their_ends() {
        let lengths = [0, 1, STEPS_MAX - 1, STEPS_MAX, STEPS_MAX + 1, 3 * STEPS_MAX];
        let messages = messages(&lengths.repeat(4), 1);
        assert_eq!(hashed(kernels(), &messages), hashed(&[PLAIN], &messages));
    }

    #[test]
    fn the_kernel_is_chosen_by_how_many_lanes_come_into_use() {
        let kernel = |name, lanes, speed| Kernel { name, lanes, speed, ..PLAIN };
        let kernels = [kernel("one", 1, 2.0), kernel("four", 4, 5.0), kernel("sixteen", 16, 12.0)];
        let chosen = [1, 2, 3, 4, 6, 7, 16, 99].map(|count| fastest(&kernels, count).name);
        let expected = ["one", "four", "four", "four", "four", "sixteen", "sixteen", "sixteen"];
        assert_eq!(chosen, expected);
    }
}
