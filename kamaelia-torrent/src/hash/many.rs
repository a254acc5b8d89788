//! SHA-1 of many messages side by side.

use super::Sha1;

/// How many messages are worth gathering before they are hashed together. More do no harm, fewer
/// leave lanes of the processor empty.
pub fn lanes() -> usize {
    1
}

/// The SHA-1 of each of these messages, in their order. Any number of them, each of any length;
/// equal lengths are fastest.
pub fn sha1_each(messages: &[&[u8]]) -> Vec<[u8; 20]> {
    let mut lanes = Lanes::new(messages.len());
    lanes.update(messages);
    lanes.finish()
}

/// The SHA-1s of several messages that arrive in parts, side by side.
#[derive(Clone)]
pub struct Lanes(Vec<Sha1>);

impl Lanes {
    /// So many messages, with nothing in them yet.
    pub fn new(count: usize) -> Self {
        Lanes(vec![Sha1::new(); count])
    }

    /// Takes in the next bytes of each message, the first ones of the first message. How they are
    /// split makes no difference to the hashes; parts of one length, and that a multiple of 64, are
    /// fastest. A message that has ended gets an empty part.
    ///
    /// # Panics
    ///
    /// When there are not as many parts as messages.
    pub fn update(&mut self, parts: &[&[u8]]) {
        assert_eq!(parts.len(), self.0.len(), "a part for each message");
        for (hash, part) in self.0.iter_mut().zip(parts) {
            hash.update(part);
        }
    }

    /// The hash of each message, in their order.
    pub fn finish(self) -> Vec<[u8; 20]> {
        self.0.into_iter().map(Sha1::finish).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha1;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn many_messages_hash_as_each_alone(
            messages in proptest::collection::vec(
                proptest::collection::vec(any::<u8>(), 0..300), 0..40),
        ) {
            let slices: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
            let alone: Vec<_> = slices.iter().map(|message| sha1(message)).collect();
            prop_assert_eq!(sha1_each(&slices), alone);
        }
    }
}
