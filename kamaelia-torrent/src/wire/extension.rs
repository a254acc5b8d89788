//! The handshake of the extension protocol (BEP 10): as little of it as we have to say.

use crate::wire::Handshake;

/// The message that carries everything of the extension protocol, and in it the handshake.
const EXTENDED: u8 = 20;
const HANDSHAKE: u8 = 0;

/// Where the reserved bits say that the sender knows the extension protocol.
const BYTE: usize = 5;
const BIT: u8 = 0x10;

impl Handshake {
    /// The same, saying that we know the extension protocol.
    pub fn with_extensions(mut self) -> Self {
        self.reserved[BYTE] |= BIT;
        self
    }

    /// Whether the sender knows the extension protocol.
    pub fn knows_extensions(&self) -> bool {
        self.reserved[BYTE] & BIT != 0
    }
}

/// The message that says which extensions we have, none yet, and how many requests we keep
/// (`reqq`): a fast peer asks for more than that ahead if nobody tells it, and then waits for what
/// was dropped. To be sent to those who know the extension protocol.
pub fn extension_handshake(requests_max: usize) -> Vec<u8> {
    let dictionary = format!("d1:mde4:reqqi{requests_max}ee");
    let length = u32::try_from(2 + dictionary.len()).expect("a short text");
    let mut message = length.to_be_bytes().to_vec();
    message.extend([EXTENDED, HANDSHAKE]);
    message.extend(dictionary.bytes());
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{InfoHash, PeerId};

    #[test]
    fn the_handshake_names_the_limit() {
        assert_eq!(extension_handshake(2048), b"\0\0\0\x15\x14\0d1:mde4:reqqi2048ee");
    }

    #[test]
    fn the_bit_is_set_and_seen_and_no_other() {
        let plain = Handshake::new(InfoHash([0; 20]), PeerId([0; 20]));
        assert!(!plain.knows_extensions());
        assert!(plain.with_extensions().knows_extensions());
        assert_eq!(plain.with_extensions().reserved, [0, 0, 0, 0, 0, 0x10, 0, 0]);
    }
}
