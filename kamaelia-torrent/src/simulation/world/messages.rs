//! Counts what is said on the wire.

/// Kinds of messages that are told apart: their numbers on the wire, and keep-alives at the end.
const KINDS: usize = 22;

/// Bytes of a message's length field.
const LENGTH_FIELD: usize = 4;

/// The handshake, which is no message.
const HANDSHAKE: u32 = crate::wire::HANDSHAKE_LENGTH as u32;

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
    (7, "piece"),
    (8, "cancel"),
    (9, "port"),
    (13, "suggest piece"),
    (14, "have all"),
    (15, "have none"),
    (16, "reject"),
    (17, "allowed fast"),
    (20, "extended"),
    (KINDS - 1, "keep-alive"),
];

/// Follows one side of one line from message to message.
#[derive(Clone, Debug)]
pub(in crate::simulation) struct MessageCounter {
    /// True bytes left of what has begun.
    left: u32,
}

impl Default for MessageCounter {
    fn default() -> Self {
        MessageCounter { left: HANDSHAKE }
    }
}

impl MessageCounter {
    /// Counts the messages that begin in these bytes, which stand for `omitted` more. Lengths and
    /// numbers of messages are never torn apart.
    pub(in crate::simulation) fn count(
        &mut self,
        bytes: &[u8],
        omitted: u32,
        counts: &mut MessageCounts,
    ) -> u64 {
        if omitted > 0 {
            // A block: nothing else is told in short.
            self.left = self.left.saturating_sub(bytes.len() as u32 + omitted);
            return 0;
        }
        let (mut rest, mut begun) = (bytes, 0);
        loop {
            let known = rest.len().min(self.left as usize);
            self.left -= known as u32;
            rest = &rest[known..];
            let Some((field, body)) = rest.split_first_chunk::<LENGTH_FIELD>() else { break };
            self.left = u32::from_be_bytes(*field);
            let kind =
                body.first().filter(|_| self.left > 0).map_or(KINDS - 1, |kind| *kind as usize);
            if let Some(count) = counts.by_kind.get_mut(kind) {
                *count += 1;
            }
            begun += 1;
            rest = body;
        }
        begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Message;

    #[test]
    fn messages_are_counted_and_blocks_are_passed_over() {
        let (mut counter, mut counts) = (MessageCounter::default(), MessageCounts::default());
        let mut bytes = vec![0; HANDSHAKE as usize];
        Message::Unchoke.encode(&mut bytes);
        Message::Have(3).encode(&mut bytes);
        bytes.extend([0; 4]);
        bytes.extend((9 + 16_384_u32).to_be_bytes());
        bytes.extend([7, 0, 0, 0, 0, 0, 0, 0, 0]);
        counter.count(&bytes, 0, &mut counts);
        // A block whose bytes look like messages, told in short.
        counter.count(&[0, 0, 0, 1, 1, 0, 0, 0], 16_376, &mut counts);
        let mut more = Vec::new();
        Message::Have(4).encode(&mut more);
        counter.count(&more, 0, &mut counts);
        let named: Vec<_> = counts.named().collect();
        assert_eq!(named, [("unchoke", 1), ("have", 2), ("piece", 1), ("keep-alive", 1)]);
    }
}
