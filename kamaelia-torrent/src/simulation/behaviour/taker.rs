//! A peer that takes everything and never gives.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;

use super::{CustomPeer, Hands, Line};
use crate::wire::{BlockName, Handshake, Message, decode_bitfield};

/// Requests that are out on one line.
const REQUESTS_MAX: usize = 32;

/// Downloads the torrent from whoever lets it, block by block in their order, and says of nothing
/// that it has it. It hangs up on who gives it something wrong.
#[derive(Debug, Default)]
pub struct Taker {
    /// Blocks that nobody was asked for yet, by piece and offset.
    lacking: BTreeSet<(u32, u32)>,
    others: BTreeMap<Line, Other>,
}

/// What it knows about one other peer.
#[derive(Debug)]
struct Other {
    pieces: FixedBitSet,
    lets_us_ask: bool,
    asked: Vec<BlockName>,
}

impl CustomPeer for Taker {
    fn on_joined(&mut self, hands: &mut Hands<'_>) {
        let layout = hands.layout();
        let blocks = layout.pieces().flat_map(|piece| layout.blocks(piece));
        self.lacking = blocks.map(|block| (block.piece().get(), block.offset())).collect();
        self.others.clear();
    }

    fn on_greeted(&mut self, line: Line, _: &Handshake, hands: &mut Hands<'_>) {
        let pieces = FixedBitSet::with_capacity(hands.layout().piece_count() as usize);
        self.others.insert(line, Other { pieces, lets_us_ask: false, asked: Vec::new() });
        hands.say(line, &Message::Interested);
    }

    fn on_message(&mut self, line: Line, message: &Message<'_>, hands: &mut Hands<'_>) {
        let Some(other) = self.others.get_mut(&line) else { return };
        match message {
            Message::Bitfield(bits) => {
                if let Ok(pieces) = decode_bitfield(bits, hands.layout().piece_count()) {
                    other.pieces = pieces;
                }
            }
            Message::Have(piece) => {
                if let Some(piece) = hands.layout().piece(*piece) {
                    other.pieces.insert(piece.as_usize());
                }
            }
            Message::Unchoke => other.lets_us_ask = true,
            Message::Choke => {
                other.lets_us_ask = false;
                self.take_back(line);
            }
            Message::Piece { block, data } => {
                other.asked.retain(|asked| asked != block);
                if !hands.is_right(*block, data) {
                    self.lacking.insert((block.piece, block.offset));
                    hands.hang_up(line);
                    return self.forget(line);
                }
            }
            _ => {}
        }
        self.ask(line, hands);
    }

    fn on_closed(&mut self, line: Line, _: &mut Hands<'_>) {
        self.forget(line);
    }
}

impl Taker {
    fn forget(&mut self, line: Line) {
        self.take_back(line);
        self.others.remove(&line);
    }

    /// What was asked there may be asked elsewhere.
    fn take_back(&mut self, line: Line) {
        let asked = self.others.get_mut(&line).map(|other| std::mem::take(&mut other.asked));
        let asked = asked.into_iter().flatten();
        self.lacking.extend(asked.map(|block| (block.piece, block.offset)));
    }

    /// Asks for as much as may be out.
    fn ask(&mut self, line: Line, hands: &mut Hands<'_>) {
        let Some(other) = self.others.get_mut(&line).filter(|other| other.lets_us_ask) else {
            return;
        };
        while other.asked.len() < REQUESTS_MAX {
            let has = |block: &&(u32, u32)| other.pieces.contains(block.0 as usize);
            let Some((piece, offset)) = self.lacking.iter().find(has).copied() else { return };
            self.lacking.remove(&(piece, offset));
            let layout = hands.layout();
            let mut blocks = layout.piece(piece).into_iter().flat_map(|at| layout.blocks(at));
            let Some(block) = blocks.find(|block| block.offset() == offset) else { return };
            other.asked.push(block.into());
            hands.say(line, &Message::Request(block.into()));
        }
    }
}
