//! Counts what is said on the wire.

use crate::wire::{HANDSHAKE_LENGTH, PIECE_HEADER_LENGTH};

/// Kinds of messages that are told apart: their numbers on the wire, and keep-alives at the end.
const KINDS: usize = 22;
const KEEP_ALIVE: usize = KINDS - 1;
const PIECE: usize = 7;

/// Bytes of a message's length field.
const LENGTH_FIELD: usize = 4;

/// The handshake, which is no message.
const HANDSHAKE: u32 = HANDSHAKE_LENGTH as u32;

/// Messages by kind, and what they cost.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::simulation) struct MessageCounts {
    by_kind: [u64; KINDS],
}

impl Default for MessageCounts {
    fn default() -> Self {
        MessageCounts { by_kind: [0; KINDS] }
    }
}

impl MessageCounts {
    /// How many of each kind there were that occurred.
    pub(in crate::simulation) fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counted = NAMES.iter().map(|(kind, name)| (*name, self.by_kind[*kind]));
        counted.filter(|(_, count)| *count > 0)
    }
}

/// The kinds by number (BEP 3, 6 and 10).
const NAMES: [(usize, &str); 17] = [
    (0, "choke"),
    (1, "unchoke"),
    (2, "interested"),
    (3, "not interested"),
    (4, "have"),
    (5, "bitfield"),
    (6, "request"),
    (PIECE, "piece"),
    (8, "cancel"),
    (9, "port"),
    (13, "suggest piece"),
    (14, "have all"),
    (15, "have none"),
    (16, "reject"),
    (17, "allowed fast"),
    (20, "extended"),
    (KEEP_ALIVE, "keep-alive"),
];

/// What was said at a time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(in crate::simulation) struct Said {
    /// Messages that began.
    pub(in crate::simulation) messages: u64,
    /// Bytes of them that are no content, and of a handshake if that began.
    pub(in crate::simulation) overhead: u64,
}

/// Follows one side of one line from message to message.
#[derive(Clone, Debug)]
pub(in crate::simulation) struct MessageCounter {
    /// True bytes left of what has begun.
    left: u32,
    is_new: bool,
}

impl Default for MessageCounter {
    fn default() -> Self {
        MessageCounter { left: HANDSHAKE, is_new: true }
    }
}

impl MessageCounter {
    /// Counts the messages that begin in these bytes, of which `omitted` are left out at the end:
    /// they are of the last message. Lengths and numbers of messages are never torn apart.
    pub(in crate::simulation) fn count(
        &mut self,
        bytes: &[u8],
        omitted: u32,
        counts: &mut MessageCounts,
    ) -> Said {
        let mut said = Said::default();
        if std::mem::take(&mut self.is_new) {
            said.overhead += u64::from(HANDSHAKE);
        }
        let mut rest = bytes;
        loop {
            let known = rest.len().min(self.left as usize);
            self.left -= known as u32;
            rest = &rest[known..];
            let Some((field, body)) = rest.split_first_chunk::<LENGTH_FIELD>() else { break };
            self.left = u32::from_be_bytes(*field);
            let kind =
                body.first().filter(|_| self.left > 0).map_or(KEEP_ALIVE, |kind| *kind as usize);
            if let Some(count) = counts.by_kind.get_mut(kind) {
                *count += 1;
            }
            said.messages += 1;
            said.overhead += match kind {
                PIECE => PIECE_HEADER_LENGTH as u64,
                _ => LENGTH_FIELD as u64 + u64::from(self.left),
            };
            rest = body;
        }
        self.left = self.left.saturating_sub(omitted);
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Message;

    fn handshake() -> Vec<u8> {
        vec![0; HANDSHAKE as usize]
    }

    /// The start of a message that brings a whole block.
    fn piece() -> Vec<u8> {
        let mut bytes = (9 + 16_384_u32).to_be_bytes().to_vec();
        bytes.extend([PIECE as u8, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    fn encoded(messages: &[Message<'_>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        messages.iter().for_each(|message| message.encode(&mut bytes));
        bytes
    }

    #[test]
    fn messages_are_counted_and_blocks_are_passed_over_in_either_form() {
        let before =
            [handshake(), encoded(&[Message::Unchoke, Message::KeepAlive]), piece()].concat();
        // Its bytes look like messages.
        let (block, mark) = ([0, 0, 0, 1].repeat(4_096), [0, 0, 0, 1, 1, 0, 0, 0]);
        let whole = [(before.clone(), 0), (block, 0)];
        let abridged = [([&before[..], &mark].concat(), 16_376)];
        for parcels in [&whole[..], &abridged] {
            let (mut counter, mut counts) = (MessageCounter::default(), MessageCounts::default());
            let mut sum = Said::default();
            let last = (encoded(&[Message::Have(4)]), 0);
            for (bytes, omitted) in parcels.iter().chain([&last]) {
                let said = counter.count(bytes, *omitted, &mut counts);
                sum.messages += said.messages;
                sum.overhead += said.overhead;
            }
            let named: Vec<_> = counts.named().collect();
            assert_eq!(named, [("unchoke", 1), ("have", 1), ("piece", 1), ("keep-alive", 1)]);
            assert_eq!(sum, Said { messages: 4, overhead: 68 + 5 + 4 + 13 + 9 });
        }
    }
}
