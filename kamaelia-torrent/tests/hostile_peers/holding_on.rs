//! Those who hold what others could use: slots, connections, what is read for them.

use std::time::Duration;

use kamaelia_torrent::wire::{BlockName, Message};
use log::Level::Debug;

use crate::case::{Case, End::*, Role::*};
use crate::script::{Script, encoded};
use crate::stage::PIECES;

const BLOCK: u32 = 16 << 10;
const MOST: [u8; 8] = [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0];

fn everything() -> Vec<u8> {
    let block = |piece, offset| Message::Request(BlockName { piece, offset, length: BLOCK });
    let blocks = (0..PIECES).flat_map(|piece| [block(piece, 0), block(piece, BLOCK)]);
    encoded(&blocks.collect::<Vec<_>>())
}

/// One who asks for everything as soon as it may.
fn taker() -> Script {
    Script::greeting().says(&[Message::HaveNone, Message::Interested]).answers(|message, _, _| {
        match message {
            Message::Unchoke => everything(),
            _ => Vec::new(),
        }
    })
}

pub(crate) fn cases() -> Vec<Case> {
    let turns = Kept("BEP 3 lets a peer be interested and ask for nothing; slots go in turns");
    let rider = Kept("a seed gives to everybody in turn, and cannot know what they give to others");
    let silent = "nothing came for 180 s";
    vec![
        Case::of(
            "one who has all and chokes for ever",
            Script::greeting().says(&[Message::Bitfield(&MOST), Message::Interested]).repeats(
                &[Message::KeepAlive],
                Duration::from_secs(60),
                100,
            ),
            Kept("BEP 3 lets a peer choke whom it likes; only silence ends a conversation"),
        )
        .by(4),
        Case::of(
            "twelve who hold all slots and ask for nothing",
            Script::greeting().says(&[Message::HaveNone, Message::Interested]),
            turns,
        )
        .by(12)
        .at(&[Seed]),
        Case::of("twelve who ask for everything and never read", taker().takes(1), turns)
            .by(12)
            .at(&[Seed]),
        Case::of("four who ask for everything and read slowly", taker().takes(2 << 10), turns)
            .by(4)
            .at(&[Seed]),
        Case::of("twelve who ask for everything and read slowly", taker().takes(2 << 10), turns)
            .by(12)
            .at(&[LongSeed]),
        Case::of(
            "twelve who ask for a block now and then",
            Script::greeting().says(&[Message::HaveNone, Message::Interested]).repeats(
                &[Message::Request(BlockName { piece: 0, offset: 0, length: BLOCK })],
                Duration::from_secs(8),
                100,
            ),
            turns,
        )
        .by(12)
        .at(&[LongSeed]),
        Case::of("free riders at a seed", taker().takes(16 << 10), rider).by(2).at(&[Seed]),
        Case::of(
            "free riders among those who trade",
            taker(),
            Kept("tit for tat leaves them what is left over"),
        )
        .by(3),
        Case::of(
            "sixty lines from one address",
            Script::greeting().says(&[Message::HaveNone]).lines(60),
            Curbed(Debug, "as many connections as allowed are open from this address", 8),
        )
        .by(1)
        .at(&[Leecher, Seed, Hunter]),
        Case::of(
            "seventy who say nothing after their greeting",
            Script::greeting().comes_after(Duration::from_secs(1)),
            Gone("who finds no place is turned away, and who is silent is let go"),
        )
        .by(70)
        .at(&[Seed]),
        Case::of(
            "one who says no more than it must",
            Script::greeting().says(&[Message::HaveNone]).repeats(
                &[Message::KeepAlive],
                Duration::from_secs(100),
                100,
            ),
            Kept("BEP 3: a keep-alive in two minutes is all that is asked of a peer"),
        )
        .at(&[Leecher, Seed]),
        Case::of(
            "one who has nothing to give, for a hunter",
            Script::greeting().says(&[Message::HaveNone]),
            LetGo(Debug, silent),
        )
        .at(&[Leecher]),
    ]
}
