//! A peer that announces pieces it lacks.

use fixedbitset::FixedBitSet;

use super::{CustomPeer, Hands, Line};
use crate::metainfo::Layout;
use crate::wire::{Handshake, Message, encode_bitfield};

/// Says that it has every piece and has none. Everyone it meets is unchoked, and whatever they ask
/// for is made up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Boaster;

impl CustomPeer for Boaster {
    /// To the tracker it is a seed.
    fn left(&self, _: &Layout) -> u64 {
        0
    }

    fn on_greeted(&mut self, line: Line, _: &Handshake, hands: &mut Hands<'_>) {
        let mut pieces = FixedBitSet::with_capacity(hands.layout().piece_count() as usize);
        pieces.insert_range(..);
        hands.say(line, &Message::Bitfield(&encode_bitfield(&pieces)));
        hands.say(line, &Message::Unchoke);
    }

    fn on_message(&mut self, line: Line, message: &Message<'_>, hands: &mut Hands<'_>) {
        if let Message::Request(block) = message {
            hands.give_wrong(line, *block);
        }
    }
}
