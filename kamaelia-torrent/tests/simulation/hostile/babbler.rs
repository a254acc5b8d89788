//! A peer that talks nonsense.

use std::time::Duration;

use kamaelia_torrent::metainfo::InfoHash;
use kamaelia_torrent::simulation::behaviour::{CustomPeer, Hands, Line};
use kamaelia_torrent::wire::{BlockName, Handshake, Message};

/// The kinds of nonsense in [`Babbler::babble`].
const KINDS: u8 = 14;

/// Says whatever comes to its mind: half of it no message, or none that makes sense.
pub(super) struct Babbler {
    /// Told apart by their numbers: some know extensions they do not speak, and some hang up in the
    /// middle of the greeting, for they came about another torrent.
    pub(super) number: u32,
}

impl CustomPeer for Babbler {
    fn handshake(&self, plain: Handshake) -> Handshake {
        match self.number % 4 {
            0 => plain,
            1 => Handshake { info_hash: InfoHash([7; 20]), ..plain },
            _ => Handshake { reserved: [0xff; 8], ..plain },
        }
    }

    fn on_joined(&mut self, hands: &mut Hands<'_>) {
        hands.wake_after(Duration::from_secs(1));
    }

    fn on_greeted(&mut self, line: Line, _: &Handshake, hands: &mut Hands<'_>) {
        self.babble(line, hands);
    }

    fn on_message(&mut self, line: Line, message: &Message<'_>, hands: &mut Hands<'_>) {
        match message {
            Message::Request(block) if hands.chance().bool() => hands.give_wrong(line, *block),
            Message::Unchoke | Message::Interested => self.babble(line, hands),
            _ => {}
        }
    }

    fn on_woken(&mut self, hands: &mut Hands<'_>) {
        let lines: Vec<Line> = hands.lines().collect();
        for line in lines {
            self.babble(line, hands);
        }
        let pause = hands.chance().u64(200..5_000);
        hands.wake_after(Duration::from_millis(pause));
    }
}

impl Babbler {
    fn babble(&mut self, line: Line, hands: &mut Hands<'_>) {
        let block = any_block(hands);
        let piece = block.piece;
        match hands.chance().u8(..KINDS) {
            0 => hands.say(line, &Message::Unchoke),
            1 => hands.say(line, &Message::Choke),
            2 => hands.say(line, &Message::Have(piece)),
            3 => hands.say(line, &Message::HaveAll),
            4 => hands.say(line, &Message::Bitfield(&[0xff; 3])),
            5 => flood(line, hands),
            6 => hands.say(line, &Message::Cancel(block)),
            7 => hands.say(line, &Message::Reject(block)),
            8 => hands.give_wrong(line, block),
            9 => hands.say(line, &Message::AllowedFast(piece)),
            10 => hands.say(line, &Message::SuggestPiece(piece)),
            11 => hands.say(line, &Message::Extended { id: 0, payload: b"d1:md6:ut_pexi1eee" }),
            12 => hands.hang_up(line),
            _ => {
                let length = hands.chance().u64(1..200);
                let bytes = (0..length).map(|_| hands.chance().u8(..)).collect();
                hands.say_bytes(line, bytes);
            }
        }
    }
}

/// More requests than anybody would take.
fn flood(line: Line, hands: &mut Hands<'_>) {
    hands.say(line, &Message::Interested);
    for _ in 0..hands.chance().u32(1..600) {
        let block = any_block(hands);
        hands.say(line, &Message::Request(block));
    }
}

/// Mostly one that is there.
fn any_block(hands: &mut Hands<'_>) -> BlockName {
    let pieces = hands.layout().piece_count();
    let length = [16_384, 16_384, 16_384, 1, 0, 1 << 20][hands.chance().u8(..6) as usize];
    let beyond = hands.chance().u32(..8) / 7;
    let piece = hands.chance().u32(..pieces + beyond);
    BlockName { piece, offset: hands.chance().u32(..2) * 16_384, length }
}
